"""kage plan: what a command would run, how much of that is done, and what the rest costs."""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kage.console import console, counted, duration, say
from kage.family import crowded
from kage.launch.beforehand import checked, doubts
from kage.launch.costs import costs_of, known_sum, remaining, saved_bytes
from kage.launch.plan import Training, training_state
from kage.launch.state import STATES
from kage.recipe import TRACKS


def main(arguments: list[str]) -> int:
    """kage plan ARGS: print what `kage run ARGS` would do."""
    parser = argparse.ArgumentParser(prog="kage plan", description="what kage run would do with the same arguments")
    parser.add_argument("overrides", nargs="*", help="as for kage run: suite=all 'seed=range(10)'")
    parser.add_argument("--json", action="store_true", help="for programs")
    options = parser.parse_intermixed_args(arguments)
    trainings = checked(options.overrides)
    found = preview(trainings)
    if options.json:
        json.dump(found, sys.stdout, indent=1)
        print()
    else:
        show(found, console())
        if found := doubts(trainings, on_cpu=None):
            say(console(), f"kage run starts this only with --yes: {found}", markup=False)
    return 0


def preview(trainings: Sequence[Training]) -> dict:
    """The plan as JSON-ready data: every training with its seeds, evaluation looks and states, and the sums.
    ConfigError if the agent cannot read frames of this size.

    seconds: time left at measured speed, one training after the other. bytes: disk space of all states and policies.
    Both are null if no run of the same cost id is known. measured: the folder of the run that gave the speed and the
    sizes, see `kage.launch.costs`.
    """
    costs = costs_of(trainings)
    entries = []
    for training in trainings:
        cell = training.cell
        states = {seed: training_state(training, seed) for seed in training.seeds}
        cost = costs[cell.outputs, cell.recipe.cost_id]
        entries.append({
            "name": training.folder.name, "training_id": cell.training_id, "folder": str(training.folder),
            "agent": cell.label, "track": cell.track, "budget": cell.budget.name, "steps": cell.recipe.steps,
            "look": cell.world.flat(), "seeds": list(training.seeds),
            "evaluation_looks": [
                {"suite": look.suite, "pair": look.pair, "study": look.study, "dose": look.dose,
                 "change": cell.world.difference(look.world), "words": look.change}
                for look in training.cases if look.split == "eval"
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


def overall(states: Iterable[str]) -> str:
    """One state for several runs: of the states they have, the last in `STATES`, which needs attention most."""
    present = set(states)
    return next(name for name in reversed(STATES) if name in present)


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
            escape(name) + f" ({entry['track']})" * (entry["track"] != TRACKS[0]), str(len(entry["seeds"])),
            escape(look_names(entry)), counts,
            left(entry["seconds"]), bytes_in_words(entry["bytes"]),
        )  # fmt: skip
    console.print(table)
    looks = sum(len(entry["evaluation_looks"]) * len(entry["seeds"]) for entry in found["trainings"])
    counts = (f"{counted(len(found['trainings']), 'training')}, {counted(found['runs'], 'run')} with their seeds, for "
              f"{counted(looks, 'comparison')}")  # fmt: skip
    disk = f"disk {bytes_in_words(found['bytes'])} for states and policies"
    console.print(f"{counts}; {disk}; time left {left(found['seconds'])}", highlight=False)
    if sources := sorted({entry["measured"] for entry in found["trainings"] if entry["measured"] and entry["seconds"]}):
        say(console, f"time at the speed measured in {', '.join(sources)}", markup=False)
    if unknown := [name for name, key in (("time", "seconds"), ("disk", "bytes")) if found[key] is None]:
        are = "are" if len(unknown) > 1 else "is"
        say(console, f"{' and '.join(unknown)} {are} unknown until something with this agent, task and frame size has "
            "run into the same outputs= or a folder beside it; kage bench train measures steps/s")  # fmt: skip


def look_names(entry: dict) -> str:
    """The evaluation looks of a training in short: agent 1 2 3, radial_light (5 doses), s (10 in all)."""
    names: dict[str, list[str]] = {}
    many = crowded(look["suite"] for look in entry["evaluation_looks"] if not look["study"])
    for look in entry["evaluation_looks"]:
        if look["study"]:
            names.setdefault(look["study"], []).append(look["dose"])
        elif look["suite"] in many:
            count = sum(other["suite"] == look["suite"] for other in entry["evaluation_looks"])
            names[f"{look['suite']} ({count} in all)"] = []
        elif numbered := re.fullmatch(r"(\w+)_(\d+)", look["pair"]):
            names.setdefault(numbered[1], []).append(numbered[2])
        else:
            names[look["words"] if look["pair"] == "custom" else look["pair"]] = []
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
