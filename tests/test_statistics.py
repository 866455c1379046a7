"""Statistics: values worked out by hand, and laws."""

import math

import numpy as np
import pytest
import scipy.stats

from kage.analysis.statistics import (
    LEVEL,
    REPS,
    improvement,
    interval,
    iqm,
    iqm_interval,
    mean_of_means,
    mean_sem,
    multiplicities,
    probability_of_improvement,
    profile,
)


def rng(seed=0):
    return np.random.default_rng(seed)


def resample(strata, generator, runs=None, reps=REPS):
    """Stratified resamples one run after the other: M arrays [..., n_m] become M arrays [reps, ..., n_m]. The package
    never makes them; what it computes of them must be this."""
    draws, chosen = [], {}
    for scores, name in zip(strata, range(len(strata)) if runs is None else runs, strict=True):
        if name not in chosen:
            chosen[name] = generator.integers(scores.shape[-1], size=(reps, scores.shape[-1]))
        draws.append(np.moveaxis(scores[..., chosen[name]], -2, 0))
    return draws


def bootstrap(strata, statistic, generator, runs=None, reps=REPS, level=LEVEL):
    """Stratified percentile bootstrap interval [2] of a statistic of M arrays [reps, ..., n_m]."""
    return interval(statistic(resample(strata, generator, runs, reps)), level)


def arrays(*values):
    return [np.array(each, float) for each in values]


def test_mean_and_sem():
    mean, sem = mean_sem([[1, 2, 3, 4], [5, 5, 5, 5]])
    assert list(mean) == [2.5, 5] and sem == pytest.approx([math.sqrt(5 / 3) / 2, 0])
    mean, sem = mean_sem([7])
    assert mean == 7 and math.isnan(sem)


def test_every_task_counts_alike_however_many_runs_it_has():
    assert mean_of_means(arrays([0, 0, 0, 0], [1])) == 0.5


@pytest.mark.parametrize("tasks, expected", [
    ([[1, 2, 3, 4, 5, 6, 7, 8]], 4.5),
    ([[8, 1, 3], [2, 5, 4, 7, 6]], 4.5),  # pooled, in any order
    ([[-1000, 0, 3, 4, 5, 6, 70, 800]], 4.5),  # a quarter at each end does not matter
    ([[1, 2, 4, 8, 100]], 14 / 3),  # floor(5 / 4) = 1 cut off at each end
    ([[1, 2, 6]], 3),  # too few to cut
])  # fmt: skip
def test_iqm_is_the_mean_of_the_middle_half(tasks, expected):
    assert iqm(arrays(*tasks)) == pytest.approx(expected)


def test_a_profile_is_the_fraction_above_each_threshold_averaged_over_tasks():
    found = profile(arrays([0.1, 0.6, 0.9], [0.5]), [0, 0.5, 0.55, 0.9])
    assert found == pytest.approx([1, 1 / 3, 1 / 3, 0])  # above, not at: (2/3 + 0)/2, (2/3 + 0)/2
    assert found.shape == profile(arrays([0.1, 0.6, 0.9], [0.5]), np.zeros(4)).shape


def test_probability_of_improvement_by_hand():
    first, second = arrays([1, 2, 3], [1]), arrays([2, 2], [0])
    assert probability_of_improvement(first[:1], second[:1]) == 0.5  # of six: two lost, two ties, two won
    assert probability_of_improvement(first, second) == 0.75  # the mean over tasks, not over comparisons
    with pytest.raises(ValueError, match="share their tasks"):
        probability_of_improvement(first, second[:1])


@pytest.mark.parametrize("seed", range(5))
def test_probability_of_improvement_is_mann_whitneys_and_complementary(seed):
    x, y = rng(seed).integers(0, 6, 7).astype(float), rng(seed + 99).integers(0, 6, 9).astype(float)
    ours = probability_of_improvement([x], [y])
    assert ours == pytest.approx(scipy.stats.mannwhitneyu(x, y).statistic / (7 * 9))
    assert ours + probability_of_improvement([y], [x]) == pytest.approx(1)
    assert probability_of_improvement([x], [x]) == pytest.approx(0.5)


STATISTICS = {
    "mean_of_means": mean_of_means, "iqm": iqm, "profile": lambda strata: profile(strata, [0.3, 0.6]),
    "probability_of_improvement": lambda strata: probability_of_improvement(strata[:1], strata[1:]),
}  # fmt: skip


@pytest.mark.parametrize("name", STATISTICS)
def test_resamples_are_scored_at_once_as_they_are_one_by_one(name):
    statistic = STATISTICS[name]
    draws = resample([rng(1).random(5), rng(2).random(4)], rng(), reps=6)
    together = statistic(draws)
    assert together.shape[0] == 6
    for i in range(6):
        np.testing.assert_allclose(together[i], statistic([draw[i] for draw in draws]))


def test_runs_are_drawn_within_their_task_with_what_belongs_to_them():
    train, other = np.arange(5.0), 10 + np.arange(3.0)
    both, alone = resample([np.stack([train, train + 100]), other], rng(), reps=500)
    assert both.shape == (500, 2, 5) and alone.shape == (500, 3)
    np.testing.assert_array_equal(both[:, 0] + 100, both[:, 1])  # a seed's train and eval stay together
    assert set(both[:, 0].ravel()) == set(train) and set(alone.ravel()) == set(other)  # all of them, no others
    assert any(len(set(row)) < 3 for row in alone)  # with replacement


SHARED = ["a", "b", "a", "c"]  # whose runs the tasks of `uneven` are


def uneven(seed, ties=True):
    """Four tasks, two of which share their runs, with scores that repeat."""
    values = [rng(seed + i).random(n) for i, n in enumerate((5, 8, 5, 4))]
    return [value.round(1) if ties else value for value in values]


@pytest.mark.parametrize("runs", [None, SHARED])
@pytest.mark.parametrize("seed", range(3))
def test_intervals_are_those_of_resamples_made_one_by_one(seed, runs):
    first, second = uneven(seed), uneven(seed + 50)
    other = runs and [name.upper() for name in runs]
    np.testing.assert_allclose(iqm_interval(first, seed, runs), bootstrap(first, iqm, rng(seed), runs))
    value, bounds = improvement(first, second, seed, runs and runs + other)
    assert value == pytest.approx(float(probability_of_improvement(first, second)))
    beats = lambda strata: probability_of_improvement(strata[:4], strata[4:])  # noqa: E731
    np.testing.assert_allclose(bounds, bootstrap([*first, *second], beats, rng(seed), runs and runs + other))


def test_runs_are_drawn_with_replacement_and_as_many_as_there_are():
    five, three = multiplicities((5, 3), 0, 500)
    assert five.shape == (500, 5) and (five.sum(axis=1) == 5).all() and (three.sum(axis=1) == 3).all()
    assert five.max() > 1 and (five.mean(axis=0) == pytest.approx(1, abs=0.2))


def test_the_same_policies_on_several_looks_are_no_further_replications():
    scores = [rng(3).random(10)] * 6
    one = np.ptp(iqm_interval(scores[:1], 0))
    together = np.ptp(iqm_interval(scores, 0, runs=["a"] * 6))
    apart = np.ptp(iqm_interval(scores, 0))
    assert together == pytest.approx(one, rel=0.1) and apart < 0.7 * one


def test_random_numbers_come_from_the_seed_alone():
    scores = [rng(4).random(10)]
    np.random.seed(0)
    first = iqm_interval(scores, 1)
    np.random.seed(1)
    multiplicities.cache_clear()
    assert list(first) == list(iqm_interval(scores, 1)) != list(iqm_interval(scores, 2))


def test_equal_scores_have_an_interval_without_width():
    assert iqm_interval(arrays([3, 3, 3], [3, 3]), 0) == pytest.approx([3, 3])
