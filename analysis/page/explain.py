"""The page of `kage explain`."""

import pandas as pd

from kage.analysis.page.build import template


def page(name: str, rows: pd.DataFrame, why: dict) -> str:
    """The page as text. In: what it is called; rows of `kage.analysis.explained.read_explained`;
    `kage.analysis.page.why.section` of these."""
    runs = len(rows[["training", "seed"]].drop_duplicates())
    return template("explain.html").render(name=name, agents=sorted(rows.agent.unique()), runs=runs, why=why,
                                           episodes=sorted(rows.episodes.unique()))  # fmt: skip
