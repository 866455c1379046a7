"""What a SLURM job does: `Job` watches over the processes, each of which trains one block with `main`.

The watching process never starts JAX, so it reacts to signals at once. On the warning before a time limit or a
preemption, it makes the trainings save and queues the job again. If a process is killed, it writes so into the run
folders of that process; if main memory was short, it queues the job again with more.
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

from kage.console import console
from kage.launch.garbage import collect_seldom
from kage.launch.notify import notify
from kage.launch.plan import Training, blocks
from kage.launch.queue import cancel
from kage.launch.record import place
from kage.launch.state import claim, mark_cancelled
from kage.runs.run import SILENCE, InUse, Run, RunError, read_status

SAVED = 130  # exit code of a process that was asked to stop, saved and ended
NEARLY_ALL = 0.8  # a killed process that had used this share of the job's memory was killed because of that
DOUBLINGS = 2  # so many times, a job that was short of memory is queued again with twice as much
RESTARTS = 3  # after so many restarts, a job without progress gives up
JOBS = "jobs.json"  # file beside the blocks: job -> the run folders of the job


@dataclass(frozen=True)
class Job:
    """The blocks of one job, side by side. submitit calls this. RunError if a block failed, so that the job fails."""

    blocks: tuple[Path, ...]
    fail_fast: bool = False

    def __call__(self) -> None:
        received: list[int] = []
        # Replace submitit's handlers, which would requeue the job before the trainings have saved.
        for number in (signal.SIGUSR2, signal.SIGTERM):
            signal.signal(number, lambda number, _: received.append(number))
        before = self.progress()
        # SLURM sends the warning to every process of a job, and the signal ends a process without a handler. So block
        # it here: processes inherit what is blocked when they start.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
        processes = [self.start(path) for path in self.blocks]
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR2})
        asked, used = False, [0] * len(processes)
        while any(process.poll() is None for process in processes):
            used = [max(most, peak_memory(process.pid)) for most, process in zip(used, processes, strict=True)]
            if received and not asked:
                asked = True
                for process in processes:
                    process.terminate()
            time.sleep(0.1)
        codes = [process.returncode for process in processes]
        most = max((size for size, code in zip(used, codes) if code == -signal.SIGKILL), default=0)
        if not received and most > NEARLY_ALL * (memory_of_job() or float("inf")):
            self.requeue_with_more_memory(most)
        for path, code in zip(self.blocks, codes, strict=True):
            if code not in (0, 1, SAVED) and not received:
                tell_killed(load(path), -code)
        stopped = SAVED in codes or -signal.SIGTERM in codes
        if stopped and signal.SIGUSR2 in received:
            self.requeue(moved=self.progress() != before)
        if received and stopped:
            sys.exit(128 + signal.SIGTERM)  # cancelled, or SLURM itself queues the job again
        if failed := [path.stem for path, code in zip(self.blocks, codes, strict=True) if code]:
            if self.fail_fast:
                stop_others(self.blocks[0].parent)
            raise RunError(f"failed: {', '.join(failed)}; the traceback is in its log beside it and in status.json")

    def start(self, path: Path) -> subprocess.Popen:
        """Start the process of one block, with a log of its own and a share of the memory of the job's devices."""
        share = {}
        if len(self.blocks) > 1:
            share = {"XLA_PYTHON_CLIENT_MEM_FRACTION": f"{0.9 / len(self.blocks):.3f}"}
        with open(path.with_suffix(".log"), "ab") as log:
            return subprocess.Popen([sys.executable, "-u", "-m", "kage.launch.worker", path], stdout=log, stderr=log,
                                    env=share | os.environ)  # fmt: skip

    def progress(self) -> list[int]:
        """The step that each run of the job has reached."""
        folders = (folder for path in self.blocks for folder in load(path).folders)
        return [read_status(folder)["step"] for folder in folders]

    def requeue(self, moved: bool) -> None:
        """Queue this job again and exit. RunError if SLURM refuses, or if several restarts have made no progress."""
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

    def requeue_with_more_memory(self, used: int) -> None:
        """Queue this job again with twice its main memory, and exit. Return if that was done `DOUBLINGS` times before,
        or is not possible. used: bytes that the killed process had at most."""
        job, notes = place()["job"], self.blocks[0].with_suffix(".memory")
        doubled = len(notes.read_text().splitlines()) if notes.exists() else 0
        kind, size = memory_asked()
        words = f"a process was killed at {used / 2**30:.2f} GB, and the job has {memory_of_job() / 2**30:.2f} GB"
        if doubled == DOUBLINGS:
            print(f"{words}, after {doubled} doublings: set cluster.memory", flush=True)
            return
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # requeueing ends this process, but only then memory can be set
        done = subprocess.run(["scontrol", "requeue", job], capture_output=True, text=True)
        if done.returncode:
            print(f"{words}; scontrol requeue was refused: {' '.join(done.stderr.split())}", flush=True)
            return
        more = ["scontrol", "update", f"JobId={job}", f"{kind}={2 * size}"]
        done = subprocess.run(more, capture_output=True, text=True)
        how = "with twice as much" if not done.returncode else f"with no more: {' '.join(done.stderr.split())}"
        with open(notes, "a") as file:
            file.write(f"{words}; queued again {how}\n")
        for path in self.blocks:
            for folder in load(path).folders:
                if read_status(folder)["state"] not in ("done", "failed"):
                    claim(folder, job, path.with_suffix(".log"))
        print(f"{words}; job {job} queues again {how}", flush=True)
        sys.exit(0)


def peak_memory(pid: int) -> int:
    """The most bytes of main memory that a process has used; 0 if it has ended."""
    try:
        with open(f"/proc/{pid}/status") as file:
            return next((int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM")), 0)
    except OSError:
        return 0


def memory_asked() -> tuple[str, int] | None:
    """How the memory of this job was asked for, as scontrol calls it, and how many MB; None if that is not known."""
    for kind, name in (("MinMemoryNode", "SLURM_MEM_PER_NODE"), ("MinMemoryCPU", "SLURM_MEM_PER_CPU")):
        if os.environ.get(name, "").isdigit():
            return kind, int(os.environ[name])
    return None


def memory_of_job() -> int | None:
    """Bytes of main memory that this job may use on its node; None if that is not known."""
    if (asked := memory_asked()) is None:
        return None
    kind, size = asked
    cores = int(os.environ.get("SLURM_CPUS_ON_NODE", 1)) if kind == "MinMemoryCPU" else 1
    return size * cores * 2**20


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
    """Write into the run folders of a killed process what ended the process. number: a signal, or minus exit code."""
    name = signal.Signals(number).name if number > 0 else f"exit code {-number}"
    error = f"the process was ended by {name}; a node short of memory does that. Its last save is intact"
    for folder in share.folders:
        with contextlib.suppress(RunError), Run(folder) as run:
            before = {key: value for key, value in read_status(folder).items() if key not in ("state", "step", "time")}
            if read_status(folder)["state"] != "done":
                run.status("failed", read_status(folder)["step"], **before | {"error": error, "traceback": error})


def stop_others(folder: Path) -> None:
    """Cancel the other jobs of this submission, except the report. The file JOBS is written soon after SLURM accepts
    the jobs, so wait for that file."""
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
    """Write the gap table of an experiment, and say that it has ended. This starts JAX, but in a job without GPUs, so
    no training has to wait."""

    folder: Path
    tables: bool  # false: only say it
    target: str | None  # see `notify`

    @property
    def words(self) -> str:
        """What the job does."""
        return " and ".join([f"writes {self.folder / 'report'}"] * self.tables + ["notifies"] * bool(self.target))

    def __call__(self) -> None:
        try:
            if self.tables:
                self.write_tables()
        finally:
            notify(self.target, [self.folder], console())

    def write_tables(self) -> None:
        """The tables of `kage report`."""
        from kage.analysis.report import print_report
        from kage.launch.compilations import keep_compilations

        keep_compilations()
        print_report([self.folder], console(), to=self.folder / "report")


def main(arguments: Sequence[str]) -> int:
    """Train one block. Returns 0 if it is done or trained elsewhere, 1 if it failed, SAVED if it was asked to stop."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG: when the watching process ends, save and end
    collect_seldom()
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
                patiently(lambda seeds=seeds: run_block(training, seeds, console(), stop))
        except InUse as error:
            print(f"already being trained elsewhere: {error}")
            return 0
        except Exception:
            traceback.print_exc()
            return 1
        return SAVED if stop.asked else 0


def take(share: Share, log: Path) -> None:
    """Note in the run folders that this job starts on them. InUse if another process has one of them."""
    with contextlib.ExitStack() as stack:
        for folder in share.folders:
            stack.enter_context(Run(folder))
        for folder in share.folders:
            claim(folder, place()["job"], log)


def patiently(work: Callable[[], None]) -> None:
    """Do the work. If a writer on another node still holds a run, retry until that writer would count as gone."""
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
