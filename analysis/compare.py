"""Agents over all pairs of the benchmark: the robust mean of each, and how often one beats another."""

from collections.abc import Callable
from functools import partial
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.gaps import FEWEST, SUITE, benchmark, distinct, unambiguous
from analysis.pairing import merged
from analysis.select import EVAL_ONLY
from analysis.statistics import Strata, bootstrap, iqm, probability_of_improvement

NORMALISED = ("progress", "success_rate")  # metrics that mean the same on every pair
WHO = ["agent", "budget", "code"]


def robust_means(seeds: pd.DataFrame, mix: bool = False) -> pd.DataFrame:
    """Interquartile mean of all runs x pairs, with 95 % stratified bootstrap intervals (Agarwal et al. 2021).

    In: `analysis.pairing.paired`, with the same `mix`. Out: one row per `WHO` and metric of `NORMALISED`: rule, `WHO`,
    metric, pairs, n (runs, each counted once), train, train_low, train_high, eval, eval_low, eval_high; intervals are
    empty where a pair has fewer than `FEWEST` seeds. Who has an ambiguous pair has no row, see `analysis.gaps`.
    """
    seeds = benchmark(seeds)
    seeds = unambiguous(merged(seeds, ["agent"], WHO[1:]) if mix else seeds, WHO)
    rows = []
    for key, group in seeds[seeds.metric.isin(NORMALISED)].groupby(["rule", *WHO, "metric"], sort=False):
        pairs = [pair for _, pair in group.groupby(["suite", "pair"], sort=False)]
        row = dict(zip(["rule", *WHO, "metric"], key)) | {"pairs": len(pairs), "n": distinct(pairs)}
        for split in ("train", "eval"):
            low, high = intervals(pairs, split, iqm)
            value = float(iqm([pair[split].to_numpy() for pair in pairs]))
            row |= {split: value, f"{split}_low": low, f"{split}_high": high}
        rows.append(row)
    bounds = [f"{split}{end}" for split in ("train", "eval") for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=["rule", *WHO, "metric", "pairs", "n", *bounds])


def improvements(seeds: pd.DataFrame, mix: bool = False) -> pd.DataFrame:
    """Probability that a run of one agent scores higher under the shift than a run of another, averaged over the pairs
    that both were measured on, with the same budget and code unless `mix`.

    In: `analysis.pairing.paired`, with the same `mix`. Out: one row per two agents and metric: rule, budget, code,
    first, second, metric, pairs, probability (of first beating second), low, high (95 %, empty where a pair has fewer
    than `FEWEST` seeds). Pairs that are ambiguous for one of the two are left out.
    """
    seeds = benchmark(seeds[~seeds.metric.isin(EVAL_ONLY)])
    seeds = unambiguous(merged(seeds, ["rule"], WHO[1:]) if mix else seeds, [*SUITE, "pair"])
    rows = []
    for key, group in seeds.groupby(["rule", *WHO[1:], "metric"], sort=False):
        scores = {agent: dict(list(its.groupby(["suite", "pair", "look"]))) for agent, its in group.groupby("agent")}
        for first, second in combinations(scores, 2):
            if shared := sorted(scores[first].keys() & scores[second].keys()):
                pairs = [scores[agent][place] for agent in (first, second) for place in shared]
                beats = partial(first_half_beats_second, m=len(shared))
                value = float(beats([pair["eval"].to_numpy() for pair in pairs]))
                row = [*key[:-1], first, second, key[-1], len(shared), value, *intervals(pairs, "eval", beats)]
                rows.append(row)
    columns = ["rule", *WHO[1:], "first", "second", "metric", "pairs", "probability", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def first_half_beats_second(strata: Strata, m: int) -> np.ndarray:
    """Probability of improvement of strata[:m] over strata[m:]."""
    return probability_of_improvement(strata[:m], strata[m:])


def intervals(pairs: list[pd.DataFrame], column: str, statistic: Callable[[Strata], np.ndarray]) -> np.ndarray:
    """Stratified bootstrap interval [2] by fixed random numbers, NaN where a pair has fewer than `FEWEST` seeds."""
    if min(map(len, pairs)) < FEWEST:
        return np.full(2, np.nan)
    strata = [pair[column].to_numpy() for pair in pairs]
    return bootstrap(strata, statistic, np.random.default_rng(0), [tuple(pair.run) for pair in pairs])
