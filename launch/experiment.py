"""One cell of an experiment, typed: what to train, how long, on which cases to evaluate it, and what it is called."""

from dataclasses import dataclass

from kage.family import Case, World
from kage.identity import digest
from kage.launch.sbatch import added
from kage.params import fault, group, param
from kage.recipe import TRACKS, Recipe


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
    warning: int = param(120, "how long before its limit a job saves and requeues", unit="s", low=1)
    parallel: int = param(256, "jobs of an array that run at the same time", low=1)
    trainings_per_job: int = param(1, "trainings that share a job's GPUs, side by side", low=1)
    report: bool = param(True, "a last job writes the gap table when all others have ended")
    setup: list[str] = param([], "shell lines before the job's command, say module load cuda")
    python: str | None = param(None, "how a job calls Python; null: the interpreter that submits")
    notify: str | None = param(None, "what to call at the end: a command, which reads the states of the runs as JSON, "
                               "or a URL, which gets them by POST")  # fmt: skip
    options: list[str] = param([], "more options of sbatch: constraint=a100, exclusive, mail-type=END")

    @property
    def added(self) -> dict[str, str | bool]:
        """`options` by name, True for one without a value. ConfigError for one that is not allowed."""
        return added(self.options, {f"cluster.{name}": value for name, value in vars(self).items()})

    def rules(self):
        for name in ("partition", "account", "qos"):
            if not (getattr(self, name) or "").isprintable():
                raise fault(f"cluster.{name}", getattr(self, name), "one line of text")
        self.added  # noqa: B018, raises for an option that is not allowed
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

    covered: bool = param(False, "train although levels can draw an evaluation look, or one close to it")
    share: bool = param(True, "pairs with the same training look share its trainings; false: each trains its own")
    seeds_per_job: int | None = param(None, "seeds trained together; null: all, halved as long as memory runs out",
                                      low=1)  # fmt: skip


@group("tracker")
class TrackerConfig:
    """Where the rows of train.jsonl and eval.jsonl are shown as well, with the extra trackers."""

    tensorboard: bool = param(False, "TensorBoard: event files in each run folder")
    wandb: bool = param(False, "Weights & Biases: a run per seed, set up by its own WANDB_... variables")


@group("tuned")
class TunedConfig:
    """How the settings of the method were found, for tables to say it; kage search prints these keys."""

    trials: int = param(0, "settings that were tried before these; 0: none were searched", low=0)
    on: str = param("train", "what they were judged by: the training look alone, or evaluation looks, which are then "
                    "unseen no more", among=("train", "eval"))  # fmt: skip


@group("train")
class TrainConfig:
    """How a training is computed, and on which look of a pair."""

    deterministic: bool = param(False, "on a GPU, only operations that repeat bit by bit; CPUs have no others")
    look: str = param("train", "eval: a control that trains on the evaluation look of the pair, to show how hard that "
                      "look is in itself", among=("train", "eval"))  # fmt: skip


# Sections that say how an experiment is done. What is learnt in it is said by the sections of the recipe.
OURS = {cls.KEY: cls for cls in (BudgetConfig, TrainConfig, ClusterConfig, ShiftConfig, PlanConfig, TrackerConfig,
                                 TunedConfig)}  # fmt: skip
PLAIN = {"seed": 0, "outputs": "outputs", "experiment": "default", "eval": {}, "sweep": []}

LONGEST_NAME = 120  # bytes: file systems allow 143 to 255, and an id is added


@dataclass(frozen=True)
class Cell:
    """One recipe with one seed, and the cases it is measured on: one point of the grid of a command line."""

    words: tuple[str, ...]  # what is trained, in short, see `kage.launch.compose.names`; the last one is the budget
    recipe: Recipe
    cases: tuple[Case, ...]  # the training case first
    budget: BudgetConfig
    cluster: ClusterConfig
    plan: PlanConfig
    shift: ShiftConfig
    members: tuple[str, ...]  # the pairs of its suite, from the option files; empty for a suite that no file names
    tracker: TrackerConfig
    tuned: TunedConfig
    deterministic: bool
    on_eval: bool  # a control: the training look is the evaluation look of the pair
    seed: int
    outputs: str
    experiment: str

    @property
    def name(self) -> str:
        """A readable name of the training, for its folder. If it is too long, +3 stands for the last three words before
        the budget."""
        *words, budget = self.words
        for count in range(len(words), 0, -1):
            left_out = [f"+{len(words) - count}"] if count < len(words) else []
            name = "-".join([*words[:count], *left_out, budget])
            if len(name.encode()) <= LONGEST_NAME:
                return name
        return budget

    @property
    def world(self) -> World:
        """The world of the training."""
        return self.recipe.world

    @property
    def shifted(self) -> World | None:
        """The world of the evaluation case; None if only the training case is measured."""
        return self.cases[-1].world if len(self.cases) > 1 else None

    @property
    def training_id(self) -> str:
        """Identity of the trained policy without its seed, see `kage.recipe.Recipe.id`. If pairs share no trainings,
        the pair is part of the identity. A control on the evaluation look is apart from other trainings on that look,
        because tables give it a name of its own."""
        alone = {} if self.plan.share else {"alone": [self.shift.suite, self.shift.pair, self.shift.study]}
        control = {"trained on": "eval"} if self.on_eval else {}
        return digest(self.recipe.spoken() | alone | control)

    @property
    def label(self) -> str:
        """The name of the method in tables."""
        return f"{self.recipe.label}-on_eval" if self.on_eval else self.recipe.label

    @property
    def track(self) -> str:
        """What training knows of the looks that are asked for, one of `kage.recipe.TRACKS`."""
        return max(self.recipe.track, TRACKS[int(self.on_eval)], key=TRACKS.index)

    @property
    def evaluations(self) -> int:
        """Number of evaluations of a training: at step 0, at every interval, and at the end."""
        return 1 + -(-self.recipe.updates // self.budget.eval_every)
