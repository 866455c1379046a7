"""Run trainings in this process: compiled chunks, and between them logging, saving, evaluating, stopping."""

import contextlib
import dataclasses
import signal
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import yaml
from flax import serialization
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from kage.config import Config, difference, from_dict, to_dict
from kage.physics import same_dynamics
from kage.run import (
    EVAL,
    TRAIN,
    Run,
    RunError,
    checkpoints,
    read_rows,
    read_status,
    restore_together,
    save_together,
    unpack,
)
from kage.tasks import KageTask, kage_task
from kage.train import Trainer
from launch.console import say
from launch.experiment import Cell, Look
from launch.plan import Training, blocks, unmeasured
from launch.record import place, record
from launch.trackers import Trackers

SIZES = ("state_bytes", "policy_bytes")  # of each seed
SPENT = ("train_seconds", "steps_trained", "eval_seconds", "looks_measured")


def run_all(trainings: Sequence[Training], console: Console, fail_fast: bool = False) -> int:
    """Run what is not done yet, one training after the other; a failure leaves the others alone, unless `fail_fast`.

    Returns the exit code: 0, 1 if a training failed, 130 if it was stopped by a signal.
    """
    code = 0
    with stop_on_signal() as stop:
        for training in trainings:
            for seeds in blocks(training):
                try:
                    run_block(training, seeds, console, stop)
                except Exception as error:  # one failed training hides nothing of the others
                    if training.cell.cluster.name == "debug":
                        raise
                    kind = "" if isinstance(error, RunError) else f"{type(error).__name__}: "
                    where = "" if isinstance(error, RunError) else " (traceback in status.json)"
                    what = f"{training.folder.name} seeds {list(seeds)}: {kind}{error}{where}"
                    say(console, f"[red]failed[/] {escape(what)}")
                    code = 1
                    if fail_fast:
                        return code
                if stop.asked:
                    console.print("stopped and saved; the same command continues")
                    return 130
    return code


def run_block(training: Training, seeds: Sequence[int], console: Console, stop: "Stop") -> None:
    """Run seeds together; where memory does not hold them, in halves one after the other."""
    try:
        Block(training, seeds, console, stop).run()
    except Exception as error:
        if len(seeds) == 1 or "RESOURCE_EXHAUSTED" not in str(error):
            raise
    else:
        return
    half = len(seeds) // 2
    say(console, f"memory does not hold {len(seeds)} seeds together: {training.folder.name} goes on with {half}; "
        f"plan.seeds_per_job={half} starts like this")  # fmt: skip
    for part in (seeds[:half], seeds[half:]):
        if not stop.asked:
            run_block(training, part, console, stop)


class Stop:
    """Was this process asked to stop?"""

    asked = False


@contextlib.contextmanager
def stop_on_signal() -> Iterator[Stop]:
    """SIGINT and SIGTERM ask for a stop after the current chunk; a second SIGINT interrupts at once."""
    stop = Stop()

    def ask(signum, frame):
        if stop.asked and signum == signal.SIGINT:
            raise KeyboardInterrupt
        stop.asked = True

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Block:
    """One training with the seeds that are trained together."""

    def __init__(self, training: Training, seeds: Sequence[int], console: Console, stop: Stop):
        self.training, self.seeds, self.console, self.stop = training, list(seeds), console, stop
        self.cell: Cell = training.cell
        self.budget = self.cell.budget
        self.runs = [Run(training.run_folder(seed)) for seed in seeds]
        self.updates = self.cell.updates
        before = read_status(self.runs[0].folder)
        self.update = before["step"] // self.cell.agent.batch
        self.spent = {name: before.get(name, 0) for name in SPENT}  # by all seeds of the block together
        self.sizes = {name: before[name] for name in SIZES if name in before}
        self.speed = before.get("steps_per_second")  # of each seed

    def run(self) -> None:
        """Bring every seed to the end of the budget with every look measured. RunError says what stopped it."""
        with contextlib.ExitStack() as stack:
            for run in self.runs:
                stack.enter_context(run)
            try:
                self.tell_episodes()
                if self.finished() and not any(self.missing()):
                    say(self.console, f"done     {self.training.folder.name} seeds {escape(str(self.seeds))}")
                    return
                self.training = dataclasses.replace(self.training, looks=self.all_looks())
                task = self.tasks(self.training.looks[:1])[0]
                self.trainer = Trainer(self.cell.agent, task, self.seeds, self.cell.deterministic)
                if unfinished := not self.finished():
                    self.prepare()
                if self.update == self.updates and any(-1 in looks for looks in self.missing()):
                    self.start_over()
                    unfinished = True
                for run in self.runs:
                    run.describe(self.describe(), record() | {"seeds": self.seeds})
                self.trackers = stack.enter_context(contextlib.closing(self.tell_trackers()))
                if unfinished:
                    self.train()
                self.catch_up()
            except Exception as error:
                with contextlib.suppress(RunError):  # what was done stays done: only a look is lacking
                    state = "done" if self.finished() else "failed"
                    self.status(state, error=str(error), traceback=traceback.format_exc())
                raise

    def tell_episodes(self) -> None:
        """A line if earlier evaluations had another number of episodes than is asked for now: they stay as they are."""
        rows = (row for run in self.runs for row in read_rows(run.folder / EVAL) if row.get("split") == "train")
        if others := sorted({row["episodes"] for row in rows} - {self.budget.eval_episodes}):
            say(self.console, f"{self.training.folder.name} seeds {escape(str(self.seeds))} were evaluated with "
                f"{', '.join(map(str, others))} episodes; budget.eval_episodes={self.budget.eval_episodes} is for what "
                "is measured from now on, another experiment= measures all with it")  # fmt: skip

    def tell_trackers(self) -> Trackers:
        """The trackers that are asked for, told all that the run folders hold."""
        about = {run.folder: self.describe() | {"seed": seed} for run, seed in zip(self.runs, self.seeds, strict=True)}
        return Trackers(self.cell.tracker, about, lambda line: say(self.console, f"[yellow]warning[/] {escape(line)}"))

    def write(self, run: Run, name: str, rows: Sequence[dict]) -> None:
        """Rows of one step, if any, into the run's folder and its trackers."""
        if rows:
            run.log(name, rows)
            self.trackers.log(run.folder, name, rows)

    def prepare(self) -> None:
        """Restore or initialise the learners."""
        self.learners = self.trainer.init()
        parts = (self.learners, self.learners.params)
        self.sizes = {name: size(part) // len(self.seeds) for name, part in zip(SIZES, parts, strict=True)}
        like = self.trainer.split(self.learners)[0]
        restored = restore_together(self.runs, like)
        for run in self.runs:
            run.rewind(restored[0] if restored else -1)
        self.update, self.fresh = 0, restored is None
        if restored:
            self.update = restored[0] // self.cell.agent.batch
            self.learners = self.trainer.join(restored[1])
        self.saved = time.monotonic()

    def train(self) -> None:
        """Chunks of updates until the budget is spent or a stop is asked for."""
        if self.fresh:  # a saved state was evaluated before it was saved
            self.evaluate()
            self.save()
        with self.progress() as advance:
            while self.update < self.updates and not self.stop.asked:
                due = self.budget.eval_every - self.update % self.budget.eval_every
                size = min(self.budget.log_every, due, self.updates - self.update)
                begin = time.monotonic()
                self.learners, metrics = self.trainer.advance(self.learners, self.update, size)
                self.update += size
                seconds = time.monotonic() - begin
                steps = size * self.cell.agent.batch * len(self.seeds)
                speed = steps / seconds
                self.spent["train_seconds"] += seconds
                self.spent["steps_trained"] += steps
                self.log(metrics, speed)
                advance(speed, metrics)
                evaluated = self.update % self.budget.eval_every == 0 or self.update == self.updates
                if evaluated:
                    self.evaluate()
                if evaluated or self.stop.asked or time.monotonic() - self.saved >= self.budget.save_seconds:
                    self.save()
        if self.update == self.updates:
            self.status("done")

    def finished(self) -> bool:
        """Is every seed trained to the end?"""
        return all(read_status(run.folder)["state"] == "done" for run in self.runs)

    def missing(self) -> list[dict[int, list[Look]]]:
        """Looks to measure, by step, of each run; see `unmeasured`."""
        return [unmeasured(run.folder, self.training.looks) for run in self.runs]

    def all_looks(self) -> tuple[Look, ...]:
        """What is asked for now and what was asked of these runs before: earlier requests stay in force."""
        looks = {look.key: look for look in self.training.looks}
        for run in self.runs:
            looks = {look.key: look for look in known_looks(run.folder, self.cell.train)} | looks
        train = [key for key, look in looks.items() if look.split == "train"]
        return tuple(looks[key] for key in [*train, *(key for key in looks if key not in train)])

    def start_over(self) -> None:
        """Train runs again from step 0: new looks are asked for and their policies were not kept."""
        names = ", ".join(sorted({look.pair for looks in self.missing() for look in looks.get(-1, ())}))
        say(self.console, f"{self.training.folder.name} seeds {escape(str(self.seeds))} kept no policies, so they are "
            f"trained again to measure {names}; the earlier runs are kept as replaced-seed=... beside them; "
            "budget.keep_checkpoints=true would have saved this")  # fmt: skip
        for run in self.runs:
            run.put_aside()
        self.prepare()

    def catch_up(self) -> None:
        """Measure looks that were asked for later than their policies were trained, from kept policies."""
        like = jax.tree.map(lambda x: np.empty(x.shape[1:], x.dtype), jax.eval_shape(self.trainer.init).params)
        missing, kept = self.missing(), [checkpoints(run.folder) for run in self.runs]
        for step in sorted(set().union(*missing)):
            if self.stop.asked:
                break
            anyone = next(policies[step] for policies in kept if step in policies)  # in place of one that is not kept
            parts = [serialization.from_bytes(like, unpack(policies.get(step, anyone))[1]) for policies in kept]
            lacking = [looks.get(step, []) for looks in missing]
            self.evaluate(jax.tree.map(lambda *x: jnp.stack(x), *parts), step, lacking)
        if not self.stop.asked:
            self.status("done")

    def evaluate(self, params=None, step: int | None = None, lacking: Sequence[Sequence[Look]] | None = None) -> None:
        """Measure policies (default: the current ones) on the looks that each run lacks (default: all), and log a row
        per look and metric."""
        current = params is None
        params, step = (self.learners.params, self.step) if current else (params, step)
        lacking = [self.training.looks] * len(self.runs) if lacking is None else lacking
        looks = list({look.key: look for its in lacking for look in its}.values())
        begin = time.monotonic()
        unique = {look.id: look for look in looks}
        measured = self.trainer.evaluate(params, self.tasks(unique.values()), step, self.budget.eval_episodes)
        results = dict(zip(unique, measured, strict=True))
        agreed = self.agreement(params, step, unique.values())
        for i, (run, its) in enumerate(zip(self.runs, lacking, strict=True)):
            self.write(run, EVAL, [
                {"step": step} | look.names | {"metric": name, "value": float(value[i]), "episodes": episodes}
                for look in its
                for values, episodes in ((results[look.id], self.budget.eval_episodes),
                                         (agreed.get(look.id, {}), self.budget.agreement_episodes))
                for name, value in values.items()
            ])  # fmt: skip
            if current and self.budget.keep_checkpoints:
                run.checkpoint(step, jax.tree.map(lambda x, i=i: np.asarray(x[i]), params))
        self.spent["eval_seconds"] += time.monotonic() - begin
        self.spent["looks_measured"] += len(unique)
        told = []
        for look in looks:
            rates = zip(results[look.id]["success_rate"], lacking, strict=True)
            values = " ".join(f"{rate:.2f}" if look in its else "-" for rate, its in rates)
            told.append(f"{look.pair or look.label} {values}")
        say(self.console, f"step {step:>10,}  success rate by seed: {escape(', '.join(told))}")

    def agreement(self, params, step: int, looks: Iterable[Look]) -> dict[str, dict[str, np.ndarray]]:
        """Agreement of decisions with the training look, by look id, for the looks that change nothing but pixels."""
        twins = [look for look in looks if look.split == "eval" and same_dynamics(self.cell.train, look.config)]
        if not twins or not self.budget.agreement_episodes:
            return {}
        told = self.trainer.agreement(params, self.tasks(twins), step, self.budget.agreement_episodes)
        return dict(zip((look.id for look in twins), told, strict=True))

    def save(self) -> None:
        """Save every seed at this step."""
        self.status("saving")
        save_together(self.runs, self.step, self.trainer.split(self.learners))
        self.status("saved" if self.stop.asked else "running")
        self.saved = time.monotonic()

    def log(self, metrics: dict[str, np.ndarray], speed: float) -> None:
        """One row per seed for a chunk of updates, each the mean over the chunk."""
        for i, run in enumerate(self.runs):
            row = {name: mean(values[i]) for name, values in metrics.items()}
            self.write(run, TRAIN, [{"step": self.step, "steps_per_second": round(speed / len(self.seeds), 1)} | row])
        self.speed = round(speed / len(self.seeds), 1)
        self.status("running")

    def status(self, state: str, **more) -> None:
        """status.json of every seed."""
        total = self.updates * self.cell.agent.batch
        for run in self.runs:
            run.status(state, self.step, total=total, block=self.seeds, cost_id=self.cell.cost_id,
                       steps_per_second=self.speed, **place(), **self.spent, **self.sizes, **more)  # fmt: skip

    @property
    def step(self) -> int:
        """Environment steps of each seed so far."""
        return self.update * self.cell.agent.batch

    def tasks(self, looks: Iterable[Look]) -> list[KageTask]:
        """The task under each look."""
        return [kage_task(look.config, self.cell.task.pool) for look in looks]

    def describe(self) -> dict:
        """config.yaml: the training, resolved, and the looks it is measured on."""
        cell = self.cell
        sections = {name: dataclasses.asdict(getattr(cell, name)) for name in ("agent", "task", "budget")}
        looks = [look.names | {"change": changed(cell.train, look.config)} for look in self.training.looks]
        names = {"training_id": cell.training_id, "experiment": cell.experiment}
        return names | {"env": to_dict(cell.train)} | sections | {"looks": looks}

    @contextlib.contextmanager
    def progress(self):
        """A progress bar on a terminal, nothing elsewhere; yields a function to call after each chunk."""
        percent = TextColumn("{task.percentage:3.0f}%")
        columns = (TextColumn("{task.description}"), BarColumn(), percent, TimeRemainingColumn())
        with Progress(*columns, console=self.console, disable=not self.console.is_terminal) as bar:
            task = bar.add_task(self.cell.name, total=self.updates, completed=self.update)

            def advance(speed: float, metrics: dict[str, np.ndarray]) -> None:
                success = mean(metrics["success_rate"]) if "success_rate" in metrics else None
                text = "" if success is None else f", success {success:.2f}"
                bar.update(task, completed=self.update, description=f"{self.cell.name} {speed:,.0f} steps/s{text}")

            yield advance


def changed(train: Config, shifted: Config) -> dict[str, dict]:
    """What an evaluation look changes, as the overlay that makes it again."""
    overlay: dict[str, dict] = {}
    for key, (_, value) in difference(train, shifted).items():
        group, _, name = key.rpartition(".")
        (overlay.setdefault(group, {}) if group else overlay)[name] = value
    return overlay


def known_looks(folder: Path, train: Config) -> list[Look]:
    """The looks that a run folder's config.yaml names; none if there is no such file."""
    try:
        looks = yaml.safe_load((folder / "config.yaml").read_text())["looks"]
    except FileNotFoundError:
        return []
    names = ("split", "suite", "pair", "study", "dose", "look")
    return [Look(from_dict(look["change"], train), *map(look.get, names)) for look in looks if "change" in look]


def size(arrays) -> int:
    """Bytes of a tree of arrays, random keys among them."""
    return sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(arrays))


def mean(values: np.ndarray) -> float | None:
    """Mean of the finite values, None if there is none: JSON has no NaN."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size else None
