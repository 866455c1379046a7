"""Agents over all pairs of the benchmark: the robust mean of each, and how often one beats another."""

from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from kage.analysis.estimates import improvement, iqm_estimate
from kage.analysis.gaps import SUITE, benchmark, enough, unambiguous
from kage.analysis.metrics import EVAL_ONLY, PLATFORMER, Family
from kage.analysis.pairing import merged
from kage.analysis.samples import Sample, distinct, samples

WHO = ["agent", "budget", "world", "code"]
SAME = ["budget", "world"]  # what compared agents must share
TWO = ["first", "first_code", "second", "second_code"]


def robust_means(seeds: pd.DataFrame, mix: bool = False, family: Family = PLATFORMER) -> pd.DataFrame:
    """Interquartile mean of all runs x pairs, with 95 % intervals (Agarwal et al. 2021).

    In: `kage.analysis.pairing.paired`, with the same `mix`. Out: one row per `WHO` and metric that is a share, which
    means the same on every pair: rule, `WHO`, metric, pairs, n (runs, each counted once), train, train_low, train_high,
    eval, eval_low, eval_high; intervals are empty where a pair has fewer than `FEWEST` seeds. Who has an ambiguous pair
    has no row, see `kage.analysis.gaps`.
    """
    seeds = benchmark(seeds)
    seeds = unambiguous(merged(seeds, ["agent"], WHO[1:]) if mix else seeds, WHO)
    shares = [metric.name for metric in family.metrics if metric.share]
    key, rows = ["rule", *WHO, "metric"], []
    for names, pairs in samples(seeds[seeds.metric.isin(shares)], key, ["suite", "pair"]).items():
        strata = list(pairs.values())
        row = dict(zip(key, names)) | {"pairs": len(strata), "n": distinct(strata)}
        for place, split in enumerate(("train", "eval")):
            scores, runs = [pair.values[place] for pair in strata], [pair.who for pair in strata]
            mean = iqm_estimate(scores, runs)
            low, high = np.clip(mean.interval(), 0, 1) if enough(strata) else (np.nan, np.nan)
            row |= {split: mean.value, f"{split}_low": low, f"{split}_high": high}
        rows.append(row)
    bounds = [f"{split}{end}" for split in ("train", "eval") for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=[*key, "pairs", "n", *bounds])


def improvements(seeds: pd.DataFrame, mix: bool = False) -> pd.DataFrame:
    """Probability that a run of one agent scores higher under the shift than a run of another, averaged over the pairs
    that both were measured on, with the same budget and the same code of the world. Each agent has code of its own; two
    codes of one agent are two agents here, which are not compared with each other.

    In: `kage.analysis.pairing.paired`, with the same `mix`. Out: one row per two agents and metric: rule, budget,
    world, first, first_code, second, second_code, metric, pairs, probability (of first beating second), low, high (95
    %, empty where a pair has fewer than `FEWEST` seeds). Pairs that are ambiguous for one of the two are left out.
    """
    seeds = benchmark(seeds[~seeds.metric.isin(EVAL_ONLY)])
    seeds = unambiguous(merged(seeds, ["rule"], WHO[1:]) if mix else seeds, [*SUITE, "pair"])
    key, rows, known = ["rule", *SAME, "metric"], [], {}
    for names, group in samples(seeds, key, ["agent", "code", "suite", "pair", "look"]).items():
        agents: dict[tuple, dict[tuple, Sample]] = {}
        for (agent, code, *place), sample in group.items():
            agents.setdefault((agent, code), {})[tuple(place)] = sample
        alike = (names[:-1], orders(group))
        if alike not in known:
            known[alike] = list(compared(dict(sorted(agents.items()))))
        rows += [[*names[:-1], *two, names[-1], *values] for *two, values in known[alike]]
    return pd.DataFrame(rows, columns=["rule", *SAME, *TWO, "metric", "pairs", "probability", "low", "high"])


def orders(group: Mapping[tuple, Sample]) -> tuple:
    """All that decides who beats whom: whose scores on which pairs, of which runs, and their order with its ties.
    Metrics that order all runs alike, as distance and progress do, are compared once."""
    scores = np.concatenate([one.values[1] for one in group.values()])
    ranks = np.unique(scores, return_inverse=True)[1].astype(np.int32)
    return tuple(group), tuple(one.who for one in group.values()), ranks.tobytes()


def compared(agents: Mapping[tuple, Mapping[tuple, Sample]]) -> Iterator[tuple]:
    """Two by two: agent and code of both, then pairs, probability, low and high."""
    for first, second in combinations(agents, 2):
        shared = sorted(agents[first].keys() & agents[second].keys())
        if shared and first[0] != second[0]:
            ours, theirs = ([agents[who][place] for place in shared] for who in (first, second))
            scores = ([one.values[1] for one in strata] for strata in (ours, theirs))
            it = improvement(*scores, [one.who for one in (*ours, *theirs)])
            low, high = np.clip(it.interval(), 0, 1) if enough([*ours, *theirs]) else (np.nan, np.nan)
            yield *first, *second, (len(shared), it.value, low, high)
