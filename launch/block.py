"""Train seeds together: compiled chunks of updates, and between the chunks logging, saving and measuring."""

import contextlib
import dataclasses
import resource
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

import jax
import numpy as np
from flax import serialization
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn

from kage.console import counted, say
from kage.family import Case, crowded, measured_key, title
from kage.launch.experiment import Cell
from kage.launch.measure import Measuring, requested
from kage.launch.pace import Pace
from kage.launch.plan import Training, Wanted, unmeasured
from kage.launch.record import place, record
from kage.launch.state import claimed
from kage.launch.trackers import Trackers
from kage.launch.trainers import trainer
from kage.runs.folders import LOG, PREFIX, ranges
from kage.runs.policy import read_policy
from kage.runs.run import (
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

SPENT = ("train_seconds", "steps_trained", "eval_seconds", "looks_measured", "wall_seconds")
SIZES = ("state_bytes", "policy_bytes", "multiply_adds")  # of one seed; the last per environment step of training


class Stop:
    """Whether this process was asked to stop."""

    asked = False


class Block:
    """One training with the seeds that are trained together."""

    def __init__(self, training: Training, seeds: Sequence[int], console: Console, stop: Stop, number: str = ""):
        self.training, self.seeds, self.console, self.stop, self.number = training, list(seeds), console, stop, number
        self.cell: Cell = training.cell
        self.budget = self.cell.budget
        self.batch = self.cell.recipe.agent.batch  # environment steps of an update, per seed
        self.gone: dict[tuple, dict] = {}  # looks of earlier commands that can be measured no more, see `Requests`
        self.runs = [Run(training.run_folder(seed)) for seed in seeds]
        self.updates = self.cell.recipe.updates
        before = read_status(self.runs[0].folder)
        self.update = before["step"] // self.batch
        self.spent = {name: before.get(name, 0) for name in SPENT}  # by all seeds of the block together
        self.since = time.monotonic()  # `wall_seconds` are counted up to this moment
        self.speed = before.get("steps_per_second")  # of each seed
        self.pace = Pace(self.updates, self.batch * len(self.seeds), self.budget.eval_every)
        self.sizes = {name: before[name] for name in SIZES if name in before}

    def run(self) -> None:
        """Train every seed to the end of the budget and measure every case. RunError if a run folder cannot be used."""
        with contextlib.ExitStack() as stack:
            for run in self.runs:
                stack.enter_context(run)
            try:
                self.warn_of_episodes()
                if self.finished() and not any(self.missing()):
                    say(self.console, f"done     {self.training.folder.name} seeds {escape(str(self.seeds))}")
                    return
                self.training = self.with_earlier_requests()
                for case in self.training.cases:
                    case.world.refuse_other_files()
                self.trainer = trainer(self.cell.recipe, self.seeds, self.cell.deterministic)
                self.measure = Measuring(self.trainer, self.cell)
                if unfinished := not self.finished():
                    self.prepare()
                begins = unfinished and self.fresh  # also one that is at its end at once, because it learns nothing
                if self.update == self.updates and not begins and any(-1 in cases for cases in self.missing()):
                    self.start_over()
                    unfinished = True
                self.announce(unfinished)
                for run in self.runs:
                    run.describe(self.describe(), record(self.cell.recipe) | {"seeds": self.seeds})
                self.trackers = stack.enter_context(contextlib.closing(self.open_trackers()))
                if unfinished:
                    self.train()
                self.catch_up()
            except Exception as error:
                with contextlib.suppress(RunError):  # a run that was done stays done: only a case is not measured
                    state = "done" if self.finished() else "failed"
                    self.status(state, error=str(error), traceback=traceback.format_exc())
                self.keep(traceback.format_exc())
                raise

    def announce(self, unfinished: bool) -> None:
        """Say which training starts, with its seeds and its size."""
        what = "training" if unfinished else "measuring new looks of training"
        size = f"{self.updates * self.batch:,} steps each" if unfinished else "from kept policies"
        begun = f", from step {self.step:,} on" if unfinished and self.step else ""
        looks = counted(len({case.id for case in self.training.cases}), "look")
        self.tell(f"{what} {self.number}".rstrip() + f": {self.cell.name}, seeds {ranges(self.seeds)}, {size}{begun}, "
                  f"{looks}; in {self.training.folder}")  # fmt: skip

    def tell(self, line: str) -> None:
        """Print a line, and keep it in the log."""
        say(self.console, line, markup=False)
        self.keep(line)

    def keep(self, text: str) -> None:
        """Append to the log of the training, with the time. In a SLURM job the log of the job has it already."""
        if not place():
            with contextlib.suppress(OSError), open(self.training.folder / LOG, "a") as log:
                log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")

    @contextlib.contextmanager
    def compiling(self, what: str):
        """Say that what is done inside compiles first: on a terminal for as long as it takes, else in a line."""
        if self.console.is_terminal:
            with self.console.status(f"compiling {what}"):
                yield
        else:
            self.tell(f"compiling {what}")
            yield

    def warn_of_episodes(self) -> None:
        """Warn if earlier evaluations had another number of episodes than is asked for now: they are not repeated."""
        rows = (row for run in self.runs for row in read_rows(run.folder / EVAL) if row.get("split") == "train")
        if others := sorted({row["episodes"] for row in rows} - {self.budget.eval_episodes}):
            say(self.console, f"{self.training.folder.name} seeds {escape(str(self.seeds))} were evaluated with "
                f"{', '.join(map(str, others))} episodes; budget.eval_episodes={self.budget.eval_episodes} is for what "
                "is measured from now on, and for the training look beside it; another experiment= measures all with "
                "it")  # fmt: skip

    def open_trackers(self) -> Trackers:
        """The trackers that are asked for. Each gets all rows that the run folders hold already."""
        about = {run.folder: self.describe() | {"seed": seed} for run, seed in zip(self.runs, self.seeds, strict=True)}
        return Trackers(self.cell.tracker, about, lambda line: say(self.console, f"[yellow]warning[/] {escape(line)}"))

    def write(self, run: Run, name: str, rows: Sequence[dict]) -> None:
        """Write the rows of one step, if there are any, to the run's folder and its trackers."""
        if rows:
            run.log(name, rows)
            self.trackers.log(run.folder, name, rows)

    def prepare(self) -> None:
        """Restore or initialise the learners."""
        self.learners = self.trainer.init(self.policy_to_begin_with())
        like = self.trainer.split(self.learners)[0]
        policies = bytes_of(self.trainer.policies(self.learners))
        self.sizes |= {"state_bytes": bytes_of(like), "policy_bytes": policies // len(self.seeds)}
        restored = restore_together(self.runs, like)
        for run in self.runs:
            run.rewind(restored[0] if restored else -1)
        self.update, self.fresh = 0, restored is None
        if restored:
            self.update = restored[0] // self.batch
            self.learners = self.trainer.join(restored[1])
        self.saved = time.monotonic()

    def policy_to_begin_with(self):
        """The parameters that `start.run` names; None: new ones. A training that is resumed has its own."""
        start = self.cell.recipe.start
        if start.run is None or any((run.folder / STATE).exists() for run in self.runs):
            return None
        return read_policy(Path(start.run) / f"{PREFIX}{start.seed}", start.step)[1]

    def train(self) -> None:
        """Train in chunks of updates until the budget is spent or a stop is asked for."""
        if self.fresh:  # a saved state was evaluated before it was saved
            with self.compiling("the evaluation"):
                self.evaluate()
            self.save()
        if self.update < self.updates:
            self.learn()
        if self.update == self.updates:
            self.status("done")

    def learn(self) -> None:
        """The chunks of updates that are left, with logging, saving and measuring between them."""
        with self.progress() as show:
            while self.update < self.updates and not self.stop.asked:
                due = self.budget.eval_every - self.update % self.budget.eval_every
                size = min(self.budget.log_every, due, self.updates - self.update)
                if "multiply_adds" not in self.sizes:
                    self.sizes["multiply_adds"] = round(self.trainer.multiply_adds(size) / self.batch)
                begin = time.monotonic()
                self.learners, metrics = self.trainer.advance(self.learners, self.update, size)
                self.update += size
                seconds = time.monotonic() - begin
                steps = size * self.batch * len(self.seeds)
                speed = steps / seconds
                self.spent["train_seconds"] += seconds
                self.spent["steps_trained"] += steps
                self.log(metrics, speed)
                self.pace.trained(seconds, size)
                show(metrics)
                evaluated = self.update % self.budget.eval_every == 0 or self.update == self.updates
                if evaluated:
                    self.evaluate()
                if evaluated or self.stop.asked or time.monotonic() - self.saved >= self.budget.save_seconds:
                    self.save()

    def finished(self) -> bool:
        """True if every seed is trained to the end."""
        return all(read_status(run.folder)["state"] == "done" for run in self.runs)

    def missing(self) -> list[dict[int, list[Wanted]]]:
        """For each run, the cases still to measure, by step; see `unmeasured`."""
        episodes = self.budget.eval_episodes
        return [unmeasured(run.folder, self.training.cases, episodes) for run in self.runs]

    def with_earlier_requests(self) -> Training:
        """The training with the cases asked for now and those that earlier commands asked of the same runs."""
        cases = {case.key: case for case in self.training.cases}
        suites = dict(self.training.suites)
        for run in self.runs:
            earlier = requested(run.folder, self.cell.recipe)
            cases = {case.key: case for case in earlier.cases} | cases
            suites = earlier.suites | suites
            self.gone |= {measured_key(look): look for look in earlier.gone}
        if self.gone:
            names = ", ".join(sorted({look["look"] for look in self.gone.values()}))
            say(self.console, f"{self.training.folder.name}: earlier commands measured files that were replaced or "
                f"removed since; what was measured stays, and nothing is added to it: {escape(names)}")  # fmt: skip
        train_first = sorted(cases.values(), key=lambda case: case.split != "train")
        return dataclasses.replace(self.training, cases=tuple(train_first), suites=suites)

    def start_over(self) -> None:
        """Begin the runs again at step 0: new cases are asked for, and no policies were kept to measure them with."""
        names = ", ".join(sorted({case.pair for cases in self.missing() for case, _ in cases.get(-1, ())}))
        self.tell(f"{self.training.folder.name} seeds {self.seeds} kept no policies, so they are trained again to "
                  f"measure {names}; the earlier runs are kept as replaced-seed=... beside them; "
                  "budget.keep_checkpoints=true would have saved this")  # fmt: skip
        for run in self.runs:
            run.put_aside()
        self.prepare()

    def catch_up(self) -> None:
        """Measure, with kept policies, the cases that were asked for after these policies had been evaluated."""
        learners = jax.eval_shape(self.trainer.init)
        policies = jax.eval_shape(self.trainer.policies, learners)
        like = jax.tree.map(lambda x: np.empty(x.shape[1:], x.dtype), policies)
        missing, kept = self.missing(), [checkpoints(run.folder) for run in self.runs]
        for step in sorted(set().union(*missing)):
            if self.stop.asked:
                break
            anyone = next(paths[step] for paths in kept if step in paths)  # stands in for seeds that kept no policy
            parts = [serialization.from_bytes(like, unpack(paths.get(step, anyone))[1]) for paths in kept]
            lacking = [cases.get(step, []) for cases in missing]
            self.measure_at(jax.tree.map(lambda *x: np.stack(x), *parts), step, lacking)
        if not self.stop.asked:
            self.status("done")

    def evaluate(self) -> None:
        """Measure the current policies on all cases, and keep them where the budget says so."""
        params = self.trainer.policies(self.learners)
        wanted = [(case, self.budget.eval_episodes) for case in self.training.cases]
        self.measure_at(params, self.step, [wanted] * len(self.runs))
        if self.budget.keep_checkpoints:
            for run, policy in zip(self.runs, self.trainer.split(params), strict=True):
                run.checkpoint(self.step, policy)

    def measure_at(self, params, step: int, lacking: Sequence[Sequence[Wanted]]) -> None:
        """Measure policies on the cases that each run lacks, and log a row per case and metric."""
        for episodes in sorted({number for wanted in lacking for _, number in wanted}):
            self.measure_on(episodes, params, step, [[case for case, n in it if n == episodes] for it in lacking])

    def measure_on(self, episodes: int, params, step: int, lacking: Sequence[Sequence[Case]]) -> None:
        """`measure_at` for the cases that are measured on so many episodes."""
        cases = list({case.key: case for wanted in lacking for case in wanted}.values())
        begin = time.monotonic()
        found = self.measure(params, step, cases, episodes)
        for seed, (run, wanted) in enumerate(zip(self.runs, lacking, strict=True)):
            self.write(run, EVAL, [row for case in wanted for row in found.rows(case, seed)])
        seconds = time.monotonic() - begin
        self.pace.evaluated(seconds)
        self.spent["eval_seconds"] += seconds
        self.spent["looks_measured"] += len({case.id for case in cases})
        telling = self.cell.recipe.family.metrics[0].name
        many = crowded(case.suite for case in cases if not case.study)
        told: dict[str, list[Case]] = {}
        for case in cases:
            told.setdefault(case.suite if case.suite in many else title(case, self.cell.world), []).append(case)
        parts = []
        for name, group in told.items():
            values = [[found.scores[case.id][telling][seed] for case in group if case in wanted]
                      for seed, wanted in enumerate(lacking)]  # fmt: skip
            means = " ".join(f"{np.mean(scores):.2f}" if scores else "-" for scores in values)
            parts.append(f"{name} (mean of {len(group)}) {means}" if len(group) > 1 else f"{name} {means}")
        self.tell(f"step {step:>10,}  {telling.replace('_', ' ')} by seed: {', '.join(parts)}")

    def save(self) -> None:
        """Save every seed at this step."""
        self.status("saving")
        save_together(self.runs, self.step, self.trainer.split(self.learners))
        self.status("saved" if self.stop.asked else "running")
        self.saved = time.monotonic()

    def log(self, metrics: dict[str, np.ndarray], speed: float) -> None:
        """Write one row per seed for a chunk of updates. Each value is the mean over the chunk."""
        for i, run in enumerate(self.runs):
            row = {name: mean(values[i]) for name, values in metrics.items()}
            self.write(run, TRAIN, [{"step": self.step, "steps_per_second": round(speed / len(self.seeds), 1)} | row])
        self.speed = round(speed / len(self.seeds), 1)
        self.status("running")

    def status(self, state: str, **more) -> None:
        """Write status.json of every seed."""
        total = self.updates * self.batch
        now = time.monotonic()
        self.spent["wall_seconds"] += now - self.since
        self.since = now
        for run in self.runs:
            claim = {"claim": job["number"]} if "number" in (job := claimed(run.folder) or {}) else {}
            run.status(state, self.step, total=total, block=self.seeds, cost_id=self.cell.recipe.cost_id, **claim,
                       steps_per_second=self.speed, **self.sizes, **self.peak(), **place(), **self.spent,
                       **more)  # fmt: skip

    def peak(self) -> dict[str, int]:
        """The most bytes of memory that this process has used: of the host, and of the fullest device that tells."""
        used = {"host_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}
        told = [stats["peak_bytes_in_use"] for device in jax.local_devices()
                if "peak_bytes_in_use" in (stats := device.memory_stats() or {})]  # fmt: skip
        return used | ({"device_bytes": max(told)} if told else {})

    @property
    def step(self) -> int:
        """Environment steps of each seed so far."""
        return self.update * self.batch

    def describe(self) -> dict:
        """The content of config.yaml: the resolved training, the cases it is measured on, and what reports need."""
        cell, family = self.cell, self.cell.recipe.family
        known = {"track": cell.track}  # of every look: nothing that training knows is of one look alone
        cases = [case.names | known | {"change": family.changes(cell.world, case)} | files_of(case)
                 for case in self.training.cases]  # fmt: skip
        cases += self.gone.values()
        about = {
            "training_id": cell.training_id, "experiment": cell.experiment, "family": family.name,
            "label": cell.label, "leads": family.leads, "words": dict(family.words),
            "metrics": [dataclasses.asdict(metric) for metric in family.metrics],
            "suites": {suite: list(pairs) for suite, pairs in self.training.suites.items()},
        }  # fmt: skip
        return about | cell.recipe.to_dict() | {"budget": dataclasses.asdict(self.budget), "looks": cases}

    @contextlib.contextmanager
    def progress(self):
        """On a terminal, show a bar with speed, time left and the score in training. Elsewhere say once that the
        training compiles. Yields a function to call with the metrics of each chunk."""
        columns = (TextColumn("{task.percentage:3.0f} %"), BarColumn(bar_width=20), TextColumn("{task.description}"))
        compiles = "compiling the training"
        if not self.console.is_terminal:
            self.tell(compiles)
        with Progress(*columns, console=self.console, disable=not self.console.is_terminal) as bar:
            task = bar.add_task(compiles, total=self.updates, completed=self.update)
            telling = self.cell.recipe.family.metrics[0].name

            def show(metrics: dict[str, np.ndarray]) -> None:
                score = mean(metrics[telling]) if telling in metrics else None
                text = "" if score is None else f", {telling.replace('_', ' ')} {score:.2f}"
                pace = self.pace.text(self.update)
                bar.update(task, completed=self.update, description=pace + text if pace else compiles)

            yield show


def files_of(case: Case) -> dict:
    """What the files showed that a case names, if it names any."""
    return {"files": files} if (files := case.world.to_dict().get("files")) else {}


def mean(values: np.ndarray) -> float | None:
    """Mean of the finite values. None if there are none, because JSON has no NaN."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size else None


def bytes_of(tree) -> int:
    """Bytes of all arrays of a pytree."""
    return sum(leaf.nbytes for leaf in jax.tree.leaves(tree))
