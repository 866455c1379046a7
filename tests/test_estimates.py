"""Intervals at few seeds: values worked out by hand, agreement with scipy, and coverage by simulation."""

import math

import numpy as np
import pytest
import scipy.stats

from kage.analysis.estimates import Estimate, estimate, holm, improvement, iqm_estimate
from kage.analysis.metrics import DIFFERENCE, Metric
from kage.analysis.statistics import iqm, mean_of_means, probability_of_improvement

SUCCESS, RETURN = Metric("success_rate", share=True), Metric("return", gap=DIFFERENCE)
TRIALS = 2_500
SEEDS = (3, 5, 10)  # what users have


def mean_of(values, **known):
    values = np.asarray(values, float)[None]
    return estimate(values.mean(), np.ones(1), [values], **known)


def gap_of(both, metric=SUCCESS):
    """The gap of train and eval [2, n]."""
    train, shifted = both.mean(axis=1)
    return estimate(float(metric.gap_of(train, shifted)), metric.gap_slopes(train, shifted), [both])


def test_a_mean_is_students():
    found = mean_of([1, 2, 6])
    theirs = scipy.stats.ttest_1samp([1, 2, 6], 0)
    assert (found.value, found.df, found.sem) == (3, pytest.approx(2), pytest.approx(math.sqrt(7 / 3)))
    assert found.interval() == pytest.approx(list(theirs.confidence_interval())) and found.p == pytest.approx(theirs.pvalue)
    assert np.ptp(found.interval(0.5)) < np.ptp(found.interval())


def test_tasks_of_runs_of_their_own_have_satterthwaites_degrees_of_freedom():
    """The half sum of two means: as half of Welch's difference with the sign of one task turned."""
    one, other = np.array([1.0, 2, 6, 4]), np.array([9.0, 2, 3])
    found = estimate(float(one.mean() + other.mean()) / 2, np.ones(1), [one[None], other[None]])
    theirs = scipy.stats.ttest_ind(one, -other, equal_var=False)
    assert found.df == pytest.approx(theirs.df) and found.p == pytest.approx(theirs.pvalue)
    assert 2 * found.interval() == pytest.approx(list(theirs.confidence_interval()))


def test_the_same_policies_on_several_looks_are_no_further_replications():
    one, other = np.array([[1.0, 2, 6]]), np.array([[3.0, 2, 1]])
    found = estimate(2.5, np.ones(1), [one, other], ["a", "a"])
    assert found.interval() == pytest.approx(mean_of([2, 2, 3.5]).interval())  # of each run's mean over looks
    again = estimate(3.0, np.ones(1), [one] * 6, ["a"] * 6)
    assert again.interval() == pytest.approx(mean_of([1, 2, 6]).interval())


@pytest.mark.parametrize("metric", [SUCCESS, RETURN])
def test_slopes_are_the_derivative_of_the_gap(metric):
    step = 1e-6
    numbers = [(metric.gap_of(0.8 + a, 0.3 + b) - metric.gap_of(0.8 - a, 0.3 - b)) / (2 * step) for a, b in ((step, 0), (0, step))]
    assert metric.gap_slopes(0.8, 0.3) == pytest.approx(numbers)
    assert np.isnan(SUCCESS.gap_slopes(0.0, 0.3)).all()


def test_runs_that_agree_have_no_width_and_one_run_has_no_interval():
    """A gap in percent that every seed shares, however much train varies, is certain."""
    train = np.array([10.0, 50, 90, 400])
    found = gap_of(np.stack([train, 0.7 * train]))
    assert found.interval() == pytest.approx([30, 30]) and found.p == 0
    assert mean_of([0, 0, 0]).p == 1 and mean_of([2, 2]).interval().tolist() == [2, 2]
    assert np.isnan(mean_of([5]).interval()).all() and math.isnan(mean_of([5]).p)
    assert np.isnan(gap_of(np.zeros((2, 3))).interval()).all() and math.isnan(Estimate(1, np.nan, np.nan).p)


def covered(true, draw, seed):
    """How often the 95 % interval of `draw(rng)`, an estimate, holds the true value."""
    rng = np.random.default_rng(seed)
    bounds = np.array([draw(rng).interval() for _ in range(TRIALS)])
    return np.mean((bounds[:, 0] <= true) & (true <= bounds[:, 1]))


@pytest.mark.parametrize("n", SEEDS)
def test_the_interval_of_a_gap_holds_it_as_often_as_it_says(n):
    def draw(rng):
        train = rng.beta(18, 2, n)
        return gap_of(np.stack([train, train * rng.beta(4, 5, n)]))

    assert 0.93 <= covered(100 * 5 / 9, draw, n) <= 0.97


@pytest.mark.parametrize("n", SEEDS)
def test_the_interval_of_a_suites_mean_holds_it_as_often_as_it_says(n):
    """Six pairs on three trainings, whose levels and spreads differ."""
    runs, levels, spread = "aabbbc", np.array([0.9, 0.2, 0.5, 0.6, 0.1, 0.7]), {"a": 0.05, "b": 0.2, "c": 0.3}

    def draw(rng):
        luck = {name: rng.normal(0, size, n) for name, size in spread.items()}
        strata = [(level + luck[name] + rng.normal(0, 0.05, n))[None] for level, name in zip(levels, runs)]
        return estimate(mean_of_means(strata)[0], np.ones(1), strata, list(runs))

    assert 0.93 <= covered(levels.mean(), draw, 10 + n) <= 0.975


# Statistics that are no means


def test_the_error_of_an_interquartile_mean_is_that_of_a_trimmed_mean():
    scores = np.array([3.0, 9, 1, 4, 40, 2, 7, 5])
    found = iqm_estimate([scores])
    assert found.value == 4.75 and found.sem == pytest.approx(scipy.stats.mstats.trimmed_stde(scores, (0.25, 0.25))) and found.df == pytest.approx(7)
    wild = iqm_estimate([np.where(scores == 40, 4e6, scores)])
    assert wild.sem == found.sem  # a quarter at each end does not matter
    shared, apart = iqm_estimate([scores, scores], ["a", "a"]), iqm_estimate([scores, scores])
    assert (shared.sem, apart.sem) == pytest.approx((found.sem, found.sem / math.sqrt(2)))  # shared runs count once


def test_the_error_of_wins_by_hand():
    first, second = [np.array([1.0, 2, 3])], [np.array([2.0, 2, 0])]
    found = improvement(first, second)
    ours, theirs = [1 / 3, 2 / 3, 1], [1 / 2, 1 / 2, 1]  # how often each run of the first wins, each of the second loses
    assert found.value == pytest.approx(probability_of_improvement(first, second)) == pytest.approx(2 / 3)
    assert found.sem == pytest.approx(math.sqrt(np.var(ours, ddof=1) / 3 + np.var(theirs, ddof=1) / 3))
    assert improvement([np.ones(3)], [np.zeros(3)]).interval().tolist() == [1, 1]


@pytest.mark.parametrize("n", SEEDS)
def test_intervals_over_the_whole_benchmark_hold_it_as_often_as_they_say(n):
    """34 pairs on seven trainings, of two methods, one of which is better."""
    rng = np.random.default_rng(100 + n)
    runs = [0] * 11 + [1] * 3 + [2] * 2 + [3] * 2 + [4] + [5] * 13 + [6] * 2
    levels = rng.uniform(0, 0.9, len(runs))

    def draw(size, better=0.0):
        luck = rng.normal(0, 0.12, (7, size))
        return [np.clip(level + better + luck[run] + rng.normal(0, 0.08, size), 0, 1) for level, run in zip(levels, runs)]

    many, others = draw(2_000), draw(2_000, 0.05)
    true, wins, hits = float(iqm(many)), float(probability_of_improvement(many, others)), np.zeros(2)
    for _ in range(500):
        one, other = draw(n), draw(n, 0.05)
        bounds = iqm_estimate(one, runs).interval(), improvement(one, other, [*runs, *(run + 10 for run in runs)]).interval()
        hits += [low <= value <= high for (low, high), value in zip(bounds, (true, wins))]
    assert (hits / 500 >= 0.92).all() and (hits / 500 <= 0.98).all()  # 500 trials know it to 0.01


def test_holms_correction_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])  # 4 * .005, 3 * .01, 2 * .03, then no less
    assert holm([0.5, math.nan, 0.9]).tolist() == pytest.approx([1, math.nan, 1], nan_ok=True)  # two tests
    assert holm([]).tolist() == [] and holm([0.2]).tolist() == [0.2]


def test_holm_keeps_the_chance_of_any_false_finding():
    """34 pairs without any gap; unasked for, four of five such tables would show one."""
    rng = np.random.default_rng(0)
    tables = rng.random((2_000, 34))
    assert np.mean([(holm(p) < 0.05).any() for p in tables]) == pytest.approx(0.05, abs=0.015)
    assert np.mean((tables < 0.05).any(axis=1)) > 0.8
