"""The generalisation gap: what a policy loses when only the look changes (paper, section 6; spec/benchmark.md, 3)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kage.analysis.episodes import in_words
from kage.analysis.estimates import Estimate, estimate, holm
from kage.analysis.metrics import EVAL_ONLY, PERCENT, PLATFORMER, Family, Metric
from kage.analysis.pairing import KEY, merged
from kage.analysis.samples import Sample, distinct, samples
from kage.analysis.select import places, plain
from kage.analysis.statistics import mean_of_means, mean_sem

FEWEST = 3  # seeds of a pair for an interval: that of two is 13 standard errors wide at each side
SUMMARY = ("n", "competent", "train", "train_sem", "eval", "eval_sem", "gap", "gap_low", "gap_high",
           "gap_p", "gap_holm", "train_competent", "eval_competent", "gap_competent", "episodes")  # fmt: skip
SUITE = ["agent", "budget", "world", "code", "suite"]
NO_SUITE = ("custom", "released")  # suites of what is no part of the benchmark


def gaps(seeds: pd.DataFrame, family: Family = PLATFORMER) -> pd.DataFrame:
    """The gap table: one row per measured look and metric.

    In: `kage.analysis.pairing.paired`. Out: rule, `KEY`, metric and `SUMMARY`, means and SEM over seeds; see `summary`.
    """
    return table_of(seeds, KEY, family)


def suite_gaps(seeds: pd.DataFrame, mix: bool = False, family: Family = PLATFORMER) -> pd.DataFrame:
    """The suite table: one row per suite and metric, in which every pair counts alike.

    In: `kage.analysis.pairing.paired`, with the same `mix`. Out: rule, `SUITE`, metric, pairs and `SUMMARY`: the mean
    of the pairs' means, its SEM over pairs, the gap of these means; n and competent count a run once, however many
    pairs share it. Only `benchmark` rows count, and a suite with an `ambiguous` pair has no row.
    """
    return table_of(unambiguous(suite_seeds(seeds, mix), SUITE), SUITE, family, ["pair"])


def suite_seeds(seeds: pd.DataFrame, mix: bool) -> pd.DataFrame:
    """The seeds that suites are made of, grouped by `SUITE`."""
    seeds = benchmark(seeds)
    return merged(seeds, ["agent", "suite"], ["budget", "world", "code"]) if mix else seeds


def benchmark(seeds: pd.DataFrame) -> pd.DataFrame:
    """The rows of pairs that suites are made of: no doses, nothing custom."""
    return seeds[(seeds.study == "") & ~seeds.suite.isin(NO_SUITE)]


def ambiguous(seeds: pd.DataFrame) -> pd.DataFrame:
    """Pairs with several trainings or looks in one agent, budget and code: which of them a mean over pairs should
    take is not known.

    In: `benchmark`. Out: one row per such pair, columns `SUITE`, pair, rows.
    """
    counts = plain(seeds[KEY].drop_duplicates()).groupby([*SUITE, "pair"], sort=False).size()
    return counts[counts > 1].rename("rows").reset_index()


def unambiguous(seeds: pd.DataFrame, where: list[str]) -> pd.DataFrame:
    """Without the groups of `where` that have an ambiguous pair."""
    unclear = set(ambiguous(seeds)[where].itertuples(index=False, name=None))
    groups = seeds[where].drop_duplicates()
    clear = [group not in unclear for group in groups.itertuples(index=False, name=None)]
    return seeds[np.array(clear, bool)[places(seeds, where)]]


def table_of(seeds: pd.DataFrame, key: Sequence[str], family: Family, within: Sequence[str] = ()) -> pd.DataFrame:
    """One row per group of `key` and metric, in order of appearance: rule, key, metric, `SUMMARY`; with pairs, their
    number, where a row is a mean over the pairs `within` the group."""
    key = ["rule", *key, "metric"]
    rows = []
    for names, group in samples(seeds, key, within).items():
        strata, metric = list(group.values()), family.metric(names[-1])
        pairs = {"pairs": len(strata)} if within else {}
        rows.append(dict(zip(key, names)) | pairs | summary(metric, strata, over_pairs=bool(within)))
    columns = [*key, *(["pairs"] if within else []), *SUMMARY]
    return corrected(pd.DataFrame(rows, columns=columns).astype({"n": "int64", "competent": "Int64"}))


def corrected(table: pd.DataFrame) -> pd.DataFrame:
    """With gap_holm, the p value corrected for all gaps that one agent has by one metric, study by study: each such
    table asks as many questions as it has pairs."""
    together = [name for name in ("rule", *SUITE[:-1], "study", "metric") if name in table]
    return table.assign(gap_holm=table.groupby(together, sort=False).gap_p.transform(holm))


def summary(metric: Metric, strata: Sequence[Sample], over_pairs: bool) -> dict:
    """`SUMMARY` of one row. `strata`: the seeds of each pair. Mean and SEM are those of the pairs' means with
    `over_pairs`, else of the seeds of the only pair.

    n counts runs, each a seed of a training, competent those that learnt their task (empty where that is not known),
    and the columns named after them repeat the row without the others; episodes are those behind each value. The gap is
    that of the means, with its interval (95 %) and its p value, see `gap_estimate`; gap_holm is not known yet.
    """
    values = np.stack([sample.values.mean(axis=-1) for sample in strata], axis=-1) if over_pairs else strata[0].values
    (train, shifted), (train_sem, shifted_sem) = mean_sem(values)
    known = all(np.isfinite(sample.competent).all() for sample in strata)
    competent = [sample.only(sample.competent == 1) for sample in strata if (sample.competent == 1).any()]
    train_learnt = shifted_learnt = np.nan
    if competent:
        train_learnt, shifted_learnt = mean_of_means([sample.values for sample in competent])
    gap = gap_estimate(metric, strata)
    return dict(zip(SUMMARY, (
        distinct(strata), distinct(competent) if known else pd.NA,
        train, train_sem, shifted, shifted_sem, gap.value, *gap_interval(metric, gap), gap.p, np.nan,
        train_learnt, shifted_learnt, float(metric.gap_of(train_learnt, shifted_learnt)),
        in_words(*np.concatenate([sample.episodes for sample in strata], axis=-1)),
    ), strict=True))  # fmt: skip


def gap_estimate(metric: Metric, strata: Sequence[Sample]) -> Estimate:
    """The gap of the means of some pairs, in which a seed's train and eval belong together. It has no standard error
    where a pair has fewer than `FEWEST` seeds, and for metrics that have no gap."""
    values, runs = [one.values for one in strata], [one.who for one in strata]
    train, shifted = mean_of_means(values)
    gap = float(metric.gap_of(train, shifted))
    if not enough(strata) or metric.name in EVAL_ONLY:
        return Estimate(gap, np.nan, np.nan)
    return estimate(gap, metric.gap_slopes(train, shifted), values, runs)


def gap_interval(metric: Metric, gap: Estimate) -> np.ndarray:
    """The interval (95 %) of a gap; of a share nobody loses more than all."""
    most = 100 if metric.share and metric.gap == PERCENT else np.inf
    return np.minimum(gap.interval(), most)


def enough(strata: Sequence[Sample]) -> bool:
    """Has every pair the seeds that an interval needs?"""
    return min(sample.n for sample in strata) >= FEWEST
