"""Statistics of scores: mean and SEM, interquartile mean, comparisons of methods, with bootstrap intervals of those
that are no means. Intervals of means are in `kage.analysis.estimates`.

The unit of replication is the training seed: a score is what one run reached on one task (a pair), its episodes
averaged. `strata` are M arrays, one per task, with the task's runs on the LAST axis; tasks may differ in their number
of runs. Axes in front are carried along: resamples, or train and eval stacked so that they are resampled together.

Source of iqm, profile, probability_of_improvement and the stratified bootstrap: Agarwal et al. 2021, "Deep
Reinforcement Learning at the Edge of the Statistical Precipice", sections 4 and A.
"""

import functools
from collections.abc import Hashable, Sequence

import numpy as np
from scipy.stats import trim_mean

Strata = Sequence[np.ndarray]
REPS, LEVEL = 2_000, 0.95
TOGETHER = 128  # resamples that are computed at once: their numbers fit a processor's cache


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


@functools.lru_cache(maxsize=4)
def multiplicities(sizes: tuple[int, ...], seed: int, reps: int) -> tuple[np.ndarray, ...]:
    """How often each resample holds each run of groups of these sizes, drawn with replacement, group by group: an array
    [reps, n] f64 for each size.

    Statistics of resamples are computed from these numbers, not from the resamples themselves. All tables of a report
    share them: its random numbers are fixed, and most groups have the same sizes.
    """
    rng = np.random.default_rng(seed)
    found = []
    for n in sizes:
        chosen = rng.integers(n, size=(reps, n)) + n * np.arange(reps)[:, None]
        found.append(np.bincount(chosen.ravel(), minlength=reps * n).reshape(reps, n).astype(float))
    return tuple(found)


def groups_of(strata: Strata, runs: Sequence[Hashable] | None) -> tuple[list[int], tuple[int, ...]]:
    """The group of runs that each task has, and the size of each group.

    Tasks with the same name in `runs` [M] share a group, which is drawn once: the same policies, measured on several
    looks, are not several replications. Without names every task has a group of its own.
    """
    names = range(len(strata)) if runs is None else runs
    sizes: dict[Hashable, int] = {}
    for scores, name in zip(strata, names, strict=True):
        sizes.setdefault(name, scores.shape[-1])
    place = {name: at for at, name in enumerate(sizes)}
    return [place[name] for name in names], tuple(sizes.values())


def interval(draws: np.ndarray, level: float = LEVEL) -> np.ndarray:
    """Percentile interval [2] of resamples [reps]; undefined ones (NaN) are left out, all undefined gives NaN."""
    tail = (1 - level) / 2
    draws = draws[~np.isnan(draws)]
    return np.quantile(draws, [tail, 1 - tail]) if len(draws) else np.full(2, np.nan)


def iqm_interval(
    strata: Strata, seed: int, runs: Sequence[Hashable] | None = None, reps: int = REPS, level: float = LEVEL,
) -> np.ndarray:  # fmt: skip
    """Interval [2] of `iqm`. In: M arrays [n_m]; runs as in `groups_of`.

    The scores are sorted once. Where c_i copies of the i lowest scores s are in a resample of N, its middle half has
    m_i = clip(c_i, N / 4, 3 N / 4) - N / 4 of them, and its sum is that of s_i (m_i - m_(i-1)).
    """
    groups, sizes = groups_of(strata, runs)
    weights = np.concatenate(multiplicities(sizes, seed, reps), axis=1)
    begins = np.cumsum([0, *sizes])
    columns = np.concatenate([np.arange(begins[group], begins[group + 1]) for group in groups])
    scores = np.concatenate(strata)
    order = np.argsort(scores, kind="stable")
    cut, steps = len(scores) // 4, np.diff(scores[order], append=0)
    sums = []
    for begin in range(0, reps, TOGETHER):
        copies = np.take(weights[begin : begin + TOGETHER], columns[order], axis=1)
        np.cumsum(copies, axis=1, out=copies)
        np.clip(copies, cut, len(scores) - cut, out=copies)
        sums.append(-(copies @ steps) - scores[order[0]] * cut)
    return interval(np.concatenate(sums) / (len(scores) - 2 * cut), level)


def improvement(
    first: Strata, second: Strata, seed: int, runs: Sequence[Hashable] | None = None, reps: int = REPS,
    level: float = LEVEL,
) -> tuple[float, np.ndarray]:  # fmt: skip
    """`probability_of_improvement` and its interval [2]. In: as there, M arrays [n_m] and M arrays [k_m]; `runs` as in
    `groups_of`, of the first method's tasks, then of the second's.

    A resample's sum over S is w S v, with the multiplicities w and v of both methods' runs. S of the tasks that share
    both groups of runs are added first. These sums are whole numbers, which f32 holds exactly.
    """
    tasks = tasks_of(first, second)
    groups, sizes = groups_of([*first, *second], runs)
    weights = multiplicities(sizes, seed, reps)
    wins: dict[tuple[int, int], np.ndarray] = {}
    for (x, y), places in zip(tasks, zip(groups, groups[len(first) :])):
        wins[places] = wins.get(places, 0) + doubled_wins(x, y).astype(np.float32)
    value, draws = 0.0, np.zeros(reps)
    for (i, j), sums in wins.items():
        whole = 2 * sizes[i] * sizes[j] * len(tasks)
        value += sums.sum(dtype=float) / whole
        draws += np.einsum("rk,rk->r", weights[i].astype(np.float32) @ sums, weights[j]) / whole
    return value, interval(draws, level)
