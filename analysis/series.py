"""Values over training, run by run: what learning curves are drawn from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

WHERE = ["split", "suite", "pair", "study", "dose", "look"]
UNITS = {"distance": "px", "progress": "share of the level", "success_rate": "share of episodes",
         "return": "reward per episode", "agreement": "share of decisions", "kl": "nats"}  # fmt: skip
NAMES = {"agreement": "counterfactual agreement", "kl": "KL between the looks"}


def title(metric: str) -> str:
    """A metric's name as prose, with its unit."""
    name = NAMES.get(metric, metric.replace("_", " "))
    return f"{name} ({UNITS[metric]})" if metric in UNITS else name


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
        ordered = rows.sort_values("step", kind="stable")
        steps, values = ordered.step.to_numpy(), ordered["value"].to_numpy()
        names = ["run", *WHERE, "metric"]
        groups = ordered.groupby(names, observed=True, sort=False).indices
        self.found = {key: (steps[places], values[places]) for key, places in groups.items()}

    def of(self, runs: Iterable[str], look: Sequence[str], metric: str) -> Series | None:
        """The metric of some runs on the look with the names `WHERE`; None if nobody measured it."""
        parts = [self.found[run, *look, metric] for run in runs if (run, *look, metric) in self.found]
        if not parts:
            return None
        steps = np.unique(np.concatenate([part[0] for part in parts]))
        values = np.full((len(parts), len(steps)), np.nan)
        for line, (at, value) in zip(values, parts, strict=True):
            line[np.searchsorted(steps, at)] = value
        return Series(steps, values)

    def trained(self, runs: Iterable[str], metric: str) -> Series | None:
        """The metric of some runs on their training look."""
        return self.of(runs, ("train", "", "", "", "", "train"), metric)
