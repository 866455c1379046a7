"""What a run is doing, from its folder, and from SLURM where that answers.

    queued      a job that has not begun, or was requeued, will work on it
    running     a process works on it; saving: it writes its state at this moment
    done        trained and measured; to measure: trained, but looks were asked for since
    stopped     saved and left, as asked
    failed      ended by an error, told in status.json
    lost        its process is gone without a word; the newest save is there
    cancelled   its job was cancelled
    to do       nothing has happened yet

The same command continues whatever is neither done nor alive.
"""

import json
import time
from pathlib import Path

from kage.run import in_use, read_status, write
from launch.queue import Jobs

STATES = ("done", "to measure", "to do", "stopped", "cancelled", "queued", "saving", "running", "lost", "failed")
ALIVE = ("queued", "running", "saving")
JOB = "job.json"
BEGIN = 300.0  # seconds in which a job's process opens its runs: imports from a slow disk


def claim(folder: Path, job: str, log: Path) -> None:
    """Note in a run folder which SLURM job will work on it."""
    write(folder / JOB, json.dumps({"job": job, "log": str(log), "time": time.time()}).encode())


def claimed(folder: Path) -> dict | None:
    """The job that was submitted last for a run folder: job, log, time, and cancelled if `kage cancel` did so."""
    try:
        return json.loads((folder / JOB).read_bytes())
    except (OSError, ValueError):
        return None


def mark_cancelled(folder: Path) -> None:
    """Note that the run's job was cancelled, for readers that SLURM does not answer."""
    write(folder / JOB, json.dumps(claimed(folder) | {"cancelled": True}).encode())


def state(folder: Path, jobs: Jobs | None = None) -> str:
    """One of `STATES`. Without jobs the files alone tell: a job that vanished before it began still looks queued."""
    status, job = read_status(folder), claimed(folder)
    told = status["state"]
    if in_use(folder):
        return "saving" if told == "saving" else "running"
    if job and due(job, status, jobs):
        return "queued"
    if told in ("done", "failed"):
        return told
    if job and (job.get("cancelled") or jobs and jobs.ended.get(job["job"]) == "CANCELLED"):
        return "cancelled"
    if told == "new":
        return "lost" if job else "to do"
    return "stopped" if told == "saved" else "lost"


def due(job: dict, status: dict, jobs: Jobs | None) -> bool:
    """Will the run's job begin with it? A job claims its runs when it starts, so what they told earlier is past."""
    told_since = status.get("time", 0) > job["time"]
    if jobs is None:
        return not told_since and not job.get("cancelled")
    ended = told_since and status["state"] in ("done", "failed")
    return job["job"] in jobs.waiting or not ended and jobs.running.get(job["job"], BEGIN) < BEGIN
