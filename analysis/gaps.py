"""The generalisation gap: what a policy loses when only the look changes (paper, section 6; spec/benchmark.md, 3)."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd

from analysis.pairing import KEY, merged
from analysis.select import EVAL_ONLY
from analysis.statistics import gap_interval, mean_of_means, mean_sem

FEWEST = 3  # seeds of a pair for an interval: the resamples of two have three outcomes and no tails
SUMMARY = ("n", "competent", "train", "train_sem", "eval", "eval_sem", "gap", "gap_low", "gap_high",
           "train_competent", "eval_competent", "gap_competent")  # fmt: skip
SUITE = ["agent", "budget", "code", "suite"]
NO_SUITE = ("custom", "released")  # suites of what is no part of the benchmark


def gap(metric: str, train: np.ndarray, shifted: np.ndarray) -> np.ndarray:
    """Gap of means: absolute difference for return, percent of the train mean for other metrics (NaN if that is not
    above 0: there is nothing to lose a share of)."""
    difference = np.subtract(train, shifted)
    if metric == "return":
        return np.abs(difference)
    return 100 * np.divide(difference, train, out=np.full(np.shape(difference), np.nan), where=np.greater(train, 0))


def gaps(seeds: pd.DataFrame) -> pd.DataFrame:
    """The gap table: one row per measured look and metric.

    In: `analysis.pairing.paired`. Out: rule, `KEY`, metric and `SUMMARY`, means and SEM over seeds; see `summary`.
    """
    return table_of(seeds, KEY, [], lambda metric, group: summary(metric, [group], both(group)))


def suite_gaps(seeds: pd.DataFrame, mix: bool = False) -> pd.DataFrame:
    """The suite table: one row per suite and metric, in which every pair counts alike.

    In: `analysis.pairing.paired`, with the same `mix`. Out: rule, `SUITE`, metric, pairs and `SUMMARY`: the mean of the
    pairs' means, its SEM over pairs, the gap of these means; n and competent count a run once, however many pairs share
    it. Only `benchmark` rows count, and a suite with an `ambiguous` pair has no row.
    """
    seeds = suite_seeds(seeds, mix)

    def row(metric: str, group: pd.DataFrame) -> dict:
        strata = [pair for _, pair in group.groupby("pair", sort=False)]
        means = np.stack([both(pair).mean(axis=-1) for pair in strata], axis=-1)
        return {"pairs": len(strata)} | summary(metric, strata, means)

    return table_of(unambiguous(seeds, SUITE), SUITE, ["pairs"], row)


def suite_seeds(seeds: pd.DataFrame, mix: bool) -> pd.DataFrame:
    """The seeds that suites are made of, grouped by `SUITE`."""
    seeds = benchmark(seeds)
    return merged(seeds, ["agent", "suite"], ["budget", "code"]) if mix else seeds


def benchmark(seeds: pd.DataFrame) -> pd.DataFrame:
    """The rows of pairs that suites are made of: no doses, nothing custom."""
    return seeds[(seeds.study == "") & ~seeds.suite.isin(NO_SUITE)]


def ambiguous(seeds: pd.DataFrame) -> pd.DataFrame:
    """Pairs with several trainings or looks in one agent, budget and code: which of them a mean over pairs should
    take is not known.

    In: `benchmark`. Out: one row per such pair, columns `SUITE`, pair, rows.
    """
    counts = seeds.drop_duplicates(KEY).groupby([*SUITE, "pair"], sort=False).size().rename("rows").reset_index()
    return counts[counts["rows"] > 1]


def unambiguous(seeds: pd.DataFrame, where: list[str]) -> pd.DataFrame:
    """Without the groups of `where` that have an ambiguous pair."""
    unclear = set(ambiguous(seeds)[where].itertuples(index=False, name=None))
    clear = [group not in unclear for group in seeds[where].itertuples(index=False, name=None)]
    return seeds[np.array(clear, bool)]


def table_of(
    seeds: pd.DataFrame, key: list[str], more: list[str], row: Callable[[str, pd.DataFrame], dict],
) -> pd.DataFrame:  # fmt: skip
    """One row per group of `key` and metric, in order of appearance: rule, key, metric, then `row(metric, group)`."""
    key = ["rule", *key, "metric"]
    rows = [dict(zip(key, names)) | row(names[-1], group) for names, group in seeds.groupby(key, sort=False)]
    return pd.DataFrame(rows, columns=[*key, *more, *SUMMARY]).astype({"n": "int64", "competent": "Int64"})


def both(group: pd.DataFrame) -> np.ndarray:
    """Train and eval of a group's seeds, f64 [2, n]."""
    return group[["train", "eval"]].to_numpy(float).T


def distinct(strata: Sequence[pd.DataFrame]) -> int:
    """How many training runs these seeds are: pairs share them."""
    return len({run for group in strata for run in group.run})


def summary(metric: str, strata: Sequence[pd.DataFrame], values: np.ndarray) -> dict:
    """`SUMMARY` of one row. `strata`: the seeds of each pair; `values` [2, k]: train and eval values, of seeds or of
    pairs, whose mean and SEM are shown.

    n counts runs, each a seed of a training, competent those that learnt their task (empty if success was not
    measured), and the columns named after them repeat the row without the others. The gap is that of the means. Its
    interval (95 %, see `analysis.statistics.gap_interval`) resamples the seeds within each pair, always by the same
    random numbers; it is empty where a pair has fewer than `FEWEST` seeds.
    """
    (train, shifted), (train_sem, shifted_sem) = mean_sem(values)
    known = all(group.competent.notna().all() for group in strata)
    competent = [group[group.competent == 1] for group in strata if (group.competent == 1).any()]
    low = high = train_learnt = shifted_learnt = np.nan
    if min(map(len, strata)) >= FEWEST and metric not in EVAL_ONLY:
        runs = [tuple(group.run) for group in strata]
        low, high = gap_interval(list(map(both, strata)), partial(gap, metric), np.random.default_rng(0), runs)
    if competent:
        train_learnt, shifted_learnt = mean_of_means(list(map(both, competent)))
    return dict(zip(SUMMARY, (
        distinct(strata), distinct(competent) if known else pd.NA,
        train, train_sem, shifted, shifted_sem, float(gap(metric, train, shifted)), low, high,
        train_learnt, shifted_learnt, float(gap(metric, train_learnt, shifted_learnt)),
    ), strict=True))  # fmt: skip
