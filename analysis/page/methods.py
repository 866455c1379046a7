"""Several methods side by side, pair by pair."""

import pandas as pd

from analysis.formats import Cell, View
from analysis.tables import number, plus_minus, varying


def side_by_side(pairs: pd.DataFrame) -> View | None:
    """Success under the shift and the loss of success of every method, a line per pair; None for a single method.

    In: `named` pairs of `analysis.gaps.gaps`.
    """
    who = varying(pairs)
    table = pairs[pairs.metric == "success_rate"]
    table = table.assign(method=table[who].agg(" ".join, axis=1) if who and len(table) else "")
    methods = list(dict.fromkeys(table.method))
    if len(methods) < 2:
        return None
    rows = []
    for name, its in table.groupby("name", sort=False):
        cells = {it["method"]: it for it in its.to_dict("records")}
        line = [Cell(name)]
        for method in methods:
            it = cells.get(method)
            line.append(Cell(plus_minus(it["eval"], it["eval_sem"]) if it else "-"))
            shade = None if it is None or pd.isna(it["gap"]) else min(max(it["gap"] / 100, 0), 1)
            line.append(Cell(number(it["gap"]) if it else "-", shade))
        rows.append(tuple(line))
    headers = ("pair", *(f"{method}\n{what}" for method in methods for what in ("success eval", "success Δ %")))
    title = "success under the shift, method by method: mean ± SEM over seeds"
    return View("side_by_side", title, headers, tuple(rows))
