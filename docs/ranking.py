"""The numbers of docs/methods.md: which method repairs which axis, from trainings that this script starts.

    python docs/ranking.py train     trains what is missing in outputs/methods; stopped at any time, it continues
    python docs/ranking.py write     writes the tables of docs/methods.zip between the marks of docs/methods.md

`train` keeps the results of a method in docs/methods.zip as soon as they are complete, and begins with what is there.
Everything is one experiment: the same training look, pairs, seeds, steps and evaluations for every method. Nothing was
tuned: every method has the settings that it is shipped with.
"""

import sys
from collections.abc import Iterator

import pandas as pd
from kept import Kept, origin

from kage.analysis.formats import markdown
from kage.analysis.gaps import gaps
from kage.analysis.only import spoken, with_columns
from kage.analysis.page.tables import side_by_side
from kage.analysis.report import measured, report_of
from kage.analysis.tables import named

RESULTS = Kept("methods", "ranking")
# Tables, and which of their columns.
SHOWN = {"methods": None, "methods_privileged": None, "methods_equal": None, "suites": {"agreement"}}
# The pairs of the benchmark whose training look is black with a teal circle, T1.
PAIRS = ("agent_1,agent_2,agent_3,agent_4,background_1,background_2,background_3,background_5,distractors_5,"
         "distractors_6,layout_1")  # fmt: skip
RUNS = (  # in this order: three seeds of every method first, then more seeds of those that matter most
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
    (["agent=drac", "augment=overlay"], 5),
    (["agent=drac", "augment=random_conv_bias"], 5),
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
        RESULTS.write(origin(rows), *tables(rows))


if __name__ == "__main__":
    {"train": lambda: RESULTS.train(commands()), "write": write}[sys.argv[1]]()
