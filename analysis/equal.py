"""Methods at equal success where they were trained: one that learns slowly breaks less for that reason alone."""

import pandas as pd

from kage.analysis.metrics import PLATFORMER, Family
from kage.analysis.pairing import COMPETENT, complete, side_by_side
from kage.analysis.select import LOOK, categories, once, places


def at_equal_success(
    rows: pd.DataFrame, level: float = COMPETENT, mix: bool = False, family: Family = PLATFORMER,
) -> pd.DataFrame:  # fmt: skip
    """The telling metric of every run on every look at the moment when it first reached `level` on the training look.

    In: tidy rows of `kage.analysis.collect`, of one family. Out: as `kage.analysis.pairing.paired`, with `level` in the
    column train, without runs that never reached it. Between two evaluations both values are taken to change evenly.
    """
    rows = once(categories(rows.reset_index(drop=True)))
    rows["place"] = places(rows, LOOK)
    both = side_by_side(rows)
    both = both[(both.split == "eval") & (both.metric == family.telling.name)].sort_values("step", kind="stable")
    before = both.groupby("place", sort=False)[["train", "value"]].shift()
    reached = both.train >= level
    first = reached & (reached.groupby(both.place).cumsum() == 1)
    both, before = both[first], before[first]
    share = ((level - before.train) / (both.train - before.train)).fillna(1.0)  # reached from the start: no step before
    value = (before["value"] + share * (both["value"] - before["value"])).fillna(both["value"])
    seeds = both.assign(eval=value, train=level, eval_episodes=both.episodes, competent=1.0)
    return complete(seeds, rows, f"at {level:g} on the training look", mix, family)
