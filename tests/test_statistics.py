"""Statistics: values worked out by hand, and laws."""

import math

import numpy as np
import pytest
import scipy.stats

from kage.analysis.statistics import iqm, mean_of_means, mean_sem, probability_of_improvement, profile


def rng(seed=0):
    return np.random.default_rng(seed)


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


def test_statistics_of_several_rows_are_those_of_each():
    """Axes in front of the runs are carried along."""
    strata = [rng(1).random((6, 5)), rng(2).random((6, 4))]
    for statistic in (mean_of_means, iqm, lambda strata: profile(strata, [0.3, 0.6]), lambda strata: probability_of_improvement(strata[:1], strata[1:])):
        together = statistic(strata)
        np.testing.assert_allclose(together, [statistic([each[row] for each in strata]) for row in range(6)])
