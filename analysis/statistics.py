"""Statistics of scores: mean and SEM, interquartile mean, bootstrap intervals, comparisons of methods.

The unit of replication is the training seed: a score is what one run reached on one task (a pair), its episodes
averaged. `strata` are M arrays, one per task, with the task's runs on the LAST axis; tasks may differ in their number
of runs. Axes in front are carried along: resamples, or train and eval stacked so that they are resampled together.

Source of iqm, profile, probability_of_improvement and the stratified bootstrap: Agarwal et al. 2021, "Deep
Reinforcement Learning at the Edge of the Statistical Precipice", sections 4 and A.
"""

from collections.abc import Callable, Hashable, Sequence

import numpy as np
from scipy.stats import trim_mean

Strata = Sequence[np.ndarray]
REPS, LEVEL = 2_000, 0.95


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
    if len(first) != len(second):
        raise ValueError(f"{len(first)} tasks against {len(second)}: the methods must share their tasks")
    wins = []
    for x, y in zip(first, second, strict=True):
        x, y = x[..., :, None], y[..., None, :]
        wins.append(((x > y) + 0.5 * (x == y)).mean(axis=(-2, -1)))
    return np.mean(wins, axis=0)


def resample(
    strata: Strata, rng: np.random.Generator, runs: Sequence[Hashable] | None = None, reps: int = REPS,
) -> list[np.ndarray]:  # fmt: skip
    """Stratified resamples: the runs of each task drawn with replacement, tasks kept.

    In: M arrays [..., n_m]. What shares a last axis (train and eval of a seed) is drawn together, and so are tasks with
    the same name in `runs` [M]: the same policies, measured on several looks, are not several replications.
    Out: M arrays [reps, ..., n_m].
    """
    draws, chosen = [], {}
    for scores, name in zip(strata, range(len(strata)) if runs is None else runs, strict=True):
        if name not in chosen:
            chosen[name] = rng.integers(scores.shape[-1], size=(reps, scores.shape[-1]))
        draws.append(np.moveaxis(scores[..., chosen[name]], -2, 0))
    return draws


def interval(draws: np.ndarray, level: float = LEVEL) -> np.ndarray:
    """Percentile interval over the first axis; undefined draws (NaN) are left out, all undefined gives NaN.

    In: [reps, ...]. Out: [2, ...], low and high.
    """
    tail = (1 - level) / 2
    if np.isnan(draws).all():
        return np.full((2, *draws.shape[1:]), np.nan)
    return np.nanquantile(draws, [tail, 1 - tail], axis=0)


def bootstrap(
    strata: Strata, statistic: Callable[[list[np.ndarray]], np.ndarray], rng: np.random.Generator,
    runs: Sequence[Hashable] | None = None, reps: int = REPS, level: float = LEVEL,
) -> np.ndarray:  # fmt: skip
    """Stratified percentile bootstrap interval [2, ...] of a statistic.

    In: strata and runs as in `resample`; `statistic` takes M arrays [reps, ..., n_m] and returns [reps, ...].
    """
    return interval(statistic(resample(strata, rng, runs, reps)), level)


def gap_interval(
    strata: Strata, gap: Callable[[np.ndarray, np.ndarray], np.ndarray], rng: np.random.Generator,
    runs: Sequence[Hashable] | None = None, reps: int = REPS, level: float = LEVEL,
) -> np.ndarray:  # fmt: skip
    """Paired interval [2] of a gap: a seed's train and eval are drawn together, the gap is computed from the means.

    In: M arrays [2, n_m], train and eval of the same seeds; runs as in `resample`; `gap` takes mean train and mean
    eval, [reps] each. A resample whose gap is undefined (percent of a mean that is not above 0) is left out.
    """
    return bootstrap(strata, lambda draws: gap(*mean_of_means(draws).T), rng, runs, reps, level)
