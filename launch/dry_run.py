"""kage run --dry-run: the jobs that would be submitted to SLURM now, with what each trains, and their batch files."""

import dataclasses
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from submitit.slurm.slurm import _make_sbatch_string

from kage.console import counted, say
from kage.launch.costs import Cost, costs_of, known_sum, remaining
from kage.launch.experiment import ClusterConfig
from kage.launch.plan import Training, training_state
from kage.launch.queue import USUAL_LIMIT, array_limit, ask
from kage.launch.slurm import arrays, by_experiment, light, parameters, runs, sort_out
from kage.launch.state import claimed
from kage.launch.worker import Report, Share
from kage.runs.folders import ranges
from kage.runs.run import RunError


def dry_run(trainings: Sequence[Training], console: Console) -> None:
    """Print the jobs that `submit` would submit now, and their batch files."""
    for root, members in by_experiment(trainings):
        claims = [claimed(training.run_folder(seed)) for training in members for seed in training.seeds]
        open_, alive, done = sort_out(members, ask({job["job"] for job in claims if job}))
        say(console, f"{root.name}: {done} runs are done, {len(alive)} are queued or running, {runs(open_)} to submit",
            markup=False)  # fmt: skip
        if open_:
            show_jobs(root, open_, console)


def show_jobs(root: Path, shares: Sequence[Share], console: Console) -> None:
    """Print the jobs of every array, with what each trains, then the batch files."""
    folder = root / ".jobs" / "TIME"
    try:
        limit = array_limit()
    except RunError:  # no SLURM here
        limit = USUAL_LIMIT
    costs = costs_of([share.training for share in shares])
    batch_files, total = [], []
    for number, (cluster, packs) in enumerate(arrays(shares, limit), 1):
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for name in ("index", "training", "seeds", "hours"):
            table.add_column(name, justify="right" if name in ("index", "hours") else "left", overflow="fold")
        for index, pack in enumerate(packs):
            hours = [hours_of(share, costs) for share in pack]
            total += hours
            for place, share in enumerate(pack):
                table.add_row("" if place else str(index), escape(share.training.folder.name), ranges(share.seeds, " "),
                              in_hours(hours[place]))  # fmt: skip
        say(console, f"array {number}: {counted(len(packs), 'job')}, each with {asked(cluster)}", markup=False)
        console.print(table)
        batch_files.append(batch_file(cluster, folder, len(packs)))
    if (cluster := shares[0].training.cell.cluster).report or cluster.notify:
        last = light(cluster)
        words = Report(root, cluster.report, cluster.notify).words
        say(console, f"last job: {words} when all others have ended, with {asked(last)}", markup=False)
        batch_files.append(batch_file(last, folder, 1, dependency="afterany:ARRAYS"))
    hours = known_sum(total)
    known = "unknown until a run with this agent, task and frame size is measured" if hours is None else in_hours(hours)
    say(console, f"hours of all jobs together: {known}", markup=False)
    for text in batch_files:
        print(text)


def hours_of(share: Share, costs: Mapping[tuple[str, str], Cost | None]) -> float | None:
    """Hours of work left in a share, None if its cost is unknown."""
    training = dataclasses.replace(share.training, seeds=share.seeds)
    cost = costs[training.cell.outputs, training.cell.recipe.cost_id]
    seconds = remaining(training, {seed: training_state(training, seed) for seed in share.seeds}, cost)
    return None if seconds is None else seconds / 3600


def in_hours(hours: float | None) -> str:
    """Hours for people."""
    return "unknown" if hours is None else f"{hours:.1f}"


def asked(cluster: ClusterConfig) -> str:
    """What a job asks for, in words."""
    gpus = counted(cluster.gpus, "GPU") if cluster.gpus else "no GPU"
    cores = [counted(cluster.cpus, "core")] if cluster.cpus else []
    memory = [f"{cluster.memory:g} GB"] if cluster.memory else []
    return ", ".join([gpus, *cores, *memory, f"at most {cluster.time} min"])


def batch_file(cluster: ClusterConfig, folder: Path, count: int, **more: str) -> str:
    """The batch file of an array of `count` jobs."""
    command = f"{cluster.python or 'python'} -u -m submitit.core._submit {shlex.quote(str(folder))}"
    options = parameters(cluster, folder, folder.parent / "code-DIGEST")
    return _make_sbatch_string(command=command, folder=folder, map_count=count, **options, **more)
