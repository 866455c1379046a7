"""The leaderboard: every method on every suite in one line, the best mean over suites first."""

from collections.abc import Iterator, Mapping

import pandas as pd

from kage.analysis.compare import SAME
from kage.analysis.formats import Cell, View
from kage.analysis.gaps import SUITE, benchmark, suite_gaps, unambiguous
from kage.analysis.methods import PRIVILEGED
from kage.analysis.metrics import PERCENT, PLATFORMER, Family
from kage.analysis.select import plain, rule_text
from kage.analysis.tables import number

WHO = ["agent", "code"]  # a line
PART = "*"  # behind a value that is a mean of fewer pairs than others
OTHERS = f"{PART} a mean of some of the {{pairs}} that others were measured on, so its line has no rank"


def boards(seeds: pd.DataFrame, family: Family = PLATFORMER) -> Iterator[View]:
    """A table per budget, version of the world, and kind of method, privileged methods last: only what agrees in these
    can be ranked.

    In: `kage.analysis.pairing.paired`. A value is the telling metric under the shift, the mean of the suite's pairs'
    means over seeds. Only methods that were measured on every pair of every suite that another one was measured on have
    a mean over suites and a rank.
    """
    seeds = benchmark(seeds)
    seeds = unambiguous(seeds[seeds.metric == family.telling.name], SUITE)
    several = seeds.world.nunique() > 1
    kinds = seeds.assign(privileged=seeds.track == PRIVILEGED)
    for (privileged, budget, world), own in kinds.groupby(["privileged", *SAME], observed=True):
        title = f"{'privileged methods: ' if privileged else ''}{family.telling.prose} under the shift by suite; "
        title += f"budget {budget}" + (f", code of the world {world}" if several else "")
        yield board(own.drop(columns="privileged"), title, family)


def board(seeds: pd.DataFrame, title: str, family: Family) -> View:
    """One table of `boards`, of seeds that can be ranked."""
    main = family.telling
    table, measured = suite_gaps(seeds, family=family), pairs_of(seeds)
    suites = list(dict.fromkeys(table.suite))
    whole = {suite: set.union(*(pairs for (*_, name), pairs in measured.items() if name == suite)) for suite in suites}
    codes = table.groupby("agent").code.nunique() if len(table) else {}
    lines = []
    for (agent, code), own in table.groupby(WHO, sort=False):
        by_suite = own.set_index("suite").to_dict("index")
        complete = all(measured.get((agent, code, suite)) == whole[suite] for suite in suites)
        cells = [cell(by_suite.get(suite), measured.get((agent, code, suite), set()) < whole[suite], family)
                 for suite in suites]  # fmt: skip
        mean = own["eval"].mean() if complete else float("nan")
        low, high = own.n.min(), own.n.max()
        counts = Cell(f"{low}" if low == high else f"{low} to {high}")
        name = agent if codes[agent] == 1 else f"{agent} {code}"
        lines.append((mean, name, (Cell(name), counts, Cell(number(mean, 2)), *cells)))
    lines.sort(key=lambda line: (-line[0] if line[0] == line[0] else float("inf"), line[1]))
    rows = tuple((Cell(str(place) if mean == mean else "-"), *cells) for place, (mean, _, cells) in enumerate(lines, 1))
    rule = rule_text(seeds.rule.iloc[0], family)
    notes = [f"Δ{main.gap_unit}: what is lost under the shift; {rule}"]
    if len(rows) > 1:
        notes.append("a rank does not say how certain it is: the differences below have intervals, from three seeds on")
    if any(PART in one.text for row in rows for one in row):
        notes.append(OTHERS.format(pairs=f"{family.word('pair')}s"))
    headers = ("rank", "method", "seeds", "mean over\nsuites", *suites)
    return View("board", title, headers, rows, left=2, notes=tuple(notes))


def pairs_of(seeds: pd.DataFrame) -> dict[tuple[str, str, str], set[tuple[str, str]]]:
    """The looks, with their pairs, that a method was measured on, by agent, code and suite."""
    looks = plain(seeds[[*WHO, "suite", "pair", "look"]].drop_duplicates())
    return {names: set(zip(own.pair, own.look)) for names, own in looks.groupby([*WHO, "suite"], sort=False)}


def cell(row: Mapping | None, part: bool, family: Family) -> Cell:
    """The value of a method on a suite with what is lost; shaded by that where it is in percent."""
    if row is None:
        return Cell("-")
    main = family.telling
    known = main.gap == PERCENT and not pd.isna(row["gap"])
    gap = "-" if pd.isna(row["gap"]) else number(row["gap"]) + main.gap_unit
    text = f"{number(row['eval'], 2)} (Δ {gap}){PART * part}"
    return Cell(text, min(max(row["gap"] / 100, 0), 1) if known else None)
