"""Tables as the page alone shows them: gaps first, and several methods side by side, pair by pair."""

import dataclasses

import pandas as pd

from kage.analysis.formats import Cell, View
from kage.analysis.metrics import PERCENT, PLATFORMER, Family
from kage.analysis.tables import method_names, number, plus_minus, varying


def gaps_first(view: View) -> View:
    """A gap table with its gaps directly behind the names, so that a narrow screen shows them without scrolling."""
    gaps = [i for i, header in enumerate(view.headers) if header.endswith(("Δ", "Δ %"))]
    gaps.sort(key=lambda i: view.headers[i].startswith("competent"))  # all seeds first
    order = [*range(view.left), *gaps, *(i for i in range(view.left, len(view.headers)) if i not in gaps)]
    rows = tuple(tuple(row[i] for i in order) for row in view.rows)
    return dataclasses.replace(view, headers=tuple(view.headers[i] for i in order), rows=rows)


def side_by_side(pairs: pd.DataFrame, family: Family = PLATFORMER) -> View | None:
    """The telling metric under the shift and its gap for every method, a line per pair; None for a single method.

    In: `named` pairs of `kage.analysis.gaps.gaps`.
    """
    main = family.telling
    table = pairs[pairs.metric == main.name]
    table = table.assign(method=method_names(table, varying(pairs)))
    methods = list(dict.fromkeys(table.method))
    if len(methods) < 2:
        return None
    rows = []
    for name, of_pair in table.groupby("name", sort=False):
        cells = {row["method"]: row for row in of_pair.to_dict("records")}
        line = [Cell(name)]
        for method in methods:
            row = cells.get(method)
            line.append(Cell(plus_minus(row["eval"], row["eval_sem"]) if row else "-"))
            shaded = row is not None and main.gap == PERCENT and not pd.isna(row["gap"])
            shade = min(max(row["gap"] / 100, 0), 1) if shaded else None
            line.append(Cell(number(row["gap"]) if row else "-", shade))
        rows.append(tuple(line))
    columns = (f"{main.short} eval", f"{main.short} Δ{main.gap_unit}")
    headers = (family.word("pair"), *(f"{method}\n{column}" for method in methods for column in columns))
    title = f"{main.short} under the shift, method by method: mean ± SEM over seeds"
    return View("side_by_side", title, headers, tuple(rows))
