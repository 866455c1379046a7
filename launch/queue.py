"""What SLURM knows: squeue and sacct where they answer, and scancel."""

import subprocess
from collections.abc import Collection
from dataclasses import dataclass

from kage.runs.run import RunError

ENDED = ("CANCELLED", "COMPLETED", "FAILED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "BOOT_FAIL", "DEADLINE",
         "PREEMPTED")  # fmt: skip
SECONDS = 30  # that a command of SLURM may take


@dataclass(frozen=True)
class Jobs:
    """The caller's jobs by id (`12`, of an array `12_3`), as of one moment."""

    waiting: dict[str, str]  # why, in SLURM's word
    running: dict[str, float]  # for how many seconds
    ended: dict[str, str]  # the state that sacct tells

    @property
    def alive(self) -> set[str]:
        """Jobs that will do something."""
        return {*self.waiting, *self.running}


def ask(ids: Collection[str]) -> Jobs | None:
    """What squeue tells, and sacct of those ids that squeue does not; None where squeue does not answer."""
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
            told = (line.split("|") for line in call("sacct", *arguments, f"--jobs={','.join(gone)}").splitlines())
            ended = {job: state.split()[0] for job, state in told}
        except RunError:
            pass  # many clusters keep no accounts
    return Jobs(waiting, running, ended)


def cancel(ids: Collection[str]) -> None:
    """scancel exactly these jobs. RunError if SLURM does not do it."""
    if ids:
        call("scancel", *sorted(ids))


def array_limit() -> int:
    """How many jobs an array may hold."""
    for line in call("scontrol", "show", "config").splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "MaxArraySize":
            return max(1, int(value))
    return 1001  # SLURM's own default


def call(*command: str) -> str:
    """What a command of SLURM prints. RunError with its words if it fails or is not there."""
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
    """1-02:03:04 in seconds; 0 for INVALID, which squeue says of a job that began in the future of its clock."""
    if lasted == "INVALID":
        return 0.0
    days, _, clock = lasted.rpartition("-")
    total = 0
    for part in clock.split(":"):
        total = 60 * total + int(part)
    return 86400 * int(days or 0) + total
