"""The numbers of docs/methods.md: which method repairs which axis, from trainings that this script starts.

    python docs/ranking.py train     trains what is missing in outputs/methods; stopped at any time, it continues
    python docs/ranking.py cost      times one seed of every method, in turn, and keeps that in docs/methods-cost.json
    python docs/ranking.py write     writes the tables of docs/methods.zip, and the costs, between the marks of
                                     docs/methods.md

`train` keeps the results of a method in docs/methods.zip as soon as they are complete, and begins with what is there.
Everything is one experiment: the same training look, pairs, seeds, steps and evaluations for every method. Nothing was
tuned: every method has the settings that it is shipped with. Other work may run beside the trainings, so what a step
costs is timed apart.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from kept import Kept, origin

from kage.analysis.formats import Cell, View, markdown
from kage.analysis.gaps import gaps
from kage.analysis.only import spoken, with_columns
from kage.analysis.page.tables import side_by_side
from kage.analysis.report import measured, report_of
from kage.analysis.tables import named, number
from kage.launch.bench import in_turn
from kage.launch.compose import cells
from kage.launch.record import record

RESULTS = Kept("methods", "ranking")
COST = Path(__file__).with_name("methods-cost.json")
METHODS = {"seeds", "success train", "success eval", "success lost", "success gap %", "difference eval",
           "difference gap %"}  # fmt: skip
# Tables, and which of their columns.
SHOWN = {"methods": METHODS, "methods_privileged": METHODS, "methods_equal": METHODS, "suites": {"agreement"}}
# The pairs of the benchmark whose training look is black with a teal circle, T1.
PAIRS = ("agent_1,agent_2,agent_3,agent_4,background_1,background_2,background_3,background_5,distractors_5,"
         "distractors_6,layout_1")  # fmt: skip
RUNS = (  # in this order
    (["agent=random,noop"], 3),
    ([], 3),
    (["agent=drac", "augment=overlay"], 3),
    (["agent=drac", "augment=random_conv_bias"], 3),
    (["task=state"], 3),
    (["task=mask"], 3),
    (["agent=rad", "augment=jitter"], 3),
    (["agent=netrand", "agent.bias=true"], 3),
    (["agent=svea", "augment=overlay"], 3),
    (["memory=gru"], 3),
    (["agent=drac", "augment=jitter"], 3),
    (["agent.longer=2"], 3),
    ([], 5),
    (["agent=svea", "augment=overlay"], 5),  # of those that look at frames, the two best over all pairs
    (["agent=drac", "augment=jitter"], 5),
    (["agent=smg", "agent.con_value=0.25"], 3),  # before check G showed that this weight is too large
    (["agent=smg_con", "agent.con_value=0.25"], 3),
    (["agent=smg"], 3),
    (["agent=smg_con"], 3),  # its consistency and views, no models
    (["agent=smg_con", "agent.true_mask=true", "agent.views=[attribution]"], 3),  # what a perfect mask would bring
    (["agent=smg_paper"], 3),
    *((["agent=smg", f"agent.{part}=0"], 3) for part in ("mask", "back", "act", "fore")),
)


def commands() -> Iterator[list[str]]:
    """The arguments of `kage run`, one list for each method."""
    for overrides, seeds in RUNS:
        yield [f"pair={PAIRS}", *overrides, f"seed=range({seeds})", "budget=quick"]


def tables(rows: pd.DataFrame) -> Iterator[str]:
    """The tables in Markdown: by suite at the last evaluation, at equal success, agreement, and by pair."""
    found = measured(rows, at="last", mix=False)
    report = report_of(found, mix=False, paper=False, over_training=False, reference="ppo")
    views = {view.name: view for view in report.views}
    for name, columns in SHOWN.items():
        yield from map(markdown, with_columns([views[name]] if name in views else [], columns))
    if by_pair := side_by_side(named(gaps(report.seeds))):
        kept = {spoken(header) for header in by_pair.headers if header.endswith("eval")}
        yield from map(markdown, with_columns([by_pair], kept))


def write() -> None:
    """Replace what stands between the marks of the page."""
    with RESULTS.rows() as rows:
        RESULTS.write(origin(rows), *tables(rows), costs())


def cost() -> None:
    """Time a training of one seed of every method that learns."""
    named = {}
    for overrides in commands():
        for cell in cells(overrides):
            if cell.recipe.updates:  # others learn nothing
                named.setdefault(cell.recipe.label, cell.recipe)
    rows = in_turn(list(named.items()), repeats=5)
    about = {key: value for key, value in record().items() if key in ("time", "device", "versions")}
    COST.write_text(json.dumps({"record": about, "rows": rows}, indent=1) + "\n")


def costs() -> str:
    """The table of costs in Markdown."""
    found = json.loads(COST.read_bytes())
    about, first = found["record"], found["rows"][0]
    lines = []
    for row in found["rows"]:
        told = (row["what"], f"{row['median']:,.0f}", f"{row['slowest']:,.0f} to {row['fastest']:,.0f}",
                number(first["median"] / row["median"], 2), number(row["multiply_adds"] / 1e6, 1))  # fmt: skip
        lines.append(tuple(map(Cell, told)))
    headers = ("agent", "steps/s", "slowest to fastest", "cost of a step", "million multiply-adds")
    title = f"Steps/s of one seed, timed in turn on {about['device']}, {about['time'][:10]}"
    return markdown(View("costs", title, headers, tuple(lines)))


if __name__ == "__main__":
    {"train": lambda: RESULTS.train(commands()), "cost": cost, "write": write}[sys.argv[1]]()
