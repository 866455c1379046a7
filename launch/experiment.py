"""One cell of an experiment, typed: what to train, on what to evaluate it, how long, and how it is called."""

import dataclasses
import hashlib
import json
from dataclasses import dataclass

from kage.config import Config, difference, to_dict
from kage.params import group, param
from kage.ppo import PPOConfig


@group("task")
class TaskConfig:
    """What is trained on, and how it is observed."""

    name: str = param("kage", "the task family", among=("kage",))
    pool: int = param(1, "max-pooling of the frames", unit="px", low=1, high=8)


@group("budget")
class BudgetConfig:
    """How long to train and how often to evaluate."""

    name: str = param("paper", "the name that tables print")
    total_steps: int = param(25_000_000, "environment steps of a training, per seed", low=1)
    eval_every: int = param(50, "updates between evaluations; there is one at step 0 and one at the end", low=1)
    eval_episodes: int = param(128, "episodes of an evaluation, per look", low=1)
    log_every: int = param(5, "updates between rows of train.jsonl", low=1)
    save_seconds: float = param(120.0, "save at least this often", unit="s", low=0)
    keep_checkpoints: bool = param(False, "keep the policy of every evaluation")


@group("cluster")
class ClusterConfig:
    """Where to run."""

    name: str = param("local", "local: in this process", among=("local",))


@group("shift")
class ShiftConfig:
    """How tables name what is compared; pair files set it."""

    suite: str = param("custom", "suite of the pair")
    pair: str = param("custom", "name of the pair")


SECTIONS = {cls.KEY: cls for cls in (PPOConfig, TaskConfig, BudgetConfig, ClusterConfig, ShiftConfig)}
PLAIN = {"seed": 0, "outputs": "outputs", "experiment": "default", "eval": {}}
ENVIRONMENT = tuple(f.name for f in dataclasses.fields(Config))


@dataclass(frozen=True)
class Look:
    """A look to evaluate on: the training look, or the evaluation look of a pair."""

    config: Config
    split: str  # "train" or "eval"
    suite: str | None = None
    pair: str | None = None
    label: str = "train"  # what differs from the training look

    @property
    def id(self) -> str:
        """Identity of what is seen and played, whatever it is called."""
        return digest(to_dict(self.config))


@dataclass(frozen=True)
class Cell:
    """One training look with one seed and one evaluation look: a point of what a command line spans."""

    name: str  # readable, of the training look
    train: Config
    shifted: Config | None  # None: nothing but the training look is evaluated
    agent: PPOConfig
    task: TaskConfig
    budget: BudgetConfig
    shift: ShiftConfig
    seed: int
    outputs: str
    experiment: str

    @property
    def training_id(self) -> str:
        """Identity of the trained policy without its seed: all that can change it, nothing that can not."""
        return digest({
            "env": to_dict(self.train), "agent": dataclasses.asdict(self.agent),
            "task": dataclasses.asdict(self.task), "total_steps": self.budget.total_steps,
        })  # fmt: skip

    def looks(self) -> list[Look]:
        """The training look, then the shifted one."""
        looks = [Look(self.train, "train")]
        if self.shifted is not None:
            change = ", ".join(f"{key} {a} -> {b}" for key, (a, b) in difference(self.train, self.shifted).items())
            looks.append(Look(self.shifted, "eval", self.shift.suite, self.shift.pair, change or "no change"))
        return looks


def digest(content: object) -> str:
    """Ten hexadecimal digits that identify JSON content."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:10]

