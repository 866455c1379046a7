"""Measure policies on every case that is asked for. The results become rows of eval.jsonl."""

import contextlib
import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from kage.family import Case, Names
from kage.launch.experiment import Cell
from kage.params import ConfigError
from kage.recipe import Recipe
from kage.train import Trainer

Scores = dict[str, np.ndarray]  # metric -> (seeds,) f32


@dataclass(frozen=True)
class Measured:
    """Results of the policies of several seeds at one step, by the id of the case."""

    step: int
    scores: dict[str, Scores]  # of whole episodes
    agreed: dict[str, Scores]  # agreement of decisions with the training case, where these can be compared
    episodes: int
    agreement_episodes: int

    def rows(self, case: Case, seed: int) -> list[dict]:
        """The rows of a case, one per metric; seed: the position of the seed in the block."""
        parts = (self.scores[case.id], self.episodes), (self.agreed.get(case.id, {}), self.agreement_episodes)
        return [
            {"step": self.step} | case.names | {"metric": name, "value": float(values[seed]), "episodes": episodes}
            for scores, episodes in parts for name, values in scores.items()
        ]  # fmt: skip


class Measuring:
    """Measures the policies of a training. Cases that differ only in their names are measured once."""

    def __init__(self, trainer: Trainer, cell: Cell):
        self.trainer, self.family, self.world, self.budget = trainer, cell.recipe.family, cell.world, cell.budget

    def __call__(self, params: Any, step: int, cases: Sequence[Case], episodes: int) -> Measured:
        """Scores and agreement of policies, with a leading axis of seeds, on every case; scores on so many episodes."""
        unique = {case.id: case for case in cases}
        plays = [(self.family.task(case.world), self.family.level(case)) for case in unique.values()]
        scores = self.trainer.evaluate(params, plays, step, episodes)
        return Measured(
            step=step, scores=dict(zip(unique, scores, strict=True)),
            agreed=self.agreement(params, step, unique.values()), episodes=episodes,
            agreement_episodes=self.budget.agreement_episodes,
        )  # fmt: skip

    def agreement(self, params: Any, step: int, cases: Iterable[Case]) -> dict[str, Scores]:
        """Agreement of decisions with the training case, for the cases that change only what is seen."""
        twins = [case for case in cases if case.split == "eval" and self.family.twins(self.world, case.world)]
        if not twins or not self.budget.agreement_episodes:
            return {}
        tasks = [self.family.task(case.world) for case in twins]
        found = self.trainer.agreement(params, tasks, step, self.budget.agreement_episodes)
        return dict(zip((case.id for case in twins), found, strict=True))


@dataclass(frozen=True)
class Requests:
    """What earlier commands asked of a run, as its config.yaml says."""

    cases: list[Case]
    gone: list[dict]  # entries of config.yaml whose pictures were replaced since: no policy can be measured on them
    suites: dict[str, Sequence[str]]  # suite -> its pairs


def requested(folder: Path, recipe: Recipe) -> Requests:
    """What earlier commands asked of a run; nothing if it has no config.yaml."""
    try:
        config = yaml.safe_load((folder / "config.yaml").read_text())
    except FileNotFoundError:
        return Requests([], [], {})
    cases, gone = [], []
    for look in config["looks"]:
        names = {name: look.get(name) for name in ("split", "suite", "pair", "study", "dose")}
        with contextlib.suppress(ConfigError):  # a picture that is not there any more
            case = dataclasses.replace(recipe.family.cases(recipe.world, look["change"], Names())[-1], **names)
            if case.split == "eval" and not look["change"]:  # a control, which is trained on its evaluation look
                case = dataclasses.replace(case, change=look["look"])
            if case.id == look["look_id"]:
                cases.append(case)
                continue
        gone.append(look)
    return Requests(cases, gone, config.get("suites", {}))
