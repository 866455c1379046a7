"""Run trainings in this process: compiled chunks, and between them logging, saving, evaluating, stopping."""

import contextlib
import dataclasses
import signal
import time
import traceback
from collections.abc import Iterator, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from flax import serialization
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from kage.config import to_dict
from kage.run import (
    EVAL,
    STATE,
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
from kage.tasks import kage_task
from kage.train import Trainer
from launch.experiment import Cell, Look
from launch.plan import Training
from launch.record import record


def run_all(trainings: Sequence[Training], console: Console) -> int:
    """Run what is not done yet, one training after the other; a failure leaves the others alone.

    Returns the exit code: 0, 1 if a training failed, 130 if it was stopped by a signal.
    """
    code = 0
    with stop_on_signal() as stop:
        for training in trainings:
            for seeds in blocks(training):
                try:
                    Block(training, seeds, console, stop).run()
                except Exception as error:  # one failed training hides nothing of the others
                    kind = "" if isinstance(error, RunError) else f"{type(error).__name__}: "
                    where = "" if isinstance(error, RunError) else " (traceback in status.json)"
                    what = f"{training.folder.name} seeds {list(seeds)}: {kind}{error}{where}"
                    say(console, f"[red]failed[/] {escape(what)}")
                    code = 1
                if stop.asked:
                    console.print("stopped and saved; the same command continues")
                    return 130
    return code


def say(console: Console, line: str) -> None:
    """One line, however long: files and pipes get it unbroken."""
    console.print(line, highlight=False, soft_wrap=True)


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


def blocks(training: Training) -> list[tuple[int, ...]]:
    """Seeds to train together: those that were, and all fresh ones."""
    together: dict[tuple, list[int]] = {}
    for seed in training.seeds:
        folder = training.folder / f"seed={seed}"
        key = tuple(read_status(folder).get("block", ())) if (folder / STATE).exists() else ()
        together.setdefault(key, []).append(seed)
    return [tuple(seeds) for seeds in together.values()]


class Block:
    """One training with the seeds that are trained together."""

    def __init__(self, training: Training, seeds: Sequence[int], console: Console, stop: Stop):
        self.training, self.seeds, self.console, self.stop = training, list(seeds), console, stop
        self.cell: Cell = training.cell
        self.budget = self.cell.budget
        self.runs = [Run(training.folder / f"seed={seed}") for seed in seeds]
        self.updates = max(1, self.budget.total_steps // self.cell.agent.batch)

    def run(self) -> None:
        """Bring every seed to the end of the budget with every look measured. RunError says what stopped it."""
        with contextlib.ExitStack() as stack:
            for run in self.runs:
                stack.enter_context(run)
            try:
                if all(read_status(run.folder)["state"] == "done" for run in self.runs) and not self.missing():
                    say(self.console, f"done     {self.training.folder.name} seeds {escape(str(self.seeds))}")
                    return
                self.prepare()
                self.train()
                self.catch_up()
            except Exception as error:
                with contextlib.suppress(RunError):
                    self.status("failed", error=str(error), traceback=traceback.format_exc())
                raise

    def prepare(self) -> None:
        """Compile nothing yet: open the folders, restore or initialise the learners."""
        self.trainer = Trainer(self.cell.agent, self.task(self.training.looks[0]), self.seeds)
        self.learners = self.trainer.init()
        like = self.trainer.split(self.learners)[0]
        restored = restore_together(self.runs, like)
        for run in self.runs:
            run.describe(self.describe(), record() | {"seeds": self.seeds})
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
                speed = size * self.cell.agent.batch * len(self.seeds) / (time.monotonic() - begin)
                self.log(metrics, speed)
                advance(speed, metrics)
                evaluated = self.update % self.budget.eval_every == 0 or self.update == self.updates
                if evaluated:
                    self.evaluate()
                if evaluated or self.stop.asked or time.monotonic() - self.saved >= self.budget.save_seconds:
                    self.save()
        if not self.stop.asked:
            self.status("done")

    def catch_up(self) -> None:
        """Measure looks that were asked for later than their policies were trained, from kept policies."""
        if self.stop.asked or not (missing := self.missing()):
            return
        kept = [checkpoints(run.folder) for run in self.runs]
        steps = sorted(set.intersection(*(set(found) for found in kept)))
        if not steps:
            names = ", ".join(sorted({look.pair or look.label for look in missing}))
            raise RunError(f"{self.training.folder} is finished and kept no policies, so {names} cannot be measured; "
                           "train again under another experiment=..., with budget.keep_checkpoints=true")  # fmt: skip
        like = jax.tree.map(lambda x: np.asarray(x[0]), self.learners.params)
        for step in steps:
            parts = [serialization.from_bytes(like, unpack(found[step])[1]) for found in kept]
            self.evaluate(jax.tree.map(lambda *x: jnp.stack(x), *parts), step, missing)

    def missing(self) -> list[Look]:
        """Looks without a measurement at the last step that has any."""
        looks = {}
        for run in self.runs:
            rows = read_rows(run.folder / EVAL)
            have = {(row["pair"], row["look_id"]) for row in rows}
            looks |= {(look.pair, look.id): look for look in self.training.looks if (look.pair, look.id) not in have}
        return list(looks.values())

    def evaluate(self, params=None, step: int | None = None, looks: Sequence[Look] | None = None) -> None:
        """Measure policies (default: the current ones) on looks (default: all) and log a row per look and metric."""
        current = params is None
        params, step = (self.learners.params, self.step) if current else (params, step)
        looks = self.training.looks if looks is None else looks
        unique = {look.id: look for look in looks}
        tasks = [self.task(look) for look in unique.values()]
        results = dict(zip(unique, self.trainer.evaluate(params, tasks, step, self.budget.eval_episodes), strict=True))
        for i, run in enumerate(self.runs):
            run.log(EVAL, [
                {"step": step, "split": look.split, "suite": look.suite, "pair": look.pair, "look": look.label,
                 "look_id": look.id, "metric": name, "value": float(value[i]), "episodes": self.budget.eval_episodes}
                for look in looks for name, value in results[look.id].items()
            ])  # fmt: skip
            if current and self.budget.keep_checkpoints:
                run.checkpoint(step, jax.tree.map(lambda x, i=i: np.asarray(x[i]), params))
        names = [look.pair or look.label for look in looks]
        success = {name: results[look.id]["success_rate"] for name, look in zip(names, looks, strict=True)}
        text = ", ".join(f"{name} {' '.join(f'{v:.2f}' for v in values)}" for name, values in success.items())
        say(self.console, f"step {step:>10,}  success rate by seed: {escape(text)}")

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
            run.log(TRAIN, [{"step": self.step, "steps_per_second": round(speed / len(self.seeds), 1)} | row])
        self.status("running", steps_per_second=round(speed / len(self.seeds), 1))

    def status(self, state: str, **more) -> None:
        """status.json of every seed."""
        total = self.updates * self.cell.agent.batch
        for run in self.runs:
            run.status(state, self.step, total=total, block=self.seeds, **more)

    @property
    def step(self) -> int:
        """Environment steps of each seed so far."""
        return getattr(self, "update", 0) * self.cell.agent.batch

    def task(self, look: Look):
        """The task under a look."""
        return kage_task(look.config, self.cell.task.pool)

    def describe(self) -> dict:
        """config.yaml: the training, resolved, and the looks it is measured on."""
        cell = self.cell
        sections = {name: dataclasses.asdict(getattr(cell, name)) for name in ("agent", "task", "budget")}
        looks = [{"split": look.split, "suite": look.suite, "pair": look.pair, "look": look.label, "look_id": look.id}
                 for look in self.training.looks]  # fmt: skip
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


def mean(values: np.ndarray) -> float | None:
    """Mean of the finite values, None if there is none: JSON has no NaN."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size else None
