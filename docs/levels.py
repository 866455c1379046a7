"""The numbers of docs/kinetix.md: what is learnt on hand-made and on random levels, from trainings that this script
starts.

    python docs/levels.py train     trains what is missing in outputs/kinetix; stopped at any time, it continues
    python docs/levels.py write     writes the tables of docs/kinetix.zip between the marks of docs/kinetix.md

Nothing was tuned: settings are those of budget=kinetix_quick. The transformer has fewer steps, since each of its steps
costs three times as much.
"""

import sys
from collections.abc import Iterator

import pandas as pd
from kept import Kept, origin

from kage.analysis.formats import Cell, View, markdown
from kage.analysis.pairing import curves
from kage.analysis.report import Measured, measured
from kage.analysis.scores import scores, suite_scores
from kage.analysis.tables import between, plus_minus
from kage.kinetix import level_names
from kage.launch.compose import cells

RESULTS = Kept("kinetix", "levels")
SHARED = ("task=kinetix", "budget=kinetix_quick", "seed=range(3)")
DRAWN = ("encoder=entity_mlp", "curriculum=random,sfl")
SHORT = ("curriculum=fixed", "budget.total_steps=262144", "budget.log_every=2", "budget.eval_every=16")
ONE = "s/h2_one_wheel_car"
OTHERS = ",".join(name for name in level_names() if name[0] == "s" and name != ONE)
SINGLE = ("curriculum=fixed", f"curriculum.levels=[{ONE}]", f"eval.levels=[{ONE}]", "budget.total_steps=131072",
          "budget.log_every=1", "budget.eval_every=1")  # fmt: skip
SUITE, RANDOM = "eval.levels=[s]", ("eval.levels=[random]", "budget.eval_episodes=256")


def commands() -> Iterator[tuple[str, ...]]:
    """The arguments of `kage run`."""
    yield *SHARED, SUITE, "agent=noop,random"
    yield *SHARED, SUITE, *DRAWN
    yield *SHARED, *RANDOM, "agent=noop,random"
    yield *SHARED, *RANDOM, *DRAWN
    yield *SHARED, SUITE, *SHORT, "curriculum.levels=[s]"
    others = *SHARED, SUITE, *SHORT, f"curriculum.levels=[{OTHERS}]"
    yield others
    yield *SHARED, *SINGLE
    (folder,) = RESULTS.folder.glob(f"runs/*-{cells(others)[0].recipe.id}")
    yield *SHARED, *SINGLE, f"start.run={folder}"


def by_suite(found: Measured) -> View:
    """Success of each method on hand-made and on random levels."""
    table = suite_scores(found.seeds, True, found.family)
    steps = found.rows.groupby("agent", observed=True).step.max()
    suites, lines = list(dict.fromkeys(table.suite)), []
    for agent, own in table[table.metric == "success_rate"].groupby("agent", observed=True, sort=False):
        of = {row["suite"]: row for row in own.to_dict("records")}
        told = [f"{of[suite]['mean']:.2f} {between(of[suite], 2)}" if suite in of else "-" for suite in suites]
        lines.append(tuple(map(Cell, (agent, f"{steps[agent]:,}", *told))))
    title = "Success, mean over levels, with 95 % intervals over three seeds"
    return View("suites", title, ("agent", "steps", *suites), tuple(lines))


def by_level(found: Measured) -> View:
    """Success of each method on each hand-made level."""
    table = scores(found.seeds, found.family)
    table = table[(table.metric == "success_rate") & (table.suite == "s")]
    return pivot("levels", "Success on the hand-made levels, mean ± SEM over seeds", "level", table, "pair")


def fine_tuning(found: Measured) -> View:
    """Learning curves on one level: from new weights, and from those of a training on the others."""
    table = curves(found.rows, True, found.family)
    table = table[table.metric == "success_rate"].rename(columns={"eval": "mean", "eval_sem": "sem"})
    table = table.sort_values("step", kind="stable")
    return pivot("fine_tuning", f"Success on {ONE}, mean ± SEM over seeds", "steps", table, "step")


def pivot(name: str, title: str, header: str, table: pd.DataFrame, line: str) -> View:
    """A line for each value of the column `line`, a column for each agent. In: columns agent, mean, sem."""
    agents, lines = list(dict.fromkeys(table.agent)), []
    for what, own in table.groupby(line, observed=True, sort=False):
        of = {row["agent"]: row for row in own.to_dict("records")}
        told = (plus_minus(of[agent]["mean"], of[agent]["sem"]) if agent in of else "-" for agent in agents)
        lines.append(tuple(map(Cell, (f"{what:,}" if line == "step" else what, *told))))
    return View(name, title, (header, *agents), tuple(lines))


def write() -> None:
    """Replace what stands between the marks of the page."""
    with RESULTS.rows() as rows:
        single = rows.groupby("run", observed=True).pair.transform(lambda pairs: set(pairs) <= {ONE, ""}).astype(bool)
        many, one = (measured(rows[which], at="last", mix=True) for which in (~single, single))
        RESULTS.write(origin(rows), *map(markdown, (by_suite(many), by_level(many), fine_tuning(one))))


if __name__ == "__main__":
    {"train": lambda: RESULTS.train(commands()), "write": write}[sys.argv[1]]()
