"""Trackers: show the rows of train.jsonl and eval.jsonl in TensorBoard and Weights & Biases, under the same names.

A row of train.jsonl becomes train/<name>, the rows of an evaluation become eval/<look>/<metric>, at their environment
step. A run folder is a run of the tracker. The files remain the results: whenever a run is opened, its tracker gets all
their rows, except those that it holds already. So a tracker has every step once, even if processes were killed.
"""

import collections
import contextlib
import dataclasses
import itertools
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from kage.extras import need
from kage.launch.experiment import TrackerConfig
from kage.runs.run import EVAL, TRAIN, read_rows, write

EXTRA = "trackers"
WAIT = 30.0  # seconds that a server may take to answer at the start, and to accept the last rows at the end
ID = "wandb.id"  # file in a run folder: the id of the run in Weights & Biases


class TensorBoard:
    """Event files in the folder tensorboard of a run folder, written anew each time the run is opened."""

    module = "tensorboardX"

    def __init__(self, folder: Path, about: Mapping):
        into = folder / "tensorboard"
        for path in into.glob("events.out.tfevents.*"):
            path.unlink()
        # purge_step: a TensorBoard that is open now forgets what it has read.
        self.writer = need(self.module, EXTRA).SummaryWriter(str(into), purge_step=0)

    def log(self, index: int, step: int, values: Mapping[str, float]) -> None:
        """The values of an environment step; index counts the logs of the run."""
        for name, value in values.items():
            self.writer.add_scalar(name, value, step)
        self.writer.flush()

    def close(self) -> None:
        """Write what is not written yet."""
        self.writer.close()


class WandB:
    """A run of Weights & Biases, the same one each time it is opened. Offline its file is written anew each time,
    because a killed process leaves the file unfinished."""

    module = "wandb"

    def __init__(self, folder: Path, about: Mapping):
        wandb = need(self.module, EXTRA)
        if not (folder / ID).exists():
            write(folder / ID, secrets.token_hex(4).encode())
        name = (folder / ID).read_text()
        before = list((folder / "wandb").glob(f"offline-run-*-{name}"))
        self.run = wandb.init(
            project=os.environ.get("WANDB_PROJECT", "kage"), group=folder.parent.name, config=dict(about),
            name=f"{folder.parent.name} {folder.name}", id=name, resume="allow", reinit="create_new", dir=str(folder),
            settings=wandb.Settings(console="off", silent=True, init_timeout=WAIT, finish_timeout=WAIT,
                                    finish_timeout_raises=True),
        )  # fmt: skip
        for path in before:
            shutil.rmtree(path, ignore_errors=True)
        # Steps of Weights & Biases can only grow, but looks asked for late are measured at early environment steps.
        self.run.define_metric("*", step_metric="step")

    def log(self, index: int, step: int, values: Mapping[str, float]) -> None:
        """As in `TensorBoard`, but without what the server holds from earlier processes."""
        if index >= self.run.starting_step:
            self.run.log({"step": step, **values}, step=index, commit=True)

    def close(self) -> None:
        """As in `TensorBoard`. TimeoutError if the server does not accept the rows in time."""
        self.run.finish()


KINDS = {"tensorboard": TensorBoard, "wandb": WandB}  # by key of `TrackerConfig`


def switched_on(config: TrackerConfig) -> list[str]:
    """The trackers that are asked for."""
    return [name for name, on in dataclasses.asdict(config).items() if on]


def need_trackers(config: TrackerConfig) -> None:
    """Raise ConfigError if a tracker that is asked for is not installed."""
    for name in switched_on(config):
        need(KINDS[name].module, EXTRA)


class Trackers:
    """The trackers of runs that are trained together. If one fails, one line says so, and the runs go on without it."""

    def __init__(self, config: TrackerConfig, about: Mapping[Path, Mapping], warn: Callable[[str], None]):
        """about: run folder -> what its tracker should know of the run."""
        self.warn, self.runs = warn, {}
        for name in switched_on(config):
            with self.unharmed(name):
                self.runs[name] = {folder: Told(folder, KINDS[name](folder, facts)) for folder, facts in about.items()}

    def log(self, folder: Path, name: str, rows: Sequence[dict]) -> None:
        """Pass on rows of one step that were just appended to TRAIN or EVAL of a run."""
        for kind in list(self.runs):
            with self.unharmed(kind):
                self.runs[kind][folder].log(name, rows)

    def close(self) -> None:
        """Write what is not written yet."""
        for kind in list(self.runs):
            with self.unharmed(kind):
                for run in self.runs[kind].values():
                    run.tracker.close()

    @contextlib.contextmanager
    def unharmed(self, kind: str) -> Iterator[None]:
        """If the tracker raises any error inside, print one line and do not use the tracker again."""
        try:
            yield
        except Exception as error:
            self.runs.pop(kind, None)
            why = " ".join(f"{type(error).__name__}: {error}".split())
            self.warn(f"nothing more is sent to {kind}: {why}; the run goes on, and its files hold everything")


class Told:
    """The run of a tracker that shows one run folder, and the number of logs so far."""

    def __init__(self, folder: Path, tracker: TensorBoard | WandB):
        self.tracker, self.logs = tracker, 0
        self.looks: dict[str, str] = {}  # names in the tracker -> look_id
        self.episodes: dict[tuple[str, int], int] = {}  # value in the tracker, step -> episodes
        for name, rows in history(folder):
            self.log(name, rows)

    def log(self, name: str, rows: Sequence[dict]) -> None:
        """Pass on the rows of one step."""
        values = self.of_training(rows) if name == TRAIN else self.of_looks(rows)
        self.tracker.log(self.logs, rows[0]["step"], values)
        self.logs += 1

    def of_training(self, rows: Sequence[dict]) -> dict[str, float]:
        """The values of a row of train.jsonl, without those that are None."""
        (row,) = rows
        return {f"train/{name}": value for name, value in row.items() if name != "step" and value is not None}

    def of_looks(self, rows: Sequence[dict]) -> dict[str, float]:
        """The values of an evaluation. If several looks have one name, all but the first get a look_id added. A look
        that is measured again at a step, on another number of episodes, gets this number added."""
        values = {}
        for row in rows:
            look = look_name(row)
            if self.looks.setdefault(look, row["look_id"]) != row["look_id"]:
                look = f"{look}-{row['look_id']}"
            name, episodes = f"eval/{look}/{row['metric']}", row["episodes"]
            if self.episodes.setdefault((name, row["step"]), episodes) != episodes:
                name = f"eval/{look}-{episodes}_episodes/{row['metric']}"
            values[name] = row["value"]
        return values


def look_name(row: Mapping) -> str:
    """The name of a look in trackers, from a row of eval.jsonl: train, or pair, study and dose, or else its change."""
    names = ["train"] if row["split"] == "train" else [row["pair"], row["study"], row["dose"]]
    parts = [name for name in dict.fromkeys(names) if name and name != "custom"] or [row["look"]]
    return "/".join(re.sub(r"[^\w.-]+", "_", part).strip("_") for part in parts)


def history(folder: Path) -> Iterator[tuple[str, list[dict]]]:
    """The rows in a run folder, in the order and in the groups in which they were logged."""
    train = collections.deque(read_rows(folder / TRAIN))
    for step, rows in itertools.groupby(read_rows(folder / EVAL), lambda row: row["step"]):
        while train and train[0]["step"] <= step:
            yield TRAIN, [train.popleft()]
        yield EVAL, list(rows)
    yield from ((TRAIN, [row]) for row in train)
