"""kage search: Optuna chooses settings of a method. Every trial is an ordinary training of `kage run`.

Which settings were tried stands in outputs/<experiment>/search-<id>.json. What they scored is read from run folders, so
a repeated command continues, trials are shared with all other commands, and on SLURM each call submits what is next.
"""

import argparse
import contextlib
import fcntl
import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kage.analysis.metrics import Family, Metric
from kage.analysis.select import RULES, rule_text
from kage.console import console, counted, say
from kage.extras import need
from kage.identity import digest
from kage.launch.beforehand import checked, doubts
from kage.launch.compose import cells
from kage.launch.plan import Training, training_state
from kage.launch.space import Axis, Choices, divided
from kage.launch.start import STOPPED, only_cpu, train
from kage.params import ConfigError, fault
from kage.runs.files import RunError, write
from kage.runs.trials import EVAL, TRAIN, note_trials

ELSEWHERE = ("outputs", "experiment", "cluster", "plan", "tracker")  # what does not change the result of a trial
DONE, OPEN, FAILED = "done", "open", "failed"
AT_ONCE = 8  # trials at the same time on SLURM
Settings = tuple[tuple[str, str], ...]  # keys and values of a trial


def main(arguments: list[str]) -> int:
    """kage search ARGS. Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="kage search", description="search settings of a method; each trial is a training as kage run makes it, "
        "and a repeated command continues")  # fmt: skip
    parser.add_argument("overrides", nargs="*", help="as for kage run; a key of agent or encoder with several values, "
                        "'range(1,5)', 'interval(0.9,0.999)' or 'tag(log,interval(1e-4,1e-2))' is searched")
    parser.add_argument("--trials", type=int, default=20, metavar="N", help="how many in all, %(default)s; a larger "
                        "number continues an earlier search")  # fmt: skip
    parser.add_argument("--objective", choices=[TRAIN, EVAL], default=TRAIN, help="train, the usual one: success on "
                        "the training look alone; eval: on the evaluation looks, which every table then marks")
    parser.add_argument("--at", choices=list(RULES), default="max", help="which evaluation counts, as for kage report")
    parser.add_argument("--parallel", type=int, metavar="N", help=f"trials at the same time with cluster=slurm, "
                        f"{AT_ONCE}; Optuna learns from those that have ended")  # fmt: skip
    parser.add_argument("--yes", action="store_true", help="start although budget=paper would take hours on a CPU")
    options = parser.parse_intermixed_args(arguments)
    for name, value in (("--trials", options.trials), ("--parallel", options.parallel)):
        if value is not None and value < 1:
            raise fault(name, value, "a whole number, at least 1", 1)
    need("optuna", "search")
    axes, rest = divided(options.overrides)
    search = Search(axes, rest, options.objective, options.at)
    if options.parallel and not search.slurm:
        raise fault("--parallel", options.parallel,
                    "only with cluster=slurm; here one trial is trained after the other")  # fmt: skip
    if not options.yes and (found := search.doubts()):
        raise ConfigError(f"every trial is {found}; --yes starts it as it is")
    return search.go(options.trials, options.parallel or (AT_ONCE if search.slurm else 1), console())


@dataclass(frozen=True)
class Trial:
    """One set of settings, and what came of it."""

    settings: Settings
    trainings: tuple[Training, ...]  # none if the settings are not allowed together
    state: str
    value: float | None = None


class Search:
    """What is searched, and the settings that were tried so far."""

    def __init__(self, axes: Sequence[Axis], rest: Sequence[str], objective: str, at: str):
        """rest: the overrides of every trial. ConfigError if an end of a range, or a choice, is not allowed."""
        self.axes, self.rest, self.objective, self.at = list(axes), list(rest), objective, at
        if own := [text for text in rest if text.startswith("tuned.")]:
            raise ConfigError(f"{own[0]} is not allowed: kage search says itself what is tuned")
        first = {axis.key: axis.ends[0] for axis in axes}
        for axis in axes:
            for end in axis.ends:
                found = cells(self.arguments(tuple((first | {axis.key: end}).items())))
        if objective == EVAL and any(cell.shifted is None for cell in found):
            raise ConfigError("--objective eval needs evaluation looks: choose pair=<name>")
        self.slurm = found[0].cluster.name == "slurm"
        self.seeds = sorted({cell.seed for cell in found})
        kind = found[0].recipe.family
        self.family = Family(kind.name, tuple(Metric(one.name, one.unit) for one in kind.metrics))
        self.attempted: set[Settings] = set()  # trials that this command has trained: what fails now has failed
        self.composed: dict[Settings, tuple[Training, ...]] = {}  # none for settings that are not allowed together
        self.values: dict[Settings, float] = {}  # of trials that are done
        same = [text for text in rest if text.lstrip("+").partition("=")[0].split(".")[0] not in ELSEWHERE]
        self.about = {"searched": list(map(repr, axes)), "overrides": sorted(same), "objective": objective, "at": at}
        self.path = Path(found[0].outputs) / found[0].experiment / f"search-{digest(self.about)}.json"
        self.tried: list[Settings] = []

    def arguments(self, settings: Settings) -> list[str]:
        """The arguments of `kage run` for a trial."""
        return [*self.rest, *(f"{key}={value}" for key, value in settings)]

    def read(self) -> list[Settings]:
        """The settings that earlier commands tried. RunError for a damaged file."""
        try:
            return [tuple(one.items()) for one in json.loads(self.path.read_bytes())["trials"]]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, AttributeError) as error:
            raise RunError(f"{self.path} cannot be read: {error}; move it away to begin the search again") from None

    def doubts(self) -> str:
        """Why a trial is probably not what was meant; empty if there is no doubt."""
        first = tuple((axis.key, axis.ends[0]) for axis in self.axes)
        on_cpu = not self.slurm and only_cpu()
        return doubts(checked(self.arguments(first)), on_cpu, looks=False)

    def go(self, wanted: int, at_once: int, console: Console) -> int:
        """Train until `wanted` trials have ended, or submit what is next. Returns the exit code. RunError if another
        command searches the same."""
        with self.alone():
            self.tried = self.read()
            return self.work(wanted, at_once, console)

    def work(self, wanted: int, at_once: int, console: Console) -> int:
        """`go`, when no other command searches the same."""
        while True:
            trials = [self.trial(settings) for settings in self.tried]
            running = [trial for trial in trials if trial.state == OPEN]
            for _ in range(min(wanted - len(trials), at_once - len(running))):
                self.tried.append(suggested(self.axes, trials))
                trials.append(self.trial(self.tried[-1]))
                self.keep()
            self.note(trials)
            open_ = [trial for trial in trials if trial.state == OPEN]
            if not open_ and len(trials) >= wanted:
                break
            for number, trial in enumerate(trials, 1):
                if trial.state == OPEN:
                    say(console, f"trial {number} of {wanted}: {in_words(trial.settings)}", markup=False)
            code = train(unique(open_), console) if open_ else 0
            if code is None:
                say(console, "the same command goes on with the results when these jobs have ended", markup=False)
                break
            if code == STOPPED:
                return code
            self.attempted |= {trial.settings for trial in open_}
            after = [self.trial(trial.settings) for trial in open_]
            if open_ and all(trial.state == OPEN for trial in after):
                return code or 1  # another process works on them
            for trial in after:
                if trial.state == DONE:
                    score = f"{self.family.telling.prose} {trial.value:.3f}"
                    say(console, f"{score}: {in_words(trial.settings)}", markup=False)
        self.show([self.trial(settings) for settings in self.tried], wanted, console)
        return 0

    def trial(self, settings: Settings) -> Trial:
        """What came of some settings so far. What failed in an earlier command is tried once more."""
        trainings = self.trainings(settings)
        states = {training_state(training, seed) for training in trainings for seed in training.seeds}
        if not trainings or "failed" in states and settings in self.attempted:
            return Trial(settings, trainings, FAILED)
        if states != {"done"}:
            return Trial(settings, trainings, OPEN)
        if settings not in self.values:
            self.values[settings] = self.value(trainings)
        return Trial(settings, trainings, DONE, self.values[settings])

    def trainings(self, settings: Settings) -> tuple[Training, ...]:
        """The trainings of a trial; none if no value alone is wrong, but they do not fit together."""
        if settings not in self.composed:
            try:
                self.composed[settings] = tuple(checked(self.arguments(settings)))
            except ConfigError:
                self.composed[settings] = ()
        return self.composed[settings]

    def value(self, trainings: Sequence[Training]) -> float:
        """The objective of a trial: mean over looks of the mean over seeds of the telling metric."""
        from kage.analysis.collect import collect
        from kage.analysis.select import categories, most_exact, once, select

        rows, faults = collect(training.run_folder(seed) for training in trainings for seed in training.seeds)
        if faults:
            raise RunError(faults[0])
        looks = {case.id for training in trainings for case in training.cases if case.split == self.objective}
        rows = select(most_exact(once(categories(rows))), self.at, family=self.family)
        judged = (rows.metric == self.family.telling.name) & (rows.split == self.objective)
        rows = rows[judged & rows.look_id.isin(looks)]
        return float(rows.groupby(["training_id", "look_id"], observed=True)["value"].mean().mean())

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the lock of the search, as long as the block runs. RunError if another command holds it."""
        path = self.path.with_suffix(".lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "ab") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield
        except BlockingIOError:
            raise RunError(f"{self.path}: another kage search works on it; wait for it, or stop it") from None

    def keep(self) -> None:
        """Write which settings were tried."""
        about = self.about | {"trials": [dict(settings) for settings in self.tried]}
        write(self.path, json.dumps(about, indent=1).encode())

    def note(self, trials: Sequence[Trial]) -> None:
        """Note beside the runs of every trial how many there are, for tables."""
        for training in unique(trials):
            note_trials(training.folder, len(trials), self.objective)

    def show(self, trials: Sequence[Trial], wanted: int, console: Console) -> None:
        """Print the trials, best first, and the command that trains the best settings with other seeds."""
        table = Table()
        for header in ("trial", *(axis.key for axis in self.axes), self.family.telling.prose):
            table.add_column(escape(header), overflow="fold")
        order = sorted(enumerate(trials, 1), key=lambda one: (one[1].value is None, -(one[1].value or 0)))
        for number, trial in order:
            value = trial.state if trial.value is None else f"{trial.value:.3f}"
            table.add_row(str(number), *(escape(text) for _, text in trial.settings), value)
        console.print(table)
        ended = [trial for _, trial in order if trial.value is not None]
        looks = "the training look alone" if self.objective == TRAIN else "the evaluation looks"
        say(console, f"{counted(len(ended), 'trial')} of {wanted} done; {self.family.telling.prose} on {looks}, mean "
            f"over {counted(len(self.seeds), 'seed')}; {rule_text(self.at, self.family)}", markup=False)  # fmt: skip
        if ended:
            text = shlex.join(["kage", "run", *self.best(ended[0], len(trials))])
            say(console, f"the best of several is too good by chance: for its true value, train it with other seeds\n"
                f"  {text}", markup=False)  # fmt: skip
        if self.objective == EVAL:
            say(console, "chosen on evaluation looks: every table marks it, and they are unseen no more", markup=False)

    def best(self, trial: Trial, number: int) -> list[str]:
        """The arguments of `kage run` that train a trial's settings with seeds that no trial had."""
        rest = [text for text in self.arguments(trial.settings) if not text.startswith("seed=")]
        begin = self.seeds[-1] + 1
        return [*rest, f"seed=range({begin},{begin + 5})", f"tuned.trials={number}", f"tuned.on={self.objective}"]


def suggested(axes: Sequence[Axis], trials: Sequence[Trial]) -> Settings:
    """What Optuna tries next. The same trials give the same settings, so a command that was killed continues as if it
    had not been. Trials that have not ended count as bad ones, so that settings beside them are not tried too."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    space = {axis.key: distribution(axis) for axis in axes}
    sampler = optuna.samplers.TPESampler(seed=len(trials), constant_liar=True)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    states = {DONE: optuna.trial.TrialState.COMPLETE, OPEN: optuna.trial.TrialState.RUNNING,
              FAILED: optuna.trial.TrialState.FAIL}  # fmt: skip
    for trial in trials:
        given = dict(trial.settings)
        params = {axis.key: axis.read(given[axis.key]) for axis in axes}
        study.add_trial(optuna.create_trial(state=states[trial.state], value=trial.value, params=params,
                                            distributions=space))  # fmt: skip
    params = study.ask(space).params
    return tuple((axis.key, axis.text(params[axis.key])) for axis in axes)


def distribution(axis: Axis):
    """Optuna's distribution of an axis."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(axis, Choices):
        return CategoricalDistribution(axis.values)
    return (IntDistribution if axis.whole else FloatDistribution)(axis.low, axis.high, log=axis.log)


def unique(trials: Sequence[Trial]) -> list[Training]:
    """The trainings of trials, those that several share once."""
    return list({training.folder: training for trial in trials for training in trial.trainings}.values())


def in_words(settings: Settings) -> str:
    """Settings as they are typed."""
    return " ".join(f"{key}={value}" for key, value in settings)
