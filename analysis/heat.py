"""The heat map of interactions: what two changes cost together, beside what they would cost if independent."""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from kage.analysis.formats import file_name
from kage.analysis.interactions import maps
from kage.analysis.metrics import Family
from kage.analysis.tables import number

LONGEST = 16  # letters of a change beside the map
COLOURS = "RdBu_r"  # more than expected is red, less is blue; the colour-blind can tell them apart


def heat_maps(table: pd.DataFrame, family: Family, width: float) -> Iterator[tuple[str, Figure]]:
    """A figure for every study and method: a field for every two changes, whose colour is joint - expected."""
    several = table.groupby("study").method.nunique().gt(1).any()
    for study, method, own in maps(table):
        name = f"interactions_{file_name(f'{study}_{method}' if several else study)}"
        yield name, heat_map(own, method if several else "", family, width)


def heat_map(table: pd.DataFrame, title: str, family: Family, width: float) -> Figure:
    """One map, as wide as the text that it stands in [in]. A field says the joint loss, and below it the expected one;
    beside the name of a change stands what it costs alone."""
    rows, columns = (list(dict.fromkeys(table[side])) for side in ("first", "second"))
    alone = dict(zip(table["first"], table.first_gap)) | dict(zip(table["second"], table.second_gap))
    field, left, top, bottom = (width - 2.1) / len(columns), 1.2, 0.3 if title else 0.12, 0.6
    tall = min(max(field * 0.7, 0.34), 0.75)
    height = top + tall * len(rows) + bottom
    figure = Figure(figsize=(width, height))
    ax = figure.add_axes((left / width, bottom / height, field * len(columns) / width, tall * len(rows) / height))
    grid = np.full((len(rows), len(columns)), np.nan)
    most = max(10.0, table.difference.abs().max())
    for row in table.to_dict("records"):
        y, x = rows.index(row["first"]), columns.index(row["second"])
        grid[y, x] = row["difference"]
        tint = "white" if abs(row["difference"]) > 0.6 * most else "black"
        sure = "*" if row["holm"] < 0.05 else ""
        ax.text(x, y - 0.13, number(row["joint"]) + sure, ha="center", va="center", color=tint, fontsize=8)
        ax.text(x, y + 0.22, f"({number(row['expected'])})", ha="center", va="center", color=tint, fontsize=6.5)
    image = ax.imshow(grid, cmap=COLOURS, vmin=-most, vmax=most, aspect="auto")
    ax.set_yticks(range(len(rows)), [f"{short(name)}\n{number(alone[name])} %" for name in rows])
    ax.set_xticks(range(len(columns)), [f"{short(name)}\n{number(alone[name])} %" for name in columns])
    ax.tick_params(length=0)
    ax.grid(False)
    ax.spines[:].set_visible(False)
    if title:
        ax.set_title(title, loc="left")
    bar = figure.add_axes((1 - 0.55 / width, bottom / height, 0.12 / width, tall * len(rows) / height))
    figure.colorbar(image, cax=bar)
    bar.set_ylabel("joint - expected", fontsize=6.5)
    bar.tick_params(labelsize=6.5)
    note = f"lost {family.telling.prose} in percent, with both changes (expected if independent)"
    sure = "; * p Holm below 0.05" if (table.holm < 0.05).any() else ""
    figure.text(1 - 0.12 / width, 0.05 / height, note + sure, ha="right", fontsize=6.5, color="#6A6A6A")
    return figure


def short(name: str) -> str:
    """A change beside its row, without the groups of its parameters."""
    text = re.sub(r"[A-Za-z_]+\.(?=[A-Za-z_])", "", name)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
