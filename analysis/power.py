"""How many seeds a gap needs to be told from none: from how much the seeds of one's own results scatter."""

import numpy as np
import pandas as pd
from scipy.special import nctdtr, stdtrit

from kage.analysis.estimates import estimate
from kage.analysis.gaps import SUITE, enough, suite_seeds, unambiguous
from kage.analysis.metrics import PLATFORMER, Family
from kage.analysis.samples import distinct, samples

GAP = 0.1  # of a share: ten points of success
POWER, ALPHA = 0.8, 0.05
KEY = ["rule", *SUITE, "metric"]
COLUMNS = ("pairs", "n", "gap", "pair_sd", "pair_needs", "suite_sd", "suite_needs")


def seeds_needed(seeds: pd.DataFrame, mix: bool = False, family: Family = PLATFORMER) -> pd.DataFrame:
    """The seeds that each suite needs for a gap of `GAP` to be told from none, with `POWER`, two-sided at `ALPHA`.

    In: `kage.analysis.pairing.paired`, with the same `mix`. Out: one row per `KEY`, and `COLUMNS`: pairs; n (runs, each
    counted once); gap, the difference train - eval that is to be found, `GAP`; pair_sd, the standard deviation over
    seeds of one pair's gap (root of the mean variance of the suite's pairs), and pair_needs, the seeds that one pair
    needs; suite_sd and suite_needs, the same of the mean over all pairs of the suite. Suites with a pair of fewer than
    `FEWEST` seeds have no row, nor have families whose telling metric is no share.
    """
    seeds = unambiguous(suite_seeds(seeds[seeds.metric == family.telling.name], mix), SUITE)
    rows = []
    for names, pairs in samples(seeds, KEY, ["pair"]).items() if family.telling.share else ():
        strata = list(pairs.values())
        if enough(strata):
            gaps = [one.values[:1] - one.values[1:] for one in strata]
            mean = estimate(0.0, np.ones(1), gaps, [one.who for one in strata])
            pair = float(np.sqrt(np.mean([gap.var(ddof=1) for gap in gaps])))
            suite = mean.sem * np.sqrt(min(one.n for one in strata))  # of one more seed in every training
            rows.append(dict(zip(KEY, names)) | dict(zip(COLUMNS, (
                len(strata), distinct(strata), GAP, pair, needed(pair), suite, needed(suite)))))  # fmt: skip
    return pd.DataFrame(rows, columns=[*KEY, *COLUMNS])


def needed(sd: float, gap: float = GAP) -> int:
    """The fewest seeds with which Student's t test finds a gap with `POWER`, if gaps of seeds have this standard
    deviation."""
    few, many = 1, 2
    while power(many, sd, gap) < POWER:
        few, many = many, 2 * many
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if power(middle, sd, gap) >= POWER else (middle, many)
    return many


def power(n: int, sd: float, gap: float) -> float:
    """The chance that the paired t test of n seeds rejects, two-sided at `ALPHA`, that there is no gap: its statistic
    has the noncentral t distribution."""
    if sd == 0:
        return 1.0
    critical, away = stdtrit(n - 1, 1 - ALPHA / 2), gap / sd * np.sqrt(n)
    return float(1 - nctdtr(n - 1, away, critical) + nctdtr(n - 1, away, -critical))
