"""Profiles, seeds that a gap needs, and early agreement: values worked out by hand, and laws by simulation."""

import math

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from measurements import TRAIN, measured, shifted, table

from kage.analysis.early import correlation, early
from kage.analysis.metrics import Family, Metric
from kage.analysis.page import svg
from kage.analysis.pairing import curves, paired
from kage.analysis.power import needed, power, seeds_needed
from kage.analysis.profiles import THRESHOLDS, profile_of, profiles
from kage.analysis.samples import Sample

SEEDS = [{"": 0.9, "agent_1": 0.8, "agent_2": 0.5}, {"": 0.8, "agent_1": 0.4, "agent_2": 0.1}, {"": 1.0, "agent_1": 0.6, "agent_2": 0.0}]
POINTS = Family("puzzles", (Metric("success_rate", gap="difference"),))  # no share


def test_a_profile_by_hand():
    found = profiles(paired(table(seeds=SEEDS))).set_index("threshold")
    assert list(found.index) == list(THRESHOLDS) and set(found.n) == {3} and set(found.pairs) == {2}
    assert found["eval"][[0.0, 0.4, 0.5, 0.8]].tolist() == pytest.approx([5 / 6, 3 / 6, 2 / 6, 0])  # above, not at
    assert found.train[0.9] == pytest.approx(1 / 3)
    each = [1.0, 0.5, 0.5]  # of each run, mean over both pairs, above 0.25: 0.8 and 0.5, 0.4, 0.6
    theirs = scipy.stats.ttest_1samp(each, 0).confidence_interval()
    assert (found.eval_low[0.25], found.eval_high[0.25]) == (max(theirs.low, 0), 1)
    assert profiles(paired(table(seeds=SEEDS[:2]))).empty and profiles(paired(table(seeds=SEEDS), family=POINTS), family=POINTS).empty


@pytest.mark.parametrize("n", [3, 5, 10])
def test_the_interval_of_a_profile_holds_it_as_often_as_it_says(n):
    """Twelve pairs on seven trainings, at the thresholds that a fifth to four fifths of all runs exceed."""
    rng, trials, pairs = np.random.default_rng(n), 150, [0, 0, 0, 1, 1, 2, 3, 3, 4, 4, 5, 6]
    levels, empty, hits = rng.uniform(0.2, 0.8, len(pairs)), np.zeros((2, n), int), 0
    true = np.mean([1 - scipy.stats.norm.cdf((THRESHOLDS - level) / math.hypot(0.15, 0.1)) for level in levels], axis=0)
    middle = (true > 0.2) & (true < 0.8)
    for _ in range(trials):
        luck = rng.normal(0, 0.15, (7, n))
        strata = [Sample(np.stack([np.ones(n), level + luck[k] + rng.normal(0, 0.1, n)]), np.arange(n) + 100 * k, np.arange(n), empty, np.ones(n))
                  for k, level in zip(pairs, levels)]  # fmt: skip
        found = pd.DataFrame(profile_of(strata))
        hits += np.mean(((found.eval_low <= true) & (true <= found.eval_high))[middle])
    assert 0.93 <= hits / trials <= 0.975


def test_a_chart_of_profiles_says_what_it_draws():
    frame = profiles(paired(table(seeds=SEEDS)))
    chart = svg.profiles(Metric("success_rate", share=True), {"ppo": frame}, {"ppo": "#123456"})
    assert "ppo 0.333 above 0.5" in chart and chart.count("#123456") == 2


@pytest.mark.parametrize("sd", [0.03, 0.1, 0.25])
def test_as_many_seeds_as_are_needed_find_the_gap_in_four_of_five_experiments(sd):
    n, rng = needed(sd), np.random.default_rng(0)
    found = scipy.stats.ttest_1samp(rng.normal(0.1, sd, (8_000, n)), 0, axis=1).pvalue < 0.05
    assert found.mean() == pytest.approx(power(n, sd, 0.1), abs=0.015) and power(n, sd, 0.1) >= 0.8
    assert power(n - 1, sd, 0.1) < 0.8


def test_the_power_of_a_test_is_that_of_a_published_table():
    """Cohen 1988, table 2.3.5 for one mean: an effect of half a standard deviation needs 34 for 0.80."""
    assert needed(0.2, 0.1) == 34 and needed(0.0) == 2 and needed(0.1, 0.1) == 10


def test_seeds_needed_follow_from_the_scatter_of_ones_own_results():
    (row,) = seeds_needed(paired(table(seeds=SEEDS))).itertuples()
    gaps = np.array([[0.1, 0.4, 0.4], [0.4, 0.7, 1.0]])
    assert (row.pairs, row.n, row.pair_sd) == (2, 3, pytest.approx(math.sqrt(np.mean(gaps.var(axis=1, ddof=1)))))
    assert row.suite_sd == pytest.approx(gaps.mean(axis=0).std(ddof=1))  # both pairs have the same runs
    assert (row.pair_needs, row.suite_needs) == (needed(row.pair_sd), needed(row.suite_sd))
    assert seeds_needed(paired(table(seeds=SEEDS[:2]))).empty and seeds_needed(paired(table(seeds=SEEDS), family=POINTS), family=POINTS).empty


# Early agreement


def over_training(pairs, steps=5):
    """Rows of one run: on each pair agreement and the gap at every evaluation, given as functions of the step."""
    rows = measured(TRAIN, 0, "success_rate", [0.9] * steps)
    for place, (agreement, gap) in enumerate(pairs):
        look = shifted(f"agent_{place}")
        rows += measured(look, 0, "success_rate", [0.9 - gap(i) for i in range(steps)]) + measured(look, 0, "agreement", [agreement(i) for i in range(steps)])
    return early(curves(pd.DataFrame(rows)))


def test_early_agreement_stands_beside_the_gap_at_the_end():
    """Agreement falls with the final gap after a quarter of training, and tells nothing after a half."""
    late = [0.1, 0.5, 0.3, 0.7, 0.2]
    pairs = [(lambda i, x=x, y=y: {1: 1 - x, 2: y}.get(i, 0.0), lambda i, x=x: x if i == 4 else 0.3 - x / 9) for x, y in zip(late, [0.1, 0.5, 0.3, 0.7, 0.2])]
    found = over_training(pairs).set_index(["predictor", "after"]).correlation
    assert found.to_dict() == pytest.approx({("agreement", 0.25): -1, ("gap", 0.25): -1, ("agreement", 0.5): 1, ("gap", 0.5): -1})
    assert over_training(pairs[:4]).empty  # too few pairs
    assert over_training(pairs, steps=1).empty  # nothing is early


def test_without_agreement_nothing_is_told():
    assert early(curves(table(seeds=SEEDS))).empty


@pytest.mark.parametrize("n, rho", [(8, 0.5), (20, 0.0), (34, 0.8)])
def test_the_interval_of_a_correlation_holds_it_as_often_as_it_says(n, rho):
    rng, true, hits, trials = np.random.default_rng(n), 6 / np.pi * math.asin(rho / 2), 0, 2_000
    for _ in range(trials):
        x, noise = rng.normal(size=(2, n))
        r, low, high = correlation(x, rho * x + math.sqrt(1 - rho**2) * noise)
        hits += low <= true <= high
    assert 0.93 <= hits / trials <= 0.972


def test_a_correlation_is_spearmans():
    x, y = np.array([1, 2, 2, 5, 9.0]), np.array([2, 1, 4, 4, 8.0])
    assert correlation(x, y)[0] == pytest.approx(scipy.stats.spearmanr(x, y).statistic)
    r, low, high = correlation(np.arange(6.0), np.arange(6.0) ** 3)
    assert (r, high) == (pytest.approx(1), pytest.approx(1)) and low < 0.9  # six pairs in order prove little
    assert all(map(math.isnan, correlation(np.ones(5), np.arange(5.0))))
