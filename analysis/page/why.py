"""What `kage explain` found, as a section of pages."""

from collections.abc import Iterator, Mapping

import pandas as pd

from kage.analysis.explained import LINE, LONGER, pair_views, summary, summed
from kage.analysis.metrics import Metric
from kage.analysis.page import svg


def section(rows: pd.DataFrame, pictures: Mapping[tuple[str, str, str], Mapping[str, str]]) -> dict | None:
    """The table that sums up and the details of every line of it; None if nothing was explained. In: the results of
    `kage.analysis.explained.read_explained`."""
    if rows.empty:
        return None
    table = summed(rows)
    return {"view": summary(table), "details": list(details(table, pictures))}


def details(table: pd.DataFrame, pictures: Mapping[tuple[str, str, str], Mapping[str, str]]) -> Iterator[dict]:
    """What is shown of each training and look."""
    for (training, agent, pair, look, metric), own in table.groupby(LINE, sort=False):
        limits = own[own.what.str.startswith(LONGER)]
        names = [it.removeprefix(LONGER) for it in dict.fromkeys(limits.what)]
        points = {on: (part["mean"].to_numpy(float), part["sem"].to_numpy(float))
                  for on, part in limits.groupby("on", sort=False)}  # fmt: skip
        told = Metric(metric, "share of episodes", share=True)
        yield {
            "pair": pair, "look": look, "who": f"{agent}, {training}", "pictures": pictures[training, pair, look],
            "views": list(pair_views(own)), "chart": svg.doses(told, names, points, "times the time limit"),
        }  # fmt: skip
