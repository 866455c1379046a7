"""The seeds of each row of a table: what means, gaps and intervals are computed from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kage.analysis.select import places, plain

EPISODES = ["train_episodes", "eval_episodes"]


@dataclass(frozen=True)
class Sample:
    """What some runs scored on one look, by one metric."""

    values: np.ndarray  # [2, n] f64, on the training look and on the evaluation look
    runs: np.ndarray  # [n] i32, numbers that stand for run folders
    seeds: np.ndarray  # [n] i64
    episodes: np.ndarray  # [2, n] i64, behind each value; 0 on the training look for what has no value there
    competent: np.ndarray  # [n] f64, 1 or 0: did the run learn its task; NaN where that is not known

    @property
    def n(self) -> int:
        """How many runs there are."""
        return len(self.runs)

    @property
    def who(self) -> bytes:
        """The runs, in order: samples with equal ones were measured on the same policies."""
        return self.runs.tobytes()

    def only(self, chosen: np.ndarray) -> "Sample":
        """Some of its runs: by a mask or by places."""
        along = (part[..., chosen] for part in (self.values, self.runs, self.seeds, self.episodes, self.competent))
        return Sample(*along)


def samples(seeds: pd.DataFrame, key: Sequence[str], within: Sequence[str] = ()) -> dict[tuple, dict[tuple, Sample]]:
    """The samples of each group of `key`, by the columns `within` it; one, by (), where there are none. Groups stand in
    order of appearance.

    In: `kage.analysis.pairing.paired`, rows of one metric where neither `key` nor `within` names it.
    """
    columns = [*key, *within]
    place = places(seeds, columns)
    order = np.argsort(place, kind="stable")
    begins = np.flatnonzero(np.diff(place[order], prepend=-1))
    names = plain(seeds[columns].iloc[order[begins]])
    values = np.stack([seeds[name].to_numpy(float) for name in ("train", "eval")])
    runs, numbers = seeds.run.cat.codes.to_numpy(np.int32), seeds.seed.to_numpy()
    episodes = np.stack([seeds[name].to_numpy(int) for name in EPISODES])
    competent = seeds.competent.to_numpy(float)
    found: dict[tuple, dict[tuple, Sample]] = {}
    for name, rows in zip(names.itertuples(index=False, name=None), np.split(order, begins[1:])):
        sample = Sample(values[:, rows], runs[rows], numbers[rows], episodes[:, rows], competent[rows])
        found.setdefault(name[: len(key)], {})[name[len(key) :]] = sample
    return found


def distinct(strata: Sequence[Sample]) -> int:
    """How many training runs there are: pairs share them."""
    return len(np.unique(np.concatenate([sample.runs for sample in strata]))) if strata else 0
