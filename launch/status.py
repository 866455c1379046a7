"""kage status, kage cancel: the state of runs, from their folders, and from SLURM where SLURM answers."""

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kage.console import console, duration, say
from kage.launch.queue import Jobs, ask, cancel
from kage.launch.state import ALIVE, STATES, claimed, mark_cancelled, state_of
from kage.params import ConfigError
from kage.runs.folders import NOTES, ranges, run_folders, seed_of
from kage.runs.run import RunError, read_status

EVERY = 5.0  # seconds between two reports of --watch
COLORS = {"done": "green", "failed": "red", "lost": "red", "cancelled": "yellow", "stopped": "yellow"}


@dataclass(frozen=True)
class RunReport:
    """What the folder of one run and SLURM say about the run."""

    folder: Path
    training: str
    seed: int
    state: str
    step: int
    total: int | None  # None before the run began
    steps_per_second: float | None
    host_bytes: int | None  # the most main memory that its process used; None if unknown
    device_bytes: int | None  # the same of a device
    learning: float | None  # share of the time that went into compiled training; the rest compiles, measures, saves
    left: float | None  # seconds until the end at the speed so far, None if unknown or not alive
    node: str
    job: str
    log: str
    error: str  # the last line of the error that ended the run
    reason: str  # why SLURM makes the job wait


def main(arguments: list[str]) -> int:
    """kage status: 0 if every run is done, queued or running, else 1."""
    parser = argparse.ArgumentParser(prog="kage status", description="what became of the runs below a folder; the exit "
                                     "code is 0 if all are done, queued or running, else 1")  # fmt: skip
    parser.add_argument("folder", type=Path, help="an experiment's folder, or any folder above run folders")
    parser.add_argument("--watch", action="store_true", help=f"again every {EVERY:g} s until nothing is alive")
    parser.add_argument("--json", action="store_true", help="one object per run, for programs")
    options = parser.parse_args(arguments)
    screen = console()
    while True:
        found, faults = read_runs(options.folder)
        if options.json:
            json.dump([vars(run) | {"folder": str(run.folder)} for run in found], sys.stdout, indent=1)
            print()
        else:
            if options.watch and screen.is_terminal:
                screen.clear()
            show(found, screen)
            for path in dict.fromkeys(run.folder.parent.parent.parent / NOTES for run in found):
                if path.exists():
                    say(screen, path.read_text().rstrip("\n"), markup=False)
        tell_faults(faults)
        alive = any(run.state in ALIVE for run in found)
        if not (options.watch and alive):
            return int(any(run.state not in (*ALIVE, "done") for run in found))
        if screen.is_terminal and not options.json:
            line = f"{time.strftime('%H:%M:%S')}, again every {EVERY:g} s; Ctrl-C leaves, the jobs go on"
            screen.print(line, style="dim", highlight=False)
        time.sleep(EVERY)


def cancel_runs(arguments: list[str]) -> int:
    """kage cancel: end the jobs of runs, after asking."""
    parser = argparse.ArgumentParser(prog="kage cancel", description="cancel the SLURM jobs of runs, and no others")
    parser.add_argument("what", help="a folder, or part of a training's name below outputs/")
    parser.add_argument("--yes", action="store_true", help="without asking")
    options = parser.parse_args(arguments)
    jobs = ask([])
    if jobs is None:
        raise RunError("squeue does not answer here, so nothing was cancelled: use a login node of the cluster")
    chosen = [run for run in select(options.what) if run.job in jobs.alive]
    ids = sorted({run.job for run in chosen})
    if not ids:
        print(f"no job of {options.what} is queued or running")
        return 0
    for job in ids:
        runs = [run for run in chosen if run.job == job]
        names = ", ".join(sorted({run.training for run in runs}))
        print(f"{job}: {names}, seeds {', '.join(str(run.seed) for run in runs)}, {runs[0].state}")
    if sharing := shared_with(chosen, ids):
        print(f"these share their jobs and end too: {', '.join(sharing)}")
    if not options.yes and not agreed("cancel these? [y/N] "):
        print("nothing was cancelled")
        return 1
    cancel(ids)
    for run in chosen:
        mark_cancelled(run.folder)
    print(f"cancelled {', '.join(ids)}; what was saved stays, the same kage run command continues")
    return 0


def agreed(question: str) -> bool:
    """True if the question is answered with yes. No answer at all means no."""
    try:
        return input(question).strip().lower() in ("y", "yes")
    except EOFError:
        print()
        return False


def shared_with(chosen: Sequence[RunReport], ids: Sequence[str]) -> list[str]:
    """Runs that were not chosen but have the same jobs, by name and seed."""
    roots = {run.folder.parent.parent for run in chosen}
    folders = {run.folder for run in chosen}
    others = (run for root in roots for run in read_runs(root)[0] if run.job in ids and run.folder not in folders)
    return [f"{run.training} seed {run.seed}" for run in others]


def select(what: str) -> list[RunReport]:
    """The runs below a folder, those of an experiment below outputs/, or those there whose training's name holds the
    text."""
    outputs = Path("outputs")
    # `what` may be longer than a name of a file, and Path.is_dir would then raise
    folder = next((path for path in (Path(what), outputs / what) if os.path.isdir(path)), None)
    root = folder or outputs
    everything, faults = read_runs(root) if root.is_dir() else ([], [])
    tell_faults(faults)
    found = [run for run in everything if folder or what in run.folder.parent.name]
    if not found:
        raise ConfigError(f"{what!r} is not allowed: a folder, an experiment below outputs/, or part of the name of a "
                          "training there")  # fmt: skip
    return found


def tell_faults(faults: Sequence[str]) -> None:
    """Print what was left out to stderr, because programs read stdout."""
    for fault in faults:
        print(f"left out {fault}", file=sys.stderr)


def read_runs(root: Path) -> tuple[list[RunReport], list[str]]:
    """Every run at or below a folder, in order, and what was left out. ConfigError if `root` is no folder, RunError if
    there are no runs."""
    if not os.path.isdir(root):
        raise ConfigError(f"{root} is not a folder")
    folders, faults = run_folders([root])
    if not folders:
        raise RunError("; ".join([f"no runs below {root.resolve()}", *faults]))
    folders.sort(key=lambda path: (os.fspath(path.parent).split(os.sep), seed_of(path)))
    claims = [claimed(folder) or {} for folder in folders]
    ids = {job["job"] for job in claims if job}
    jobs = ask(ids) if ids else None
    return [read_run(folder, job, jobs) for folder, job in zip(folders, claims, strict=True)], faults


def read_run(folder: Path, job: dict, jobs: Jobs | None) -> RunReport:
    """The report of one run."""
    status = read_status(folder)
    now = state_of(folder, status, job, jobs)
    step, total = status["step"], status.get("total")
    spent = status.get("train_seconds", 0) + status.get("eval_seconds", 0)
    left = (total - step) * spent / step if now in ALIVE and step and total else None
    error = status.get("traceback", "").strip().split("\n")[-1] if now == "failed" else ""
    if now == "lost" and jobs:
        error = f"its job ended as {jobs.ended.get(job.get('job'), 'unknown')} without a word"
    return RunReport(
        folder=folder, training=folder.parent.name, seed=seed_of(folder), state=now, step=step, total=total,
        steps_per_second=status.get("steps_per_second"), host_bytes=status.get("host_bytes"),
        device_bytes=status.get("device_bytes"), learning=share_of_learning(status), left=left,
        node=status.get("node") or status.get("host", ""),
        job=job.get("job", ""), log=job.get("log", ""), error=error,
        reason=jobs.waiting.get(job.get("job"), "") if jobs and now == "queued" else "",
    )  # fmt: skip


def share_of_learning(status: dict) -> float | None:
    """The share of the time of a run's process that went into compiled training, None if unknown."""
    wall = status.get("wall_seconds")
    return status.get("train_seconds", 0) / wall if wall else None


def show(found: Sequence[RunReport], console: Console) -> None:
    """Print a row for the seeds of a training that share state, step and job; then errors and sums."""
    table = Table()
    for name in ("training", "seeds", "state", "progress", "steps/s", "left", "node", "job"):
        table.add_column(name, justify="right" if name in ("progress", "steps/s", "left") else "left", overflow="fold")
    rows: dict[tuple, list[RunReport]] = {}
    names = readable({run.training for run in found})
    for run in found:
        rows.setdefault((run.training, run.state, run.step, run.job), []).append(run)
    for members in rows.values():
        one = members[0]
        color = COLORS.get(one.state, "")
        waits = f" ({one.reason})" if one.reason not in ("", "None") else ""
        table.add_row(
            escape(names[one.training]), ranges((run.seed for run in members), " "),
            f"[{color}]{one.state}[/]" if color else one.state + waits,
            f"{100 * one.step / one.total:.0f} %" if one.total else "",
            f"{one.steps_per_second:,.0f}" if one.steps_per_second else "",
            "" if one.left is None else duration(one.left), one.node, one.job,
        )  # fmt: skip
    console.print(table)
    for error in dict.fromkeys((run.training, run.error) for run in found if run.error):
        console.print(f"{error[0]}: {error[1]}", style="red", highlight=False, markup=False, soft_wrap=True)
    counts = [(sum(run.state == name for run in found), name) for name in STATES]
    console.print(", ".join(f"{count} {name}" for count, name in counts if count), highlight=False)
    if costs := costs_of(found):
        console.print(costs, highlight=False)


def costs_of(found: Sequence[RunReport]) -> str:
    """What the runs used, in words; empty where no run tells it."""
    words = []
    for name, where in (("host_bytes", "main memory"), ("device_bytes", "memory of a device")):
        if most := max((getattr(run, name) or 0 for run in found), default=0):
            words.append(f"at most {most / 2**30:.1f} GB of {where}")
    if shares := [run.learning for run in found if run.learning is not None]:
        least, most = 100 * min(shares), 100 * max(shares)
        span = f"{least:.0f} %" if round(least) == round(most) else f"{least:.0f} to {most:.0f} %"
        words.append(f"{span} of the time went into training, the rest into compiling, measuring and saving")
    return "; ".join(words)


def readable(trainings: Collection[str]) -> dict[str, str]:
    """Folder name -> the name without the id, if that is different from all others, else the whole name."""
    short = {name: name.rpartition("-")[0] for name in trainings}
    alone = Counter(short.values())
    return {name: text if alone[text] == 1 else name for name, text in short.items()}
