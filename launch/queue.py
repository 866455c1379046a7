"""Ask SLURM about jobs, with squeue and sacct where they answer, and end jobs with scancel."""

import subprocess
from collections.abc import Collection
from dataclasses import dataclass

from kage.runs.run import RunError

ENDED = ("CANCELLED", "COMPLETED", "FAILED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "BOOT_FAIL", "DEADLINE",
         "PREEMPTED")  # fmt: skip
SECONDS = 30  # time limit of a SLURM command
USUAL_LIMIT = 1001  # jobs of an array where the cluster is not set otherwise


@dataclass(frozen=True)
class Jobs:
    """The user's jobs at one moment, by id (`12`, or `12_3` in an array)."""

    waiting: dict[str, str]  # SLURM's reason for waiting
    running: dict[str, float]  # seconds since the start
    ended: dict[str, str]  # the state from sacct

    @property
    def alive(self) -> set[str]:
        """Jobs that wait or run."""
        return {*self.waiting, *self.running}


def ask(ids: Collection[str]) -> Jobs | None:
    """The jobs that squeue lists, and from sacct those of `ids` that squeue does not list. None without squeue."""
    try:
        lines = call("squeue", "--me", "--noheader", "--array", "--format=%i|%T|%M|%r").splitlines()
    except RunError:
        return None
    waiting, running, ended = {}, {}, {}
    for job, state, lasted, reason in (line.split("|") for line in lines):
        if state in ("PENDING", "SUSPENDED", "REQUEUED", "REQUEUE_HOLD", "SPECIAL_EXIT"):
            waiting[job] = reason
        elif state not in ENDED:
            running[job] = seconds(lasted)
    gone = sorted(set(ids) - {*waiting, *running})
    if gone:
        try:
            arguments = ("--noheader", "--parsable2", "--allocations", "--format=JobID,State")
            rows = (line.split("|") for line in call("sacct", *arguments, f"--jobs={','.join(gone)}").splitlines())
            ended = {job: state.split()[0] for job, state in rows}
        except RunError:
            pass  # many clusters have no accounting, so sacct fails
    return Jobs(waiting, running, ended)


def cancel(ids: Collection[str]) -> None:
    """Cancel these jobs and no others. RunError if SLURM refuses."""
    if ids:
        call("scancel", *sorted(ids))


def array_limit() -> int:
    """How many jobs an array may hold."""
    for line in call("scontrol", "show", "config").splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "MaxArraySize":
            return max(1, int(value))
    return USUAL_LIMIT


def call(*command: str) -> str:
    """Run a SLURM command and return what it prints. RunError, with its message, if it fails or does not exist."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    except FileNotFoundError:
        raise RunError(f"{command[0]} is not on this machine: cluster=slurm is for a login node of a SLURM cluster, "
                       "cluster=local runs here") from None  # fmt: skip
    except subprocess.TimeoutExpired:
        raise RunError(f"{command[0]} did not answer within {SECONDS} s; repeat the command later") from None
    if done.returncode:
        raise RunError(f"{command[0]}: {' '.join((done.stderr or done.stdout).split())}")
    return done.stdout


def seconds(lasted: str) -> float:
    """1-02:03:04 in seconds. 0 for INVALID, which squeue prints if a job began later than squeue's clock says."""
    if lasted == "INVALID":
        return 0.0
    days, _, clock = lasted.rpartition("-")
    total = 0
    for part in clock.split(":"):
        total = 60 * total + int(part)
    return 86400 * int(days or 0) + total
