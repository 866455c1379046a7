"""The numbers of docs/first-person.md: the benchmark's pairs in both worlds of pixels, from trainings that this script
starts.

    python docs/rooms.py train     trains what is missing in outputs/first-person; stopped at any time, it continues
    python docs/rooms.py write     writes the tables of docs/first-person.zip between the marks of docs/first-person.md

Each world has the quick budget of its own: as many environment steps, the same frames and the same network.
"""

import sys
from collections.abc import Iterator

import pandas as pd
from kept import Kept, origin, trainings

from kage.analysis.formats import Cell, View, markdown
from kage.analysis.gaps import gaps, suite_gaps
from kage.analysis.report import measured
from kage.analysis.tables import number, plus_minus

RESULTS = Kept("first-person", "rooms")
WORLDS = {"kage": "platformer", "first_person": "first person"}  # family -> what the tables call it
BUDGETS = (("budget=quick",), ("task=first_person", "budget=first_person_quick"))


def commands() -> Iterator[tuple[str, ...]]:
    """The arguments of `kage run`, one for each training look and world."""
    for pairs in trainings(*BUDGETS[1]):
        for budget in BUDGETS:
            yield pairs, *budget, "seed=range(3)"


def side_by_side(title: str, name: str, tables: dict[str, pd.DataFrame]) -> View:
    """Success in both worlds, a line for each value of the column `name` that was measured in one of them.

    In: tables of gaps by world.
    """
    found = {world: {row[name]: row for row in table[table.metric == "success_rate"].to_dict("records")}
             for world, table in tables.items()}  # fmt: skip
    lines = []
    for what in dict.fromkeys(what for rows in found.values() for what in rows):
        lines.append((Cell(what), *(cell for rows in found.values() for cell in success(rows.get(what)))))
    headers = (f"{world} {what}" for world in found for what in ("train", "eval", "Δ %", "interval of Δ %"))
    return View(name, title, (name, *headers), tuple(lines))


def success(row: dict | None) -> tuple[Cell, ...]:
    """Success on both looks and the share that is lost, with its interval."""
    if row is None:
        return (Cell("-"),) * 4
    told = (plus_minus(row[split], row[f"{split}_sem"]) for split in ("train", "eval"))
    return *map(Cell, told), Cell(number(row["gap"])), Cell(f"[{number(row['gap_low'])}, {number(row['gap_high'])}]")


def write() -> None:
    """Replace what stands between the marks of the page."""
    with RESULTS.rows() as rows:
        worlds = {WORLDS[family]: measured(own, at="last", mix=False)
                  for family, own in rows.groupby("family", observed=True)}  # fmt: skip
        suites = {name: suite_gaps(world.seeds, False, world.family) for name, world in worlds.items()}
        pairs = {name: gaps(world.seeds, world.family) for name, world in worlds.items()}
        views = (side_by_side("Success, mean over pairs", "suite", suites), side_by_side("Success", "pair", pairs))
        RESULTS.write(origin(rows), *map(markdown, views))


if __name__ == "__main__":
    {"train": lambda: RESULTS.train(commands()), "write": write}[sys.argv[1]]()
