"""The page of `kage explain`, and the section of a report about it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from kage.analysis.explained import LINE, LONGER, pair_views, read_explained, summary, summed
from kage.analysis.metrics import Metric
from kage.analysis.page import svg
from kage.analysis.page.build import template


def page(folder: Path) -> str:
    """The page of everything that was explained into a folder."""
    rows, _ = read_explained(folder)
    return template("explain.html").render(
        name=folder.resolve().parent.name, agents=sorted(rows.agent.unique()),
        runs=len(rows[["training", "seed"]].drop_duplicates()), episodes=sorted(rows.episodes.unique()),
        why=section(folder),
    )  # fmt: skip


def section(folder: Path) -> dict | None:
    """The table that sums up and the details of every line of it; None if nothing was explained."""
    rows, pictures = read_explained(folder)
    if rows.empty:
        return None
    table = summed(rows)
    return {"view": summary(table), "details": list(details(table, pictures))}


def details(table: pd.DataFrame, pictures: Mapping[tuple[str, str], Mapping[str, str]]) -> Iterator[dict]:
    """What is shown of each training and look."""
    for (training, agent, pair, look, metric), own in table.groupby(LINE, sort=False):
        limits = own[own.what.str.startswith(LONGER)]
        names = [it.removeprefix(LONGER) for it in dict.fromkeys(limits.what)]
        points = {on: (part["mean"].to_numpy(float), part["sem"].to_numpy(float))
                  for on, part in limits.groupby("on", sort=False)}  # fmt: skip
        told = Metric(metric, "share of episodes", share=True)
        yield {
            "pair": pair, "look": look, "who": f"{agent}, {training}", "pictures": pictures[training, pair],
            "views": list(pair_views(own)), "chart": svg.doses(told, names, points, "times the time limit"),
        }  # fmt: skip
