"""The numbers of docs/laptop.md: the whole benchmark on two cores, from trainings that this script starts.

    python docs/laptop.py train     trains what is missing in outputs/laptop; stopped at any time, it continues
    python docs/laptop.py write     writes the tables of docs/laptop.zip between the marks of docs/laptop.md
"""

import sys
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd
from kept import Kept, origin, trainings

from kage.analysis.formats import Cell, View, markdown
from kage.analysis.report import measured, report_of
from kage.analysis.tables import number

RESULTS = Kept("laptop", "laptop")
BUDGET = "budget=laptop"
SEEDS = 5
LEARNT = 0.8  # success that every training look should reach
SHOWN = ("suites", "paper_suites", "pairs", "paper_pairs", "seeds_needed")


def commands() -> Iterator[tuple[str, ...]]:
    """The arguments of `kage run`: all training looks with one seed, then all with the next. So the benchmark is whole
    long before it has all of its seeds."""
    for seed in range(SEEDS):
        for pairs in trainings(BUDGET):
            yield pairs, BUDGET, f"seed={seed}"


def learnt(rows: pd.DataFrame) -> View:
    """Success of each seed on its training look at the last evaluation, a line for each training look.

    In: tidy rows of finished runs.
    """
    last = rows[(rows.split == "train") & (rows.metric == "success_rate") & (rows.step == rows.step.max())]
    lines = []
    for name, own in last.groupby("training", observed=True):
        own = own.drop_duplicates("seed").sort_values("seed").value
        each = ", ".join(number(value, 2) for value in own)
        told = f"{(own >= LEARNT).sum()} of {len(own)}", number(own.mean(), 2), each
        lines.append((Cell(str(name).partition("-laptop-")[0]), *map(Cell, told)))
    headers = ("training look", f"seeds with {LEARNT}", "success", "of each seed")
    return View("learnt", "What is learnt: success on the training look, last evaluation", headers, tuple(lines))


def of_success(view: View) -> View:
    """A view; of those beside the paper's, which have a line for each metric, the lines of success."""
    if not view.name.startswith("paper"):
        return view
    return replace(view, rows=tuple(row for row in view.rows if row[1].text == "success"))


def write() -> None:
    """Replace what stands between the marks of the page."""
    with RESULTS.rows() as rows:
        found = measured(rows, at="max", mix=False)
        report = report_of(found, mix=False, paper=True, over_training=False, reference=None)
        views = {view.name: view for view in report.views}
        told = [learnt(rows), *(of_success(views[name]) for name in SHOWN if name in views)]
        RESULTS.write(origin(rows), *map(markdown, told))


if __name__ == "__main__":
    {"train": lambda: RESULTS.train(commands()), "write": write}[sys.argv[1]]()
