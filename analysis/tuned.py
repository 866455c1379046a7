"""How many settings were tried for each method: the best of many trials is better by chance."""

import pandas as pd

from kage.analysis.select import plain
from kage.runs.trials import EVAL, TRAIN

WORDS = {"": "", TRAIN: ", judged on the training look", EVAL: ", judged on EVALUATION looks, which are unseen no more"}


def tuned(rows: pd.DataFrame) -> pd.DataFrame:
    """The number of trials of each method: columns agent, trials, tuned_on; empty if no settings were searched.

    tuned_on: train, by the training look alone; eval, by evaluation looks for at least one of its trainings; "" for a
    method without trials. In: tidy rows of `kage.analysis.collect`.
    """
    kinds = plain(rows[["agent", "trials", "tuned_on"]].drop_duplicates())
    if not kinds.trials.any():
        return kinds.iloc[:0]
    table = kinds.groupby("agent", sort=True).agg(trials=("trials", "max"), tuned_on=("tuned_on", set)).reset_index()
    return table.assign(tuned_on=[EVAL if EVAL in on else max(on) for on in table.tuned_on])


def in_words(table: pd.DataFrame) -> str:
    """The line that stands below every table; "" if no settings were searched. In: `tuned`."""
    said = []
    for agent, trials, on in table.itertuples(index=False):
        said.append(f"{agent} {trials}{WORDS[on]}")
    return f"trials of settings: {'; '.join(said)}" if said else ""
