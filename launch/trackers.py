"""Trackers: what train.jsonl and eval.jsonl tell, in TensorBoard and Weights & Biases as well, under the same names.

A row of train.jsonl becomes train/<name>, the rows of an evaluation eval/<look>/<metric>, at their environment step; a
run folder is a run there. The files stay the results: whenever a run is opened, its tracker is told them from the first
row on, less what it holds. So it has every step once, whatever was killed and resumed before.
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

from kage.launch.experiment import TrackerConfig
from kage.launch.extras import need
from kage.runs.run import EVAL, TRAIN, read_rows, write

EXTRA = "trackers"
WAIT = 30.0  # seconds that a server has to answer at the start, and to take what is left at the end
ID = "wandb.id"  # in a run folder: which run of Weights & Biases it is


class TensorBoard:
    """Event files in the folder tensorboard of a run folder, written anew each time."""

    module = "tensorboardX"

    def __init__(self, folder: Path, about: Mapping):
        into = folder / "tensorboard"
        for path in into.glob("events.out.tfevents.*"):
            path.unlink()
        # purge_step: a TensorBoard that is looking forgets what it has read.
        self.writer = need(self.module, EXTRA).SummaryWriter(str(into), purge_step=0)

    def log(self, index: int, step: int, values: Mapping[str, float]) -> None:
        """The values of an environment step; index counts the logs of the run."""
        for name, value in values.items():
            self.writer.add_scalar(name, value, step)
        self.writer.flush()

    def close(self) -> None:
        """Leave nothing unwritten."""
        self.writer.close()


class WandB:
    """A run of Weights & Biases, the same one however often it is opened. Offline its file is written anew each time:
    a process that is killed leaves it unfinished."""

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
        # Its own steps can only grow, but looks that are asked for late are measured at early environment steps.
        self.run.define_metric("*", step_metric="step")

    def log(self, index: int, step: int, values: Mapping[str, float]) -> None:
        """As in `TensorBoard`, but for what the server holds from earlier processes."""
        if index >= self.run.starting_step:
            self.run.log({"step": step, **values}, step=index, commit=True)

    def close(self) -> None:
        """As in `TensorBoard`; TimeoutError if the server does not take it."""
        self.run.finish()


KINDS = {"tensorboard": TensorBoard, "wandb": WandB}  # by key of `TrackerConfig`


def switched_on(config: TrackerConfig) -> list[str]:
    """The trackers that are asked for."""
    return [name for name, on in dataclasses.asdict(config).items() if on]


def need_trackers(config: TrackerConfig) -> None:
    """ConfigError if one that is asked for is not installed."""
    for name in switched_on(config):
        need(KINDS[name].module, EXTRA)


class Trackers:
    """The trackers of runs that are trained together. One that fails is told once and left alone: no run ends of it."""

    def __init__(self, config: TrackerConfig, about: Mapping[Path, Mapping], warn: Callable[[str], None]):
        """about: each run's folder and what its tracker should know of it."""
        self.warn, self.told = warn, {}
        for name in switched_on(config):
            with self.unharmed(name):
                self.told[name] = {folder: Told(folder, KINDS[name](folder, its)) for folder, its in about.items()}

    def log(self, folder: Path, name: str, rows: Sequence[dict]) -> None:
        """Rows of one step that were just appended to TRAIN or EVAL of a run."""
        for kind in list(self.told):
            with self.unharmed(kind):
                self.told[kind][folder].log(name, rows)

    def close(self) -> None:
        """Leave nothing unwritten."""
        for kind in list(self.told):
            with self.unharmed(kind):
                for told in self.told[kind].values():
                    told.tracker.close()

    @contextlib.contextmanager
    def unharmed(self, kind: str) -> Iterator[None]:
        """Whatever a tracker raises is one line, and then it is not asked again."""
        try:
            yield
        except Exception as error:
            self.told.pop(kind, None)
            why = " ".join(f"{type(error).__name__}: {error}".split())
            self.warn(f"{kind} is told no more: {why}; the run goes on, and its files hold everything")


class Told:
    """A run folder's run in a tracker, and how many logs of it there were."""

    def __init__(self, folder: Path, tracker: TensorBoard | WandB):
        self.tracker, self.logs = tracker, 0
        self.looks: dict[str, str] = {}  # names in the tracker -> look_id
        for name, rows in history(folder):
            self.log(name, rows)

    def log(self, name: str, rows: Sequence[dict]) -> None:
        """Rows of one step."""
        values = self.of_training(rows) if name == TRAIN else self.of_looks(rows)
        self.tracker.log(self.logs, rows[0]["step"], values)
        self.logs += 1

    def of_training(self, rows: Sequence[dict]) -> dict[str, float]:
        """The values of a row of train.jsonl but for those that it has none of."""
        (row,) = rows
        return {f"train/{name}": value for name, value in row.items() if name != "step" and value is not None}

    def of_looks(self, rows: Sequence[dict]) -> dict[str, float]:
        """The values of an evaluation. Of several looks with one name all but the first have their look_id in it."""
        values = {}
        for row in rows:
            look = look_name(row)
            if self.looks.setdefault(look, row["look_id"]) != row["look_id"]:
                look = f"{look}-{row['look_id']}"
            values[f"eval/{look}/{row['metric']}"] = row["value"]
        return values


def look_name(row: Mapping) -> str:
    """How trackers call the look of a row of eval.jsonl: train, its pair, study and dose, or else what it changes."""
    names = ["train"] if row["split"] == "train" else [row["pair"], row["study"], row["dose"]]
    parts = [name for name in dict.fromkeys(names) if name and name != "custom"] or [row["look"]]
    return "/".join(re.sub(r"[^\w.-]+", "_", part).strip("_") for part in parts)


def history(folder: Path) -> Iterator[tuple[str, list[dict]]]:
    """What was logged into a run folder, in the order and the portions in which it was."""
    train = collections.deque(read_rows(folder / TRAIN))
    for step, rows in itertools.groupby(read_rows(folder / EVAL), lambda row: row["step"]):
        while train and train[0]["step"] <= step:
            yield TRAIN, [train.popleft()]
        yield EVAL, list(rows)
    yield from ((TRAIN, [row]) for row in train)
