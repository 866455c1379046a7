"""What policies score, case by case and suite by suite, whatever they score where they were trained."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kage.analysis.estimates import estimate
from kage.analysis.gaps import SUITE, enough, suite_seeds, unambiguous
from kage.analysis.metrics import EVAL_ONLY, PLATFORMER, Family, Metric
from kage.analysis.pairing import KEY
from kage.analysis.samples import Sample, distinct, samples
from kage.analysis.statistics import mean_of_means

SCORE = ("n", "mean", "sem", "low", "high")


def scores(seeds: pd.DataFrame, family: Family = PLATFORMER) -> pd.DataFrame:
    """The score table: one row per measured case and metric that has a best.

    In: `kage.analysis.pairing.paired`. Out: rule, `KEY`, metric and `SCORE`, see `score`.
    """
    return score_table(seeds, KEY, family)


def suite_scores(seeds: pd.DataFrame, mix: bool = False, family: Family = PLATFORMER) -> pd.DataFrame:
    """The score table of suites: one row per suite and metric, in which every case counts alike.

    In: `kage.analysis.pairing.paired`, with the same `mix`. Out: rule, `SUITE`, metric, pairs (cases) and `SCORE`.
    Which suites have a row is as in `kage.analysis.gaps.suite_gaps`.
    """
    return score_table(unambiguous(suite_seeds(seeds, mix), SUITE), SUITE, family, ["pair"])


def score_table(
    seeds: pd.DataFrame, key: Sequence[str], family: Family, within: Sequence[str] = (),
) -> pd.DataFrame:  # fmt: skip
    """One row per group of `key` and metric, in order of appearance; with pairs, their number, where a row is a mean
    over the pairs `within` the group."""
    key = ["rule", *key, "metric"]
    rows = []
    for names, group in samples(seeds[~seeds.metric.isin(EVAL_ONLY)], key, within).items():
        cases = list(group.values())
        pairs = {"pairs": len(cases)} if within else {}
        rows.append(dict(zip(key, names)) | pairs | score(cases, family.metric(names[-1])))
    return pd.DataFrame(rows, columns=[*key, *(["pairs"] if within else []), *SCORE])


def score(cases: Sequence[Sample], metric: Metric) -> dict:
    """`SCORE` of some cases: runs, each counted once; the mean of the cases' means; its standard error over runs, the
    cases kept; its interval (95 %), empty where a case has fewer than `FEWEST` seeds. Cases of the same policies are no
    further replications, see `kage.analysis.estimates`."""
    values, runs = [case.values[1:] for case in cases], [case.who for case in cases]
    mean = estimate(mean_of_means(values)[0], np.ones(1), values, runs)
    low, high = mean.interval() if enough(cases) else (np.nan, np.nan)
    if metric.share:
        low, high = np.clip([low, high], 0, 1)
    return {"n": distinct(cases), "mean": mean.value, "sem": mean.sem, "low": low, "high": high}
