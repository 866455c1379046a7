"""What policies score, case by case and suite by suite, whatever they score where they were trained."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kage.analysis.gaps import SEED, SUITE, enough, suite_seeds, unambiguous
from kage.analysis.metrics import EVAL_ONLY
from kage.analysis.pairing import KEY
from kage.analysis.samples import Sample, distinct, samples
from kage.analysis.statistics import interval, mean_of_means, resampled_means, stratified_sem

SCORE = ("n", "mean", "sem", "low", "high")


def scores(seeds: pd.DataFrame) -> pd.DataFrame:
    """The score table: one row per measured case and metric that has a best.

    In: `kage.analysis.pairing.paired`. Out: rule, `KEY`, metric and `SCORE`, see `score`.
    """
    return score_table(seeds, KEY)


def suite_scores(seeds: pd.DataFrame, mix: bool = False) -> pd.DataFrame:
    """The score table of suites: one row per suite and metric, in which every case counts alike.

    In: `kage.analysis.pairing.paired`, with the same `mix`. Out: rule, `SUITE`, metric, pairs (cases) and `SCORE`.
    Which suites have a row is as in `kage.analysis.gaps.suite_gaps`.
    """
    return score_table(unambiguous(suite_seeds(seeds, mix), SUITE), SUITE, ["pair"])


def score_table(seeds: pd.DataFrame, key: Sequence[str], within: Sequence[str] = ()) -> pd.DataFrame:
    """One row per group of `key` and metric, in order of appearance; with pairs, their number, where a row is a mean
    over the pairs `within` the group."""
    key = ["rule", *key, "metric"]
    groups = samples(seeds[~seeds.metric.isin(EVAL_ONLY)], key, within)
    groups = {names: list(cases.values()) for names, cases in groups.items()}
    draws = resampled_means([scores_and_runs(cases) for cases in groups.values() if enough(cases)], SEED)
    rows = []
    for names, cases in groups.items():
        low, high = interval(next(draws)[:, 0]) if enough(cases) else (np.nan, np.nan)
        pairs = {"pairs": len(cases)} if within else {}
        rows.append(dict(zip(key, names)) | pairs | score(cases) | {"low": low, "high": high})
    return pd.DataFrame(rows, columns=[*key, *(["pairs"] if within else []), *SCORE])


def score(cases: Sequence[Sample]) -> dict:
    """n, mean and sem of some cases: runs, each counted once; the mean of the cases' means; its standard error over
    runs, the cases kept. The 95 % interval beside them resamples runs likewise, those that several cases share
    together; it is empty where a case has fewer than `FEWEST` seeds."""
    values, runs = scores_and_runs(cases)
    (mean,), (sem,) = mean_of_means(values), stratified_sem(values, runs)
    return {"n": distinct(cases), "mean": float(mean), "sem": float(sem)}


def scores_and_runs(cases: Sequence[Sample]) -> tuple[list[np.ndarray], list[bytes]]:
    """The scores [1, n] of each case, and whose they are."""
    return [case.values[1:] for case in cases], [case.who for case in cases]
