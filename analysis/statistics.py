"""Statistics of scores: mean and SEM, interquartile mean, comparisons of methods; their intervals are in
`kage.analysis.estimates`.

The unit of replication is the training seed: a score is what one run reached on one task (a pair), its episodes
averaged. `strata` are M arrays, one per task, with the task's runs on the LAST axis; tasks may differ in their number
of runs. Axes in front are carried along.

Source of iqm, profile and probability_of_improvement: Agarwal et al. 2021, "Deep Reinforcement Learning at the Edge of
the Statistical Precipice", sections 4 and A.
"""

from collections.abc import Hashable, Sequence

import numpy as np
from scipy.stats import trim_mean

Strata = Sequence[np.ndarray]
LEVEL = 0.95


def mean_sem(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean over the last axis and its standard error, s / sqrt(n) with ddof 1; a single score has none (NaN).

    In: [..., n]. Out: two arrays [...].
    """
    scores = np.asarray(scores, float)
    n = scores.shape[-1]
    sem = scores.std(axis=-1, ddof=1) / np.sqrt(n) if n > 1 else np.full(scores.shape[:-1], np.nan)
    return scores.mean(axis=-1), sem


def mean_of_means(strata: Strata) -> np.ndarray:
    """Mean over tasks of each task's mean over its runs: every task counts alike, however many runs it has.

    In: M arrays [..., n_m]. Out: [...].
    """
    return np.mean([scores.mean(axis=-1) for scores in strata], axis=0)


def iqm(strata: Strata) -> np.ndarray:
    """Interquartile mean: the mean of the middle half of all runs x tasks, floor(n / 4) scores cut off at each end.

    In: M arrays [..., n_m]. Out: [...].
    """
    return trim_mean(np.concatenate(strata, axis=-1), 0.25, axis=-1)


def profile(strata: Strata, thresholds: np.ndarray) -> np.ndarray:
    """Performance profile: the fraction of runs with a score above each threshold, averaged over tasks.

    F(t) = 1/M sum_m 1/N_m sum_n [x_mn > t]. In: M arrays [..., n_m], thresholds [k]. Out: [..., k], in 0..1.
    """
    thresholds = np.asarray(thresholds)
    return np.mean([(scores[..., None, :] > thresholds[:, None]).mean(axis=-1) for scores in strata], axis=0)


def probability_of_improvement(first: Strata, second: Strata) -> np.ndarray:
    """P(a run of the first method beats a run of the second on the same task), averaged over tasks; a tie is 1/2.

    P = 1/M sum_m 1/(N K) sum_ij S(x_mi, y_mj), S = 1 if x > y, 1/2 if equal, 0 otherwise (Mann-Whitney).
    In: M arrays [..., n_m] and M arrays [..., k_m], the same tasks in the same order. Out: [...], in 0..1.
    """
    return np.mean([doubled_wins(x, y).mean(axis=(-2, -1)) / 2 for x, y in tasks_of(first, second)], axis=0)


def doubled_wins(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """2 S of all runs of two methods against each other. In: [..., n], [..., k]. Out: [..., n, k] i8."""
    x, y = x[..., :, None], y[..., None, :]
    return (x > y).astype(np.int8) + (x >= y)


def tasks_of(first: Strata, second: Strata) -> list[tuple[np.ndarray, np.ndarray]]:
    """The scores of two methods, task by task; ValueError unless they have as many."""
    if len(first) != len(second):
        raise ValueError(f"{len(first)} tasks against {len(second)}: the methods must share their tasks")
    return list(zip(first, second, strict=True))


def groups_of(strata: Strata, runs: Sequence[Hashable] | None) -> tuple[list[int], tuple[int, ...]]:
    """The group of runs that each task has, and the size of each group.

    Tasks with the same name in `runs` [M] share a group: the same policies, measured on several looks, are not several
    replications. Without names every task has a group of its own.
    """
    names = range(len(strata)) if runs is None else runs
    sizes: dict[Hashable, int] = {}
    for scores, name in zip(strata, names, strict=True):
        sizes.setdefault(name, scores.shape[-1])
    place = {name: at for at, name in enumerate(sizes)}
    return [place[name] for name in names], tuple(sizes.values())
