"""A dose-response in two numbers: the dose at which half is left, and the area under the curve."""

from collections.abc import Iterator
from functools import reduce

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from kage.analysis.dosed import TOGETHER
from kage.analysis.estimates import estimate
from kage.analysis.gaps import FEWEST
from kage.analysis.metrics import PLATFORMER, Family
from kage.analysis.samples import Sample, samples
from kage.analysis.statistics import LEVEL, mean_sem

KEY = ["rule", "agent", "budget", "world", "code", "study", "pair", "metric"]
SIDES = ("larger", "smaller")
COLUMNS = ("n", "doses", "half", "half_low", "half_high", "area", "area_low", "area_high")
FEW = 3  # doses that make a curve
SEVERAL = (" x ", TOGETHER)  # in doses of several parameters
POINTS = 200  # between two doses, at which is asked whether half may be left


def responses(seeds: pd.DataFrame, family: Family = PLATFORMER) -> pd.DataFrame:
    """Half dose and area of every study that doses one parameter, by the telling metric.

    In: `kage.analysis.pairing.paired`. Out: one row per `KEY` and side, one of `SIDES`: half is sought at larger doses
    than the best one, and at smaller ones, see `halves`; and `COLUMNS`: seeds that were measured at all doses, how many
    doses; half, where the metric under the shift is half of that on the training look; area, the mean of the metric
    over the range of the doses, the curve being straight between two doses. Doses that are no numbers count 1, 2, 3.
    low, high: 95 %, empty below `FEWEST` seeds; an infinite half, or end of its interval, lies beyond the doses.
    Studies with fewer than `FEW` doses, with several parameters, or with several runs of one seed at a dose, have no
    row.
    """
    seeds = seeds[(seeds.study != "") & (seeds.metric == family.telling.name)]
    rows = []
    for names, curve in samples(seeds, KEY, ["dose"]).items():
        doses = [dose for dose, in curve]
        if len(doses) < FEW or any(sign in dose for dose in doses for sign in SEVERAL):
            continue
        if not (together := at_all_doses(list(curve.values()))):
            continue
        values = np.stack([one.values for one in together], axis=-1)  # [2, n, k]
        at = positions(doses)
        row = dict(zip(KEY, names)) | {"n": values.shape[1], "doses": len(doses)} | area(at, values[1], family)
        for half in halves(at, values[1] - values[0] / 2):
            rows.append(row | dict(zip(("side", "half", "half_low", "half_high"), half)))
    return pd.DataFrame(rows, columns=[*KEY[:-1], "side", KEY[-1], *COLUMNS])


def at_all_doses(curve: list[Sample]) -> list[Sample]:
    """The samples of a curve with the seeds that all of them have, in one order; none without any, or where a sample
    has several runs of a seed."""
    shared = reduce(np.intersect1d, (one.seeds for one in curve))
    if not len(shared) or any(len(set(one.seeds)) < one.n for one in curve):
        return []
    places = [{seed: place for place, seed in enumerate(one.seeds)} for one in curve]
    return [one.only(np.array([place[seed] for seed in shared])) for one, place in zip(curve, places)]


def positions(doses: list[str]) -> np.ndarray:
    """Where doses lie on their axis [k]: numbers by value, others 1, 2, 3."""
    try:
        return np.array([float(dose) for dose in doses])
    except ValueError:
        return np.arange(1.0, len(doses) + 1)


def area(at: np.ndarray, values: np.ndarray, family: Family) -> dict[str, float]:
    """The mean height of a curve that is straight between doses, with its interval. In: doses [k], values [n, k]."""
    widths = np.diff(at)
    weights = (np.append(widths, 0) + np.append(0, widths)) / (2 * widths.sum())
    each = values @ weights
    found = estimate(each.mean(), np.ones(1), [each[None]])
    low, high = found.interval() if len(each) >= FEWEST else (np.nan, np.nan)
    if family.telling.share:
        low, high = np.clip([low, high], 0, 1)
    return {"area": found.value, "area_low": low, "area_high": high}


def halves(at: np.ndarray, above: np.ndarray) -> Iterator[tuple[str, float, float, float]]:
    """The doses at which nothing is left above half, on both sides of the best dose: side, dose, low, high.

    In: doses [k]; what each seed has above half there [n, k]. A side that never falls so far is left out if the other
    one does; if none does, the longer one is told, as infinite.
    """
    best = int(np.argmax(above.mean(axis=0)))
    sides = [(at[best:], above[:, best:]), (-at[best::-1], above[:, best::-1])]  # the lower side is mirrored
    found = [half(*side) if len(side[0]) > 1 else None for side in sides]
    told = [place for place, one in enumerate(found) if one and np.isfinite(one[0])]
    for place in told or [int(2 * best >= len(at))]:
        dose, low, high = found[place]
        yield SIDES[place], *((-dose, -high, -low) if place else (dose, low, high))


def half(at: np.ndarray, above: np.ndarray) -> tuple[float, float, float]:
    """The first dose at which the mean above half is 0, and the interval (95 %) around it: all doses at which Student's
    t does not tell the mean from 0 (Fieller's idea). So it holds what it says without a formula for the curve. Infinite
    where it is beyond the last dose; the interval is empty below `FEWEST` seeds.

    In: doses [k], ascending; what each seed has above half there [n, k]. Between two doses it changes evenly.
    """
    fine = np.unique(np.concatenate([np.linspace(a, b, POINTS + 1) for a, b in zip(at, at[1:])]))
    right = np.clip(np.searchsorted(at, fine, side="left"), 1, len(at) - 1)
    share = (fine - at[right - 1]) / (at[right] - at[right - 1])
    each = above[:, right - 1] * (1 - share) + above[:, right] * share
    mean, sem = mean_sem(each.T)
    fallen = np.flatnonzero(mean <= 0)
    dose = crossing(fine, mean, fallen[0]) if len(fallen) else np.inf
    if len(above) < FEWEST:
        return dose, np.nan, np.nan
    possible = np.flatnonzero(np.abs(mean) <= stdtrit(len(above) - 1, (1 + LEVEL) / 2) * sem)
    if not len(possible):
        return dose, dose, dose
    low = -np.inf if possible[0] == 0 else min(fine[possible[0]], dose)
    return dose, low, np.inf if possible[-1] == len(fine) - 1 else max(fine[possible[-1]], dose)


def crossing(at: np.ndarray, mean: np.ndarray, place: int) -> float:
    """Where a line falls to 0 whose first value that is not above is at `place`; before all of it if at the first."""
    if place == 0:
        return -np.inf
    share = mean[place - 1] / (mean[place - 1] - mean[place])
    return float(at[place - 1] + share * (at[place] - at[place - 1]))
