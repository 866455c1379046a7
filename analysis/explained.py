"""What `kage explain` found: files of answers as one tidy table, the table that sums them up, and their pages."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.markup import escape

from kage.analysis.formats import Cell, View, markdown, print_view
from kage.analysis.metrics import SHORT
from kage.analysis.tables import number, plus_minus
from kage.console import say
from kage.runs import files
from kage.runs.run import damage

FILES = "answers"  # the folder of the files, one for each run and look
FOLDER = "explain"  # in the folder of an experiment, where nothing else is said
ABOUT = ["training", "agent", "pair", "look", "seed", "step", "episodes", "metric"]
LINE = ["training", "agent", "pair", "look", "metric"]  # what seeds are averaged within
VALUE = ["question", "what", "part", "on"]  # what a value is, see `kage.explain.explanation.Row`
OWNER, NOW = "owner", "limit 1"  # the split by who owns a pixel; the account of success within the time limit
LONGER = "limit "  # how accounts of success with other time limits begin
LOST = "lost, "  # how accounts of lost time begin
EMBEDDING = "embedding"  # the layer that decides


def read_explained(folders: Iterable[Path]) -> tuple[pd.DataFrame, dict[tuple[str, str, str], dict[str, str]]]:
    """Rows of all answers, with columns `ABOUT`, `VALUE` and value; pictures (data URIs by name) by training, pair and
    look. Both are empty without answers. RunError for a file that cannot be read."""
    rows, pictures = [], {}
    for path in (path for folder in folders for path in sorted((folder / FILES).glob("*.json"))):
        with damage(path):
            content = json.loads(path.read_bytes())
            about = {name: content["about"][name] for name in ABOUT}
            rows += [about | row for row in content["rows"]]
            pictures.setdefault((about["training"], about["pair"], about["look"]), content["pictures"])
    return pd.DataFrame(rows, columns=[*ABOUT, *VALUE, "value"]), pictures


def summed(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean, standard error and number of seeds of every value, in the order of the rows."""
    groups = rows.groupby([*LINE, *VALUE], sort=False).value
    return groups.agg(mean="mean", sem="sem", n="size").reset_index()


def summary(table: pd.DataFrame) -> View:
    """A line per training and look: success, the shares of what was replaced, what is forgotten, where time is lost,
    and success with more time. In: `summed`."""
    shares = table[table.on == "share"]
    parts = list(dict.fromkeys(zip(shares.what, shares.part)))
    parts.sort(key=lambda it: it[0] != OWNER)  # stable
    times = [it for it in dict.fromkeys(table.what) if it.startswith(LONGER) and it != NOW]
    several = table.groupby("pair").training.nunique().gt(1).any()
    lines = []
    for (training, _, pair, *_), own in table.groupby(LINE, sort=False):
        found = {tuple(row[name] for name in VALUE): row for row in own.to_dict("records")}
        cells = [Cell(pair), *([Cell(training)] if several else []), Cell(str(int(own.n.max())))]
        cells += [value(found, "fails", NOW, "", on) for on in ("train", "eval")]
        cells += [value(found, "pixels", what, part, "share") for what, part in parts]
        cells += [Cell(forgotten(own)), Cell(lost_most(own))]
        cells += [value(found, "fails", it, "", "eval") for it in times]
        lines.append(tuple(cells))
    short = SHORT.get(table.metric.iloc[0], table.metric.iloc[0])
    headers = ("pair", *(["training"] if several else []), "seeds", f"{short}\ntrain", f"{short}\neval",
               *(f"lost by\n{part}" for _, part in parts), "most forgotten\n(R² train -> eval)",
               "most time lost\n(steps)", *(f"eval, time\nx {it.removeprefix(LONGER)}" for it in times))  # fmt: skip
    notes = (f"lost by: Shapley share of a part of the pixels in the loss of {short}; owners add up to the loss, so do "
             "brightness and colour, coarse and fine",
             "most forgotten: what linear read-outs of the embedding lose most of; most time lost: steps of an episode "
             "without getting further, more than on the training look",
             f"eval, time x: {short} under the shift with a longer time limit")  # fmt: skip
    title = f"why {short} is lost under the shift: mean ± SEM over seeds"
    return View("explain", title, headers, tuple(lines), 2 if several else 1, notes)


def value(found: dict[tuple, dict[str, Any]], *which: str) -> Cell:
    """A mean with its error."""
    row = found.get(which)
    return Cell(plus_minus(row["mean"], row["sem"]) if row else "-")


def forgotten(own: pd.DataFrame) -> str:
    """The number of the state that the embedding loses most of, and how much of it is left."""
    told = own[(own.question == "knows") & (own.what == EMBEDDING) & own.on.isin(["train", "eval"])]
    both = told.pivot_table(index="part", columns="on", values="mean", sort=False)
    if both.empty:
        return "-"
    lost = both.clip(lower=0)["train"] - both.clip(lower=0)["eval"]
    name = lost.idxmax()
    return f"{name} {r2(both.train[name])} -> {r2(both['eval'][name])}" if lost[name] > 0 else "nothing"


def lost_most(own: pd.DataFrame) -> str:
    """The kind of place where most time is lost, beside what is lost there on the training look."""
    told = own[(own.question == "fails") & own.what.str.startswith(LOST)]
    both = told.pivot_table(index="what", columns="on", values="mean", sort=False)
    if both.empty:
        return "-"
    more = both["eval"] - both["train"]
    name = more.idxmax()
    return f"{name.removeprefix(LOST)} {number(more[name], 0, '+')}" if more[name] >= 0.5 else "nowhere"


def r2(value: float) -> str:
    """An R^2; how far below 0 it is says nothing."""
    return "-" if np.isnan(value) else "< 0" if value < 0 else number(value, 2)


def pair_views(own: pd.DataFrame) -> Iterator[View]:
    """The tables of one line of `summary`: shares of pixels, what layers know, and accounts. In: its rows of
    `summed`."""
    found = {tuple(row[name] for name in VALUE): row for row in own.to_dict("records")}
    yield View("pixels", "which pixels: success when a part of the evaluation look is replaced by the training look's",
               ("frame split by", "part", "share of\nthe loss", "replaced\nalone", "all others\nreplaced"),
               tuple(pixel_lines(found)), left=2)  # fmt: skip
    knows = own[own.question == "knows"]
    layers, numbers = list(dict.fromkeys(knows.what)), [it for it in dict.fromkeys(knows.part) if it]
    lines = [(Cell(name), *(known(found, layer, name) for layer in layers)) for name in numbers]
    likeness = (Cell("similarity of both looks (CKA)"), *(value(found, "knows", it, "", "similarity") for it in layers))
    yield View("knows", "what linear read-outs of each layer tell of the state: R², train -> eval; shaded: lost",
               ("number", *layers), (*lines, likeness))  # fmt: skip
    accounts = dict.fromkeys(own[(own.question == "fails") & ~own.what.str.startswith(LONGER)].what)
    lines = [(Cell(name), *(value(found, "fails", name, "", on) for on in ("train", "eval"))) for name in accounts]
    yield View("fails", "where it fails: steps and events of an episode", ("account", "train", "eval"), tuple(lines))


def pixel_lines(found: dict[tuple, dict[str, Any]]) -> Iterator[tuple[Cell, ...]]:
    """A line per part."""
    shares = [(what, part) for question, what, part, on in found if on == "share"]
    for what, part in shares:
        others = "+".join(it for split, it in shares if split == what and it != part)
        cells = (value(found, "pixels", what, it, "hybrid") for it in (part, others))
        yield Cell(what), Cell(part), value(found, "pixels", what, part, "share"), *cells


def known(found: dict[tuple, dict[str, Any]], layer: str, name: str) -> Cell:
    """What a layer tells of a number, shaded by what of it is lost."""
    one, other = (found["knows", layer, name, on]["mean"] for on in ("train", "eval"))
    lost = max(one, 0.0) - max(other, 0.0)
    return Cell(f"{r2(one)} -> {r2(other)}", None if np.isnan(lost) else min(max(lost, 0.0), 1.0))


def print_explained(folder: Path, console: Console) -> None:
    """Print the table of everything that was explained into a folder, and write it with all values and the page."""
    from kage.analysis.page.explain import page  # these imports take a second
    from kage.analysis.page.why import section

    rows, pictures = read_explained([folder])
    if not (why := section(rows, pictures)):
        return
    print_view(why["view"], console)
    written = {"explain.csv": rows.to_csv(index=False), "explain.md": markdown(why["view"]),
               "index.html": page(folder.resolve().parent.name, rows, why)}  # fmt: skip
    for name, content in written.items():
        files.write(folder / name, content.encode())
    say(console, f"tables: {escape(str(folder))} (csv, md)\npage: {escape(str(folder / 'index.html'))}")
