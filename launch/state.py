"""The state of a run, from the run's folder, and from SLURM where SLURM answers.

    queued      a job that has not begun, or was requeued, will work on the run
    running     a process works on the run; saving: the process is writing the training state
    done        trained and measured; to measure: trained, but looks were asked for later
    stopped     the process was asked to stop, saved and ended
    failed      an error ended the run; status.json has the error
    lost        the process ended without writing why; the newest save is intact
    cancelled   the job of the run was cancelled
    to do       nothing has happened yet

The same command continues all runs that are neither done nor alive.
"""

import json
import os
import time
from pathlib import Path

from kage.launch.queue import Jobs
from kage.runs.run import in_use, read_status, write

STATES = ("done", "to measure", "to do", "stopped", "cancelled", "queued", "saving", "running", "lost", "failed")
ALIVE = ("queued", "running", "saving")
JOB = "job.json"
BEGIN = 300.0  # seconds that a job's process may take to open its runs: imports from a slow disk are slow


def claim(folder: Path, job: str, log: Path) -> None:
    """Note in a run folder which SLURM job will work on it. Claims are numbered; status.json repeats the number."""
    number = (claimed(folder) or {}).get("number", 0) + 1
    content = {"job": job, "log": str(log), "time": time.time(), "number": number}
    write(folder / JOB, json.dumps(content).encode())


def claimed(folder: Path) -> dict | None:
    """The last job of a run folder: job, log, time, number, and cancelled if `kage cancel` ended it. None without a
    job."""
    try:
        with open(os.path.join(folder, JOB), "rb") as file:
            return json.loads(file.read())
    except (OSError, ValueError):
        return None


def mark_cancelled(folder: Path) -> None:
    """Note that the run's job was cancelled, for machines on which SLURM does not answer."""
    write(folder / JOB, json.dumps(claimed(folder) | {"cancelled": True}).encode())


def state(folder: Path, jobs: Jobs | None = None) -> str:
    """One of `STATES`. Without `jobs` only files are read: then a job that vanished before it began looks queued."""
    return state_of(folder, read_status(folder), claimed(folder), jobs)


def state_of(folder: Path, status: dict, job: dict | None, jobs: Jobs | None) -> str:
    """As `state`, for callers that have read the run's status.json and the job that claimed the run."""
    written = status["state"]
    if in_use(folder):
        return "saving" if written == "saving" else "running"
    if job and due(job, status, jobs):
        return "queued"
    if written in ("done", "failed"):
        return written
    if job and (job.get("cancelled") or jobs and jobs.ended.get(job["job"]) == "CANCELLED"):
        return "cancelled"
    if written == "new":
        return "lost" if job else "to do"
    return "stopped" if written == "saved" else "lost"


def due(job: dict, status: dict, jobs: Jobs | None) -> bool:
    """True if the job has not started on this run. A job claims its runs when it starts, so status files from before
    the claim do not count. Numbers tell that, because the clocks of nodes may differ; older folders have only times."""
    newer = status.get("time", 0) > job["time"]
    if "claim" in status and "number" in job:
        newer = status["claim"] == job["number"]
    if jobs is None:
        return not newer and not job.get("cancelled")
    ended = newer and status["state"] in ("done", "failed")
    return job["job"] in jobs.waiting or not ended and jobs.running.get(job["job"], BEGIN) < BEGIN
