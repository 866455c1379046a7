"""kage run, and kage.run in Python: refuse what cannot run, then train here or submit to SLURM, then report."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console

from kage import registry
from kage.console import console
from kage.launch.beforehand import build_tasks, checked, doubts
from kage.launch.compose import GRID_FLAGS, register_schema, search_path, spelled
from kage.launch.plan import Training
from kage.params import ConfigError, nearest
from kage.runs.files import RunError
from kage.runs.trials import note_trials

if TYPE_CHECKING:
    import pandas as pd

FLAGS = ("--fail-fast", "--dry-run", "--yes")
STOPPED = 130  # exit code after Ctrl-C
HYDRA_FLAGS = ("--help", "-h", "--hydra-help", "--cfg", "-c", "--info", "-i")


def main(arguments: list[str]) -> int:
    """kage run ARGS. Returns the exit code."""
    if any(argument.split("=")[0] in HYDRA_FLAGS for argument in arguments):
        return show(arguments)
    trainings = prepared(arguments)
    if "--dry-run" in arguments:
        from kage.launch.dry_run import dry_run

        dry_run(trainings, console())
        return 0
    return execute(trainings, console(), "--fail-fast" in arguments)


def run(arguments: Sequence[str]) -> pd.DataFrame:
    """`kage.run`: do what `kage run` does with these arguments, and return the results.

    Out: the tidy rows of `kage.analysis.collect`, of all trainings that the arguments name; with cluster=slurm, those
    that are there so far. Raises ConfigError for wrong arguments, RunError if a training failed, and KeyboardInterrupt
    if it was stopped; then the same call continues.
    """
    from kage.analysis.collect import collect

    if "--dry-run" in arguments:
        raise ConfigError("--dry-run is not allowed: it gives no results")
    trainings = prepared(arguments)
    code = execute(trainings, console(), "--fail-fast" in arguments)
    if code == STOPPED:
        raise KeyboardInterrupt
    if code:
        raise RunError("a training failed; its error is printed above and stands in its status.json")
    return collect(training.folder for training in trainings)[0]


def prepared(arguments: Sequence[str]) -> list[Training]:
    """The trainings that arguments ask for. ConfigError if they cannot run, or are probably not what was meant."""
    check_flags(arguments)
    trainings = checked([argument for argument in arguments if argument not in FLAGS])
    slurm = trainings[0].cell.cluster.name == "slurm"
    if "--dry-run" in arguments and not slurm:
        raise ConfigError("--dry-run shows the batch files of cluster=slurm; for the work itself there is kage plan")
    if "--yes" not in arguments and (found := doubts(trainings, on_cpu=not slurm and only_cpu())):
        raise ConfigError(f"{found}; --yes starts it as it is")
    return trainings


def execute(trainings: Sequence[Training], console: Console, fail_fast: bool = False) -> int:
    """Train what is missing here and print the gap table, or submit it to SLURM. Returns the exit code."""
    for training in trainings:
        if (tuned := training.cell.tuned).trials:
            note_trials(training.folder, tuned.trials, tuned.on)
    code = train(trainings, console, fail_fast)
    if code not in (None, STOPPED):
        from kage.analysis.report import print_report
        from kage.launch.notify import notify

        print_report([training.folder for training in trainings], console)
        roots = (training.folder.parent.parent for training in trainings)
        notify(trainings[0].cell.cluster.notify, roots, console)
    return code or 0


def train(trainings: Sequence[Training], console: Console, fail_fast: bool = False) -> int | None:
    """Train what is missing here, or submit it to SLURM. Returns the exit code, None while jobs have still to end."""
    from kage.launch.compilations import keep_compilations

    keep_compilations()
    build_tasks(trainings)
    if trainings[0].cell.cluster.name == "slurm":
        from kage.launch.slurm import submit

        return 0 if submit(trainings, console, fail_fast) else None
    from kage.launch.local import run_all

    return run_all(trainings, console, fail_fast)


def only_cpu() -> bool:
    """True if JAX finds nothing but a CPU."""
    import jax

    return jax.default_backend() == "cpu"


def check_flags(arguments: Sequence[str]) -> None:
    """Raise ConfigError for an argument that looks like a flag but is none."""
    flags = [*FLAGS, *HYDRA_FLAGS, *GRID_FLAGS]
    for argument in arguments:
        if argument.startswith("-") and argument not in flags:
            guess = nearest(argument.replace("_", "-"), flags)
            hint = f"; nearest valid: {guess}" if guess else ""
            raise ConfigError(f"{argument} is not allowed: the flags are {', '.join(flags)}{hint}")


def show(arguments: Sequence[str]) -> int:
    """Let Hydra answer --help, --cfg and similar flags."""
    import hydra

    folders, arguments = search_path(arguments)
    task = next((a.partition("=")[2] for a in reversed(arguments) if a.startswith("task=")), "")
    register_schema(folders, shown=task if task in registry.names("family") else registry.USUAL["family"])
    ours = (*GRID_FLAGS, *FLAGS)  # Hydra shows nothing with the first, and does not know the others
    shown = [spelled(argument) for argument in arguments if argument not in ours]
    sys.argv = ["kage run", *(f"++{a}" if a.startswith("eval.") else a for a in shown)]
    try:
        with contextlib.redirect_stdout(io.StringIO()) as told:  # Hydra shows a traceback if a pipe is closed
            hydra.main(version_base="1.3", config_path="pkg://kage.conf", config_name="config")(lambda config: None)()
    finally:  # Hydra exits after its help
        print(told.getvalue(), end="")
    return 0
