"""What a SLURM job does: `Job` watches over the processes, each of which trains one block with `main`.

The watching process never starts JAX, so it answers at once: the warning before a time limit or a preemption makes
its trainings save and the job queue again; a process that was killed is told in the folders of its runs.
"""

import contextlib
import ctypes
import dataclasses
import json
import os
import pickle
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kage.launch.plan import Training, blocks
from kage.launch.queue import cancel
from kage.launch.record import place
from kage.launch.state import claim, mark_cancelled
from kage.runs.run import SILENCE, InUse, Run, RunError, read_status

SAVED = 130  # exit code of a process that was asked to stop, saved and left
RESTARTS = 3  # of a job without progress, before it gives up
JOBS = "jobs.json"  # beside the blocks: which job holds which runs


@dataclass(frozen=True)
class Job:
    """The blocks of one job, side by side; what submitit calls. Raises RunError if one failed: so does the job."""

    blocks: tuple[Path, ...]
    fail_fast: bool = False

    def __call__(self) -> None:
        told: list[int] = []
        # In place of submitit's handlers: they requeue without asking what is to be saved.
        for number in (signal.SIGUSR2, signal.SIGTERM):
            signal.signal(number, lambda number, _: told.append(number))
        before = self.progress()
        # SLURM warns every process of a job, and one that does not expect it dies of it. Blocked signals are inherited.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
        processes = [self.start(path) for path in self.blocks]
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR2})
        asked = False
        while any(process.poll() is None for process in processes):
            if told and not asked:
                asked = True
                for process in processes:
                    process.terminate()
            time.sleep(0.1)
        codes = [process.returncode for process in processes]
        for path, code in zip(self.blocks, codes, strict=True):
            if code not in (0, 1, SAVED) and not told:
                tell_killed(load(path), -code)
        stopped = SAVED in codes or -signal.SIGTERM in codes
        if stopped and signal.SIGUSR2 in told:
            self.requeue(moved=self.progress() != before)
        if told and stopped:
            sys.exit(128 + signal.SIGTERM)  # cancelled, or SLURM itself queues it again
        if failed := [path.stem for path, code in zip(self.blocks, codes, strict=True) if code]:
            if self.fail_fast:
                stop_others(self.blocks[0].parent)
            raise RunError(f"failed: {', '.join(failed)}; the traceback is in its log beside it and in status.json")

    def start(self, path: Path) -> subprocess.Popen:
        """The process of one block, with a log of its own and its share of the job's devices."""
        share = {}
        if len(self.blocks) > 1:
            share = {"XLA_PYTHON_CLIENT_MEM_FRACTION": f"{0.9 / len(self.blocks):.3f}"}
        with open(path.with_suffix(".log"), "ab") as log:
            return subprocess.Popen([sys.executable, "-u", "-m", "kage.launch.worker", path], stdout=log, stderr=log,
                                    env=share | os.environ)  # fmt: skip

    def progress(self) -> list[int]:
        """How far every run of the job is."""
        folders = (folder for path in self.blocks for folder in load(path).folders)
        return [read_status(folder)["step"] for folder in folders]

    def requeue(self, moved: bool) -> None:
        """Queue this job again and end. RunError if that is refused or leads nowhere."""
        job = place()["job"]
        for path in self.blocks:
            for folder in load(path).folders:
                if read_status(folder)["state"] == "saved":
                    claim(folder, job, path.with_suffix(".log"))
        if not moved and int(os.environ.get("SLURM_RESTART_COUNT", 0)) >= RESTARTS:
            raise RunError(f"job {job} was started {RESTARTS + 1} times and got nowhere: its time limit is too short "
                           "for one evaluation and save; repeat the command with a longer cluster.time")  # fmt: skip
        done = subprocess.run(["scontrol", "requeue", job], capture_output=True, text=True)
        if done.returncode:
            raise RunError(f"saved, but scontrol requeue {job} was refused: {' '.join(done.stderr.split())}; "
                           "the same command continues")  # fmt: skip
        print(f"saved, job {job} queues again", flush=True)
        sys.exit(0)


@dataclass(frozen=True)
class Share:
    """What one process of a job trains."""

    training: Training
    seeds: tuple[int, ...]

    @property
    def folders(self) -> list[Path]:
        """Its run folders."""
        return [self.training.run_folder(seed) for seed in self.seeds]


def load(path: Path) -> Share:
    """The share that was written at submission."""
    return pickle.loads(path.read_bytes())


def tell_killed(share: Share, number: int) -> None:
    """Write into the folders of a killed process what ended it."""
    name = signal.Signals(number).name if number > 0 else f"exit code {-number}"
    error = f"the process was ended by {name}; a node short of memory does that. Its last save is intact"
    for folder in share.folders:
        with contextlib.suppress(RunError), Run(folder) as run:
            before = {key: value for key, value in read_status(folder).items() if key not in ("state", "step", "time")}
            if read_status(folder)["state"] != "done":
                run.status("failed", read_status(folder)["step"], **before | {"error": error, "traceback": error})


def stop_others(folder: Path) -> None:
    """Cancel the other jobs of this submission, but for the report. They were noted just after they were accepted."""
    until = time.monotonic() + SILENCE
    while not (folder / JOBS).exists() and time.monotonic() < until:
        time.sleep(0.5)
    jobs = json.loads((folder / JOBS).read_bytes())
    others = {job: runs for job, runs in jobs.items() if job != place()["job"]}
    unfinished = {job for job, runs in others.items() if any(read_status(Path(r))["state"] != "done" for r in runs)}
    cancel(unfinished)
    for job in unfinished:
        for run in others[job]:
            mark_cancelled(Path(run))


@dataclass(frozen=True)
class Report:
    """Write the gap table of an experiment. It starts JAX nowhere that could train."""

    folder: Path

    def __call__(self) -> None:
        from rich.console import Console

        from kage.analysis.report import print_report
        from kage.launch.compilations import keep_compilations

        keep_compilations()
        print_report([self.folder], Console(), to=self.folder / "report")


def main(arguments: Sequence[str]) -> int:
    """Train one block. Returns 0 done or someone else does it, 1 failed, SAVED asked to stop."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG: when the watching process is gone, save and leave
    from rich.console import Console

    from kage.launch.compilations import keep_compilations
    from kage.launch.local import run_block, stop_on_signal

    path = Path(arguments[0])
    share = load(path)
    restarted = int(os.environ.get("SLURM_RESTART_COUNT", 0)) > 0
    if restarted and any(read_status(folder)["state"] == "failed" for folder in share.folders):
        print("failed before this job was queued again; the same kage run command tries it once more")
        return 1
    keep_compilations()
    training = dataclasses.replace(share.training, seeds=share.seeds)
    with stop_on_signal() as stop:
        try:
            patiently(partial(take, share, path.with_suffix(".log")))
            for seeds in blocks(training):
                patiently(lambda seeds=seeds: run_block(training, seeds, Console(), stop))
        except InUse as error:
            print(f"already being trained elsewhere: {error}")
            return 0
        except Exception:
            traceback.print_exc()
            return 1
        return SAVED if stop.asked else 0


def take(share: Share, log: Path) -> None:
    """Note in the run folders that this job begins with them. InUse if somebody else did."""
    with contextlib.ExitStack() as stack:
        for folder in share.folders:
            stack.enter_context(Run(folder))
        for folder in share.folders:
            claim(folder, place()["job"], log)


def patiently(work: Callable[[], None]) -> None:
    """Do it, also when a writer that was killed on another node has still to be given up."""
    until = time.monotonic() + SILENCE + 10
    while True:
        try:
            return work()
        except InUse as error:
            if not error.elsewhere or time.monotonic() > until:
                raise
            time.sleep(2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
