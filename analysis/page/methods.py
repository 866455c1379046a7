"""Methods side by side on the page: a map of methods and axes, and the learning curves of all methods in one chart."""

from collections.abc import Iterator, Mapping

import pandas as pd

from kage.analysis.colours import of_methods
from kage.analysis.compare import SAME
from kage.analysis.methods import PRIVILEGED
from kage.analysis.metrics import Family
from kage.analysis.page import svg
from kage.analysis.series import Curves
from kage.analysis.tables import between, method_names, number, varying

FEW = 7  # training looks whose learning curves are drawn


def maps(table: pd.DataFrame, family: Family) -> Iterator[dict]:
    """A map for each rule, budget and world: a line per method, a field per suite with the value under the shift.

    In: `kage.analysis.methods.methods`. Out: title, suites, lines; a line has who, privileged, cost and, for each
    suite, None or a field: value and train as text, shade in 0..1, and what the field says when it is pointed at.
    """
    digits = 2 if family.telling.share else 1
    for place, part in table.groupby(["rule", *SAME], sort=False):
        suites = sorted(part.suite.unique())
        low, high = (0.0, 1.0) if family.telling.share else (part["eval"].min(), part["eval"].max())
        lines = []
        for (agent, code, track), own in part.groupby(["agent", "code", "track"], sort=False):
            rows = {row["suite"]: row for row in own.to_dict("records")}
            several = part[part.agent == agent].code.nunique() > 1
            lines.append({
                "who": f"{agent} {code}" if several else agent, "privileged": track == PRIVILEGED,
                "cost": number(own.cost.mean(), 2),
                "fields": [field(rows[suite], low, high, digits) if suite in rows else None for suite in suites],
            })  # fmt: skip
        budget, world = place[1:]
        where = f"budget {budget}" + (f", world {world}" if table.world.nunique() > 1 else "")
        yield {"title": f"{family.telling.short} under the shift, by suite; {where}", "suites": suites, "lines": lines}


def field(row: Mapping, low: float, high: float, digits: int) -> dict:
    """One field of a map."""
    value, train = number(row["eval"], digits), number(row["train"], digits)
    words = f"{row['agent']} on {row['suite']}: {value} under the shift, {train} on the training look, {row['n']} runs"
    if row["agent"] != row["reference"] and not pd.isna(row["difference"]):
        words += f"; difference to {row['reference']} {number(row['difference'], digits, '+')}"
        words += "" if pd.isna(row["low"]) else f", 95 % interval {between(row, digits)}"
    shade = (row["eval"] - low) / (high - low) if high > low else 0.0
    return {"value": value, "train": train, "shade": f"{min(max(shade, 0), 1):.2f}", "words": words}


def learning(rows: pd.DataFrame, curves: Curves, family: Family) -> dict | None:
    """Charts of the telling metric over training, one per training look and budget that several methods share, a line
    per method; and the colours of the methods. None where no look is shared, or nothing was measured over training."""
    train = rows[(rows.split == "train") & (rows.metric == family.telling.name)]
    found = []
    for (_, budget), own in train.groupby(["look_id", "budget"], observed=True, sort=False):
        runs = {who: part.run.unique().tolist() for who, part in own.groupby("agent", observed=True)}
        series = {who: curves.trained(names, family.telling.name) for who, names in runs.items()}
        over_time = {who: one for who, one in series.items() if one is not None and len(one.steps) > 1}
        if len(over_time) > 1:
            found.append((budget, own.training.iloc[0], over_time))
    if not found:
        return None
    colours = of_methods(sorted({who for _, _, series in found for who in series}))
    charts = [svg.compared(family.telling, series, colours) for _, _, series in found[:FEW]]
    return {"charts": charts, "colours": colours, "left": len(found) - len(charts)}


def profile_chart(table: pd.DataFrame, family: Family) -> dict:
    """The chart of `kage.analysis.profiles.profiles`, and the colours of its methods."""
    table = table.assign(method=method_names(table, varying(table)))
    colours = of_methods(sorted(set(table.method)))
    return {"chart": svg.profiles(family.telling, dict(list(table.groupby("method", sort=False))), colours),
            "colours": colours}  # fmt: skip
