"""kage plan: what a command would run, how much of that is done, and what the rest costs."""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kage.console import say
from kage.family import Case, in_words
from kage.launch.compose import cells
from kage.launch.plan import Training, plan, training_state, unmeasured
from kage.launch.state import STATES
from kage.launch.status import duration
from kage.runs.run import EVAL, read_rows, read_status

RUNS = "*/runs/*/seed=*/status.json"  # below a folder of results
LATEST = 200  # only so many of the newest runs are read for measured costs


def main(arguments: list[str]) -> int:
    """kage plan ARGS: print what `kage run ARGS` would do."""
    parser = argparse.ArgumentParser(prog="kage plan", description="what kage run would do with the same arguments")
    parser.add_argument("overrides", nargs="*", help="as for kage run: suite=all 'seed=range(10)'")
    parser.add_argument("--json", action="store_true", help="for programs")
    options = parser.parse_intermixed_args(arguments)
    trainings = plan(cells(options.overrides))
    found = preview(trainings)
    if options.json:
        json.dump(found, sys.stdout, indent=1)
        print()
    else:
        show(found, Console())
    return 0


def preview(trainings: Sequence[Training]) -> dict:
    """The plan as JSON-ready data: every training with its seeds, evaluation looks and states, and the sums.
    ConfigError if the agent cannot read frames of this size.

    seconds: time left at measured speed, one training after the other. bytes: disk space of all states and policies.
    Both are null if no run of the same cost id is known. measured: the folder of the run that gave the speed and the
    sizes, see `measured_costs`.
    """
    wanted: dict[str, set[str]] = {}
    for training in trainings:
        wanted.setdefault(training.cell.outputs, set()).add(training.cell.recipe.cost_id)
    costs = {outputs: measured_costs(Path(outputs), ids) for outputs, ids in wanted.items()}
    entries = []
    for training in trainings:
        cell = training.cell
        states = {seed: training_state(training, seed) for seed in training.seeds}
        cost = costs[cell.outputs].get(cell.recipe.cost_id)
        entries.append({
            "name": training.folder.name, "training_id": cell.training_id, "folder": str(training.folder),
            "agent": cell.recipe.label, "budget": cell.budget.name, "steps": cell.recipe.steps,
            "look": cell.world.flat(), "seeds": list(training.seeds),
            "evaluation_looks": [
                {"suite": look.suite, "pair": look.pair, "study": look.study, "dose": look.dose,
                 "change": cell.world.difference(look.world)} for look in training.cases if look.split == "eval"
            ],
            "states": {str(seed): now for seed, now in states.items()}, "state": overall(states.values()),
            "seconds": remaining(training, states, cost), "measured": cost and str(cost.folder),
            "bytes": saved_bytes(training, cost),
        })  # fmt: skip
    return {
        "trainings": entries, "runs": sum(len(entry["seeds"]) for entry in entries),
        "seconds": known_sum(entry["seconds"] for entry in entries),
        "bytes": known_sum(entry["bytes"] for entry in entries),
    }  # fmt: skip


def known_sum(values: Iterable[float | None]) -> float | None:
    """The sum, None if a value is unknown."""
    values = list(values)
    return None if None in values else sum(values)


def overall(states: Iterable[str]) -> str:
    """One state for several runs: of the states they have, the last in `STATES`, which needs attention most."""
    present = set(states)
    return next(name for name in reversed(STATES) if name in present)


@dataclass(frozen=True)
class Cost:
    """Seconds and bytes of one seed, as an earlier run measured them."""

    step: float  # seconds per environment step
    look: float  # seconds per look measured
    state: int | None  # bytes of a saved state, None if the run did not record them
    policy: int | None  # bytes of the policy in it
    folder: Path  # of the experiment that has this run: <outputs>/<experiment>


def measured_costs(outputs: Path, wanted: set[str]) -> dict[str, Cost]:
    """The newest measured cost of each wanted cost id: from this folder of results, else from the folders beside it."""
    costs = newest_costs(outputs.glob(RUNS), wanted)
    if missing := wanted - costs.keys():
        costs |= newest_costs(outputs.resolve().parent.glob(f"*/{RUNS}"), missing)
    return costs


def newest_costs(found: Iterable[Path], wanted: set[str]) -> dict[str, Cost]:
    """The costs of the wanted cost ids, from the newest of these status.json files."""
    costs: dict[str, Cost] = {}
    for path in sorted(found, key=lambda path: -path.stat().st_mtime)[:LATEST]:
        run = read_status(path.parent)
        steps, looks, seeds, cost_id = map(run.get, ("steps_trained", "looks_measured", "block", "cost_id"))
        if steps and looks and cost_id in wanted - costs.keys():
            of_step, of_look = run["train_seconds"] / steps, run["eval_seconds"] / looks / len(seeds)
            sizes = run.get("state_bytes"), run.get("policy_bytes")
            costs[cost_id] = Cost(of_step, of_look, *sizes, path.parents[3])
    return costs


def remaining(training: Training, states: dict[int, str], cost: Cost | None) -> float | None:
    """Seconds of work left, None if the cost is unknown."""
    left = [seed for seed, now in states.items() if now != "done"]
    if not left:
        return 0.0
    if cost is None:
        return None
    cell, seconds = training.cell, 0.0
    total, width = cell.recipe.steps, distinct(training.cases)
    for seed in left:
        folder = training.run_folder(seed)
        status, missing = read_status(folder), unmeasured(folder, training.cases, cell.budget.eval_episodes)
        step, evaluated = status["step"], {row["step"] for row in read_rows(folder / EVAL)}
        if status["state"] == "done" and -1 in missing:  # no policies were kept: it is trained again
            step, evaluated, missing = 0, set(), {}
        looks = (cell.evaluations - len(evaluated)) * width
        looks += sum(len({(case.id, number) for case, number in lacking}) for at, lacking in missing.items() if at >= 0)
        seconds += max(0, total - step) * cost.step + looks * cost.look
    return seconds


def distinct(looks: Iterable[Case]) -> int:
    """How many looks have to be measured. Looks that differ only in their names are measured once."""
    return len({look.id for look in looks})


def saved_bytes(training: Training, cost: Cost | None) -> int | None:
    """Bytes that the states and kept policies of all seeds need, None if their sizes are unknown."""
    if cost is None or cost.state is None or cost.policy is None:
        return None
    kept = training.cell.evaluations if training.cell.budget.keep_checkpoints else 0
    return len(training.seeds) * (cost.state + kept * cost.policy)


def show(found: dict, console: Console) -> None:
    """Print the plan as a table, then its sums."""
    table = Table()
    for name in ("training", "seeds", "evaluation looks", "state", "time left", "disk"):
        right = name in ("seeds", "time left", "disk")
        table.add_column(name, justify="right" if right else "left", no_wrap=right, overflow="fold")
    for entry in found["trainings"]:
        states = list(entry["states"].values())
        counts = ", ".join(f"{states.count(name)} {name}" for name in STATES if name in states)
        name = entry["name"].removesuffix(f"-{entry['budget']}-{entry['training_id']}")
        table.add_row(
            escape(name), str(len(entry["seeds"])), escape(look_names(entry)), counts,
            left(entry["seconds"]), bytes_in_words(entry["bytes"]),
        )  # fmt: skip
    console.print(table)
    looks = sum(len(entry["evaluation_looks"]) * len(entry["seeds"]) for entry in found["trainings"])
    counts = f"{len(found['trainings'])} trainings, {found['runs']} runs with their seeds, for {looks} comparisons"
    disk = f"disk {bytes_in_words(found['bytes'])} for states and policies"
    console.print(f"{counts}; {disk}; time left {left(found['seconds'])}", highlight=False)
    if sources := sorted({entry["measured"] for entry in found["trainings"] if entry["measured"] and entry["seconds"]}):
        say(console, f"time at the speed measured in {', '.join(sources)}", markup=False)
    if unknown := [name for name, key in (("time", "seconds"), ("disk", "bytes")) if found[key] is None]:
        are = "are" if len(unknown) > 1 else "is"
        say(console, f"{' and '.join(unknown)} {are} unknown until something with this agent, task and frame size has "
            "run into the same outputs= or a folder beside it; kage bench train measures steps/s")  # fmt: skip


def look_names(entry: dict) -> str:
    """The evaluation looks of a training in short: agent 1 2 3, radial_light (5 doses)."""
    names: dict[str, list[str]] = {}
    for look in entry["evaluation_looks"]:
        if look["study"]:
            names.setdefault(look["study"], []).append(look["dose"])
        elif numbered := re.fullmatch(r"(\w+)_(\d+)", look["pair"]):
            names.setdefault(numbered[1], []).append(numbered[2])
        else:
            names[in_words(look["change"]) if look["pair"] == "custom" else look["pair"]] = []
    studies = {look["study"] for look in entry["evaluation_looks"]}
    return ", ".join(f"{name} ({len(parts)} doses)" if name in studies and len(parts) > 1 else " ".join([name, *parts])
                     for name, parts in names.items()) or "none"  # fmt: skip


def left(seconds: float | None) -> str:
    """Time left in words."""
    return "unknown" if seconds is None else duration(seconds)


def bytes_in_words(count: float | None) -> str:
    """Bytes in GB or MB, for people."""
    if count is None:
        return "unknown"
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
