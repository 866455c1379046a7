"""One cell of an experiment, typed: what to train, on what to evaluate it, how long, and how it is called."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from kage.config import Config, difference, to_dict
from kage.params import fault, group, param, value_text
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
    agreement_episodes: int = param(16, "episodes that compare a policy's decisions under both looks", low=0)
    log_every: int = param(5, "updates between rows of train.jsonl", low=1)
    save_seconds: float = param(120.0, "save at least this often", unit="s", low=0)
    keep_checkpoints: bool = param(False, "keep the policy of every evaluation")


@group("cluster")
class ClusterConfig:
    """Where to run, and what each SLURM job asks for. Null leaves a choice to the cluster's own default."""

    name: str = param("local", "local: in this process, debug: too, but the first error ends it with its traceback; "
                      "slurm: submit job arrays and return", among=("local", "debug", "slurm"))  # fmt: skip
    partition: str | None = param(None, "sbatch --partition")
    account: str | None = param(None, "sbatch --account")
    qos: str | None = param(None, "sbatch --qos")
    gpus: int | None = param(1, "GPUs of a job; null asks for none", low=1)
    cpus: int | None = param(4, "CPU cores of a job", low=1)
    memory: float | None = param(None, "main memory of a job", unit="GB", above=0)
    time: int = param(240, "time limit of a job; longer trainings continue in the next one", unit="min", low=1)
    warning: int = param(120, "how long before the limit a job is told to save and to requeue", unit="s", low=1)
    parallel: int = param(256, "jobs of an array that run at the same time", low=1)
    trainings_per_job: int = param(1, "trainings that share a job's GPUs, side by side", low=1)
    report: bool = param(True, "a last job writes the gap table when all others have ended")
    setup: list[str] = param([], "shell lines before the job's command, say module load cuda")
    python: str | None = param(None, "how a job calls Python; null: the interpreter that submits")
    options: list[str] = param([], "more options of sbatch: constraint=a100, exclusive, mail-type=END")

    def rules(self):
        if self.warning >= 60 * self.time:
            raise fault("cluster.warning", self.warning, f"shorter than cluster.time, {self.time} min, in seconds",
                        60 * self.time - 1)  # fmt: skip


@group("shift")
class ShiftConfig:
    """How tables name what is compared; pair files set it."""

    suite: str = param("custom", "suite of the pair")
    pair: str = param("custom", "name of the pair")
    study: str = param("", "name of the dose-response study, or the keys that a grid sweeps; empty outside one")
    dose: str = param("", "the values of the swept keys; set by the grid")


@group("plan")
class PlanConfig:
    """How cells become trainings."""

    share: bool = param(True, "pairs with the same training look share its trainings; false: each trains its own")
    seeds_per_job: int | None = param(None, "seeds trained together; null: all, halved as long as memory runs out",
                                      low=1)  # fmt: skip


@group("tracker")
class TrackerConfig:
    """Where the rows of train.jsonl and eval.jsonl are shown as well, with the extra trackers."""

    tensorboard: bool = param(False, "TensorBoard: event files in each run folder")
    wandb: bool = param(False, "Weights & Biases: a run per seed, set up by its own WANDB_... variables")


@group("train")
class TrainConfig:
    """How a training is computed, whatever it learns."""

    deterministic: bool = param(False, "on a GPU, only operations that repeat bit by bit; CPUs have no others")


PARTS = (PPOConfig, TaskConfig, BudgetConfig, TrainConfig, ClusterConfig, ShiftConfig, PlanConfig, TrackerConfig)
SECTIONS = {cls.KEY: cls for cls in PARTS}
# Hyper-parameters that change what is learnt in a step and not what it costs.
FREE = {"learning_rate", "gamma", "gae_lambda", "clip", "value_clip", "entropy_weight", "value_weight",
        "max_gradient_norm", "adam_eps", "reward_scale"}  # fmt: skip
PLAIN = {"seed": 0, "outputs": "outputs", "experiment": "default", "eval": {}, "sweep": []}
ENVIRONMENT = tuple(f.name for f in dataclasses.fields(Config))


@dataclass(frozen=True)
class Look:
    """A look to evaluate on: the training look, or the evaluation look of a pair."""

    config: Config
    split: str  # "train" or "eval"
    suite: str | None = None
    pair: str | None = None
    study: str | None = None
    dose: str | None = None
    label: str = "train"  # what differs from the training look

    @property
    def id(self) -> str:
        """Identity of what is seen and played, whatever it is called."""
        return digest(to_dict(self.config))

    @property
    def names(self) -> dict[str, str | None]:
        """How rows of measurements call it."""
        return {"split": self.split, "suite": self.suite, "pair": self.pair, "study": self.study, "dose": self.dose,
                "look": self.label, "look_id": self.id}  # fmt: skip

    @property
    def key(self) -> tuple[str | None, ...]:
        """What tells a measurement of it from others in the same run; `measured` gives the same of a row."""
        return measured(self.names)


def measured(row: Mapping) -> tuple[str | None, ...]:
    """The key of the look that a row of eval.jsonl is about; rows before there were studies name none."""
    names = ("split", "suite", "pair", "study", "dose", "look_id")
    return tuple(row.get(name) or None for name in names)


@dataclass(frozen=True)
class Cell:
    """One training look with one seed and one evaluation look: a point of what a command line spans."""

    name: str  # readable, of the training look
    train: Config
    shifted: Config | None  # None: nothing but the training look is evaluated
    agent: PPOConfig
    task: TaskConfig
    budget: BudgetConfig
    cluster: ClusterConfig
    plan: PlanConfig
    shift: ShiftConfig
    tracker: TrackerConfig
    deterministic: bool
    seed: int
    outputs: str
    experiment: str

    @property
    def training_id(self) -> str:
        """Identity of the trained policy without its seed: all that can change it, nothing that can not."""
        alone = {} if self.plan.share else {"alone": [self.shift.suite, self.shift.pair, self.shift.study]}
        return digest(alone | {
            "env": to_dict(self.train), "agent": dataclasses.asdict(self.agent),
            "task": dataclasses.asdict(self.task), "total_steps": self.budget.total_steps,
        })  # fmt: skip

    @property
    def cost_id(self) -> str:
        """Identity of what decides the cost of a step: measured speeds carry over between equal ones."""
        size = (self.train.H // self.task.pool, self.train.W // self.task.pool)
        agent = {name: value for name, value in dataclasses.asdict(self.agent).items() if name not in FREE}
        return digest({"agent": agent, "task": dataclasses.asdict(self.task), "size": size})

    @property
    def updates(self) -> int:
        """Updates that the budget pays for."""
        return max(1, self.budget.total_steps // self.agent.batch)

    @property
    def evaluations(self) -> int:
        """Evaluations of a training: at step 0, at every interval, and at the end."""
        return 1 + -(-self.updates // self.budget.eval_every)

    def looks(self) -> list[Look]:
        """The training look, then the shifted one."""
        looks = [Look(self.train, "train")]
        if self.shifted is not None:
            shift = self.shift
            label = told(difference(self.train, self.shifted)) or "no change"
            looks.append(Look(self.shifted, "eval", shift.suite, shift.pair, shift.study, shift.dose, label))
        return looks


def told(change: Mapping[str, tuple[object, object]]) -> str:
    """A change of parameters in words: filters.brightness 0 -> 1."""
    return ", ".join(f"{key} {value_text(a)} -> {value_text(b)}" for key, (a, b) in change.items())


def digest(content: object) -> str:
    """Ten hexadecimal digits that identify JSON content."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:10]

