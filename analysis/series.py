"""Values over training, run by run: what learning curves are drawn from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kage.analysis.pairing import side_by_side
from kage.analysis.select import categories

WHERE = ["split", "suite", "pair", "study", "dose", "look"]


@dataclass(frozen=True)
class Series:
    """One metric of some runs on one look."""

    steps: np.ndarray  # [k] environment steps
    values: np.ndarray  # [n, k] one line per run, NaN where it was not measured

    @property
    def mean(self) -> np.ndarray:
        """[k], over the runs that were measured."""
        return np.nanmean(self.values, axis=0)

    @property
    def sem(self) -> np.ndarray:
        """[k], standard error of the mean; NaN for a single run."""
        n = np.isfinite(self.values).sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            spread = np.sqrt(np.nansum((self.values - self.mean) ** 2, axis=0) / (n - 1))
            return np.where(n > 1, spread / np.sqrt(n), np.nan)


class Curves:
    """All evaluations of tidy rows, ready to be asked for."""

    def __init__(self, rows: pd.DataFrame):
        # What was measured again on more episodes comes last, which is what a curve of the training look alone shows.
        rows = categories(side_by_side(rows)).sort_values("episodes", kind="stable")
        self.codes = {run: code for code, run in enumerate(rows.run.cat.categories)}
        self.run, self.step = rows.run.cat.codes.to_numpy(), rows.step.to_numpy()
        self.values = {which: rows[which].to_numpy() for which in ("value", "train")}
        self.found = rows.groupby([*WHERE, "metric"], observed=True, sort=False).indices

    def of(self, runs: Iterable[str], look: Sequence[str], metric: str, which: str = "value") -> Series | None:
        """The metric of some runs on the look with the names `WHERE`; None if nobody measured it. `which`: "value", or
        "train" for the values of the training look beside it."""
        if (*look, metric) not in self.found:
            return None
        places = self.found[*look, metric]
        codes, steps, values = self.run[places], self.step[places], self.values[which][places]
        line = np.full(len(self.codes), -1)  # of each run
        wanted = [self.codes[run] for run in runs]
        line[wanted] = np.arange(len(wanted))
        asked = line[codes] >= 0
        if not asked.any():
            return None
        measured, lines = np.unique(line[codes[asked]], return_inverse=True)
        at, columns = np.unique(steps[asked], return_inverse=True)
        table = np.full((len(measured), len(at)), np.nan)
        table[lines, columns] = values[asked]
        return Series(at, table)

    def trained(self, runs: Iterable[str], metric: str) -> Series | None:
        """The metric of some runs on their training look."""
        return self.of(runs, ("train", "", "", "", "", "train"), metric)
