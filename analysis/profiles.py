"""Performance profiles: the share of all runs x pairs that score above each threshold (Agarwal et al. 2021, 4)."""

import numpy as np
import pandas as pd

from kage.analysis.compare import WHO
from kage.analysis.estimates import estimate
from kage.analysis.gaps import benchmark, enough, unambiguous
from kage.analysis.metrics import PLATFORMER, Family
from kage.analysis.pairing import merged
from kage.analysis.samples import Sample, distinct, samples
from kage.analysis.statistics import profile

THRESHOLDS = np.round(np.arange(0, 1, 0.05), 2)
KEY = ["rule", *WHO, "metric"]
COLUMNS = ("threshold", "pairs", "n", "train", "eval", "eval_low", "eval_high")


def profiles(seeds: pd.DataFrame, mix: bool = False, family: Family = PLATFORMER) -> pd.DataFrame:
    """The profile of every agent by the telling metric, on the training look and under the shift.

    In: `kage.analysis.pairing.paired`, with the same `mix`. Out: one row per `KEY` and threshold, and `COLUMNS`: pairs,
    n (runs, each counted once), train, eval (share of runs above the threshold, mean over pairs), eval_low, eval_high
    (95 %). Agents with a pair of fewer than `FEWEST` seeds have none, nor families whose telling metric is no share.
    """
    seeds = benchmark(seeds[seeds.metric == family.telling.name])
    seeds = unambiguous(merged(seeds, ["agent"], WHO[1:]) if mix else seeds, WHO)
    rows = []
    for names, pairs in samples(seeds, KEY, ["suite", "pair"]).items() if family.telling.share else ():
        strata = list(pairs.values())
        if enough(strata):
            rows += [dict(zip(KEY, names)) | line for line in profile_of(strata)]
    return pd.DataFrame(rows, columns=[*KEY, *COLUMNS])


def profile_of(strata: list[Sample]) -> list[dict]:
    """`COLUMNS` at every threshold, of the runs of each pair. The interval is that of the mean of what is 1 above the
    threshold and 0 below, so runs that several pairs share count once."""
    train, shifted = (profile([one.values[place] for one in strata], THRESHOLDS) for place in (0, 1))
    runs, counts = [one.who for one in strata], {"pairs": len(strata), "n": distinct(strata)}
    found = []
    for threshold, on_train, under_shift in zip(THRESHOLDS, train, shifted):
        above = [(one.values[1:] > threshold).astype(float) for one in strata]
        low, high = np.clip(estimate(under_shift, np.ones(1), above, runs).interval(), 0, 1)
        found.append({"threshold": threshold} | counts | {"train": on_train, "eval": under_shift, "eval_low": low,
                                                          "eval_high": high})  # fmt: skip
    return found
