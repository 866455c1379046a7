"""kage check: what methods check of their own trainings, and how these stand beside others of the same folder."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jax
from flax import serialization
from rich.console import Console
from rich.markup import escape

from kage.analysis.collect import collect
from kage.analysis.select import select
from kage.checks import Check
from kage.console import console, say
from kage.family import title
from kage.launch.compilations import keep_compilations
from kage.launch.measure import requested
from kage.params import ConfigError
from kage.recipe import Recipe
from kage.runs.folders import run_folders, seed_of
from kage.runs.policy import read_recipe
from kage.runs.run import STATE, RunError, damage, unpack
from kage.task import Task
from kage.train import Trainer

HARM = 0.05  # of success on the training look
CONTROLS = ("mask", "state", "train-on-eval")  # parts of the names of runs that say what is possible


def main(arguments: Sequence[str]) -> int:
    """kage check FOLDER. Returns 1 if a check fails."""
    parser = argparse.ArgumentParser(
        prog="kage check", description="check the parts of trainings whose method has checks of its own, such as "
        "agent=smg; prints numbers, and pass or fail")  # fmt: skip
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a run folder, seed=<k>, or any folder above some")
    parser.add_argument("--steps", type=int, default=500, help="of the fit of check A, %(default)s; 0: without it")
    options = parser.parse_args(arguments)
    keep_compilations()
    out, failed, found = console(), 0, trainings(options.folder)
    for folder, recipe in found:
        say(out, f"{folder.parent.name} seed {seed_of(folder)}", markup=False)
        method, learner, updates = restored(folder, recipe)
        own = recipe.agent.checks(method, learner, updates, looks_of(folder, recipe), options.steps)
        failed += sum(shown(check, out) for check in own)
    failed += sum(shown(check, out) for check in beside(options.folder, [recipe.label for _, recipe in found]))
    return int(failed > 0)


def trainings(root: Path) -> list[tuple[Path, Recipe]]:
    """The run folders at or below the root whose method has checks. ConfigError if there are none."""
    folders, _ = run_folders([root])
    found = [(folder, recipe) for folder in folders if hasattr((recipe := read_recipe(folder)).agent, "checks")]
    if not found:
        raise ConfigError(f"{root} has no run of a method with checks of its own, such as agent=smg")
    return found


def restored(folder: Path, recipe: Recipe) -> tuple[Any, Any, int]:
    """The method of a run, the learner that it saved last, and the updates that this one has done. RunError without."""
    trainer = Trainer(recipe.method(), [seed_of(folder)])
    like = jax.eval_shape(lambda: jax.tree.map(lambda x: x[0], trainer.init()))
    path = folder / STATE
    if not path.exists():
        raise RunError(f"{path} is missing: the checks need the whole state of a training, not its policies alone")
    with damage(path):
        step, payload = unpack(path)
        learners = trainer.join([serialization.from_bytes(like, payload)])
    return trainer.method, jax.tree.map(lambda x: x[0], learners), step // recipe.agent.batch


def looks_of(folder: Path, recipe: Recipe) -> list[tuple[str, Task]]:
    """Name and task of the evaluation looks that a run was measured on."""
    cases = [case for case in requested(folder, recipe).cases if case.split == "eval"]
    return [(title(case, recipe.world), recipe.family.task(case.world)) for case in cases]


def shown(check: Check, out: Console) -> bool:
    """Print a check. True if it failed."""
    numbers = ", ".join(f"{name} {value:.3f}" if isinstance(value, float) else f"{name} {value}"
                        for name, value in check.numbers.items())  # fmt: skip
    word = {True: "[green]pass[/]", False: "[red]fail[/]", None: "report"}[check.passed]
    say(out, f"  {check.letter:2} {word:6}  {escape(check.what)}: {escape(numbers)}")
    return check.passed is False


def beside(root: Path, labels: Sequence[str]) -> Iterator[Check]:
    """The checks H, I and J: success beside the other runs of a folder, at their last evaluations."""
    rows, _ = collect([root])
    last = select(rows[rows.metric == "success_rate"], "last")
    by = last.groupby(["agent", "split"], observed=True).value.mean()
    success = {label: {split: float(by.get((label, split), float("nan"))) for split in ("train", "eval")}
               for label in sorted(set(last.agent))}  # fmt: skip

    def named(chosen: Sequence[str]) -> dict[str, Any]:
        return {f"{label} {split}": value for label in chosen for split, value in success[label].items()}

    for label in dict.fromkeys(labels):
        if label in success and "ppo" in success:
            yield Check("H", f"{label} does no harm: success on the training look", named(["ppo", label]),
                        success[label]["train"] >= success["ppo"]["train"] - HARM)  # fmt: skip
        else:
            yield Check("H", f"{label} does no harm", {"ppo": "not in this folder"}, None)
    others = [label for label in success if label not in ("ppo", *labels)]
    controls = [label for label in others if any(part in label for part in CONTROLS)]
    rest = [label for label in others if label not in controls]
    yield Check("I", "methods and ablations beside it", named(rest) or {"none": "in this folder"}, None)
    yield Check("J", "controls beside it", named(controls) or {"none": "in this folder"}, None)
