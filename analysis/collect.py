"""Run folders as one tidy table."""

import functools
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import Path
from types import NoneType

import numpy as np
import pandas as pd
import yaml

from kage.folders import run_folders, seed_of
from kage.run import EVAL, RunError, damage, read_rows, read_status

# "category" columns hold text, "" where there is none; the categories are sorted.
COLUMNS = {
    "run": "category",  # the run folder: one seed of one training
    "training": "category", "training_id": "category", "agent": "category", "budget": "category", "code": "category",
    "settings": "category",  # what decides results beside looks and seeds, see `settings`, as JSON
    "seed": "int64", "state": "category", "step": "int64",
    "split": "category",  # train or eval; suite, pair, study and dose belong to eval
    "suite": "category", "pair": "category", "study": "category", "dose": "category",
    "look": "category", "look_id": "category", "metric": "category", "value": "float64", "episodes": "int32",
}  # fmt: skip

ROW_TEXT = ("split", "suite", "pair", "study", "dose", "look", "look_id", "metric")
ROW_NUMBERS = {"step": {int}, "value": {int, float}, "episodes": {int}}
BUDGET = ("total_steps", "eval_every", "eval_episodes")  # the keys of a budget that decide results
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def collect(roots: Iterable[Path]) -> tuple[pd.DataFrame, list[str]]:
    """All evaluations below the roots, one row per run x step x look x metric, and what could not be read.

    Columns and dtypes are `COLUMNS`. The second result holds one message per root or run folder without usable
    evaluations: nothing is skipped in silence.
    """
    roots = list(roots)
    faults = [f"{root}: no such folder" for root in roots if not Path(root).is_dir()]
    books = {name: defaultdict(count().__next__) for name, kind in COLUMNS.items() if kind == "category"}
    sizes, constants, parts = [], [], []
    folders, strays = run_folders(roots)
    faults += strays
    for folder in folders:
        try:
            about, rows = read_run(folder), read_columns(folder)
        except (RunError, OSError, ValueError) as error:
            faults.append(f"{folder}: {error}")
            continue
        sizes.append(len(rows["step"]))
        constants.append({name: encode(books, name, [value]) for name, value in about.items()})
        parts.append({name: encode(books, name, values) for name, values in rows.items()})
    frame = {}
    for name, kind in COLUMNS.items():
        if not sizes:
            values = np.zeros(0, "int32" if name in books else kind)
        elif name in constants[0]:
            values = np.repeat(np.concatenate([one[name] for one in constants]), sizes)
        else:
            values = np.concatenate([part.pop(name) for part in parts])
        frame[name] = decode(values, books[name]) if name in books else values
    return pd.DataFrame(frame, copy=False), faults


def read_run(folder: Path) -> dict[str, str | int]:
    """What all rows of a run share."""
    with damage("config.yaml"):
        about = read_config((folder / "config.yaml").read_bytes())
    with damage("record.json"):
        code = code_version(folder / "record.json")
    about = about | {"run": str(folder), "training": folder.parent.name, "code": code,
                     "state": read_status(folder)["state"]}  # fmt: skip
    for name, value in about.items():
        if type(value) is not str:
            raise ValueError(f"its {name} is {value!r}")
    return about | {"seed": seed_of(folder)}


@functools.lru_cache(maxsize=64)
def read_config(content: bytes) -> dict[str, str]:
    """Training id, agent, budget and settings of a config.yaml; the seeds of a training share its content."""
    config = yaml.load(content, LOADER)
    return {"training_id": config["training_id"], "agent": config["agent"]["name"], "budget": config["budget"]["name"],
            "settings": json.dumps(settings(config))}  # fmt: skip


def settings(config: Mapping[str, Mapping]) -> dict[str, str]:
    """What decides results beside looks and seeds, as one would type it: keys and values of agent, task, budget and
    physics, and the root's, which are the episode and its rewards. In: the content of a config.yaml."""
    env = config.get("env", {})
    root = {key: value for key, value in env.items() if not isinstance(value, Mapping)}
    budget = {key: value for key, value in config["budget"].items() if key in BUDGET}
    found = {"agent.": config["agent"], "budget.": budget, "task.": config.get("task", {}),
             "physics.": env.get("physics", {}), "": root}  # fmt: skip
    return {section + key: value if isinstance(value, str) else json.dumps(value)
            for section, its in found.items() for key, value in its.items() if key != "name"}  # fmt: skip


def code_version(path: Path) -> str:
    """The code that began a run, from its record.json: a digest, else the commit with -dirty for local changes, else
    nothing."""
    if not path.exists():
        return ""
    first = json.loads(path.read_bytes())["attempts"][0]
    commit = (first.get("commit") or "")[:10]
    return first.get("code") or commit + ("-dirty" if commit and first.get("diff") else "")


def read_columns(folder: Path) -> dict[str, list]:
    """The evaluations of a run by column; ValueError names the first value that is not what its column holds."""
    rows = read_rows(folder / EVAL)
    if not rows:
        raise ValueError("no evaluations yet")
    if set(map(type, rows)) != {dict}:
        raise ValueError(f"{EVAL} has {next(row for row in rows if type(row) is not dict)!r} for a row")
    columns = {}
    for name in (*ROW_TEXT, *ROW_NUMBERS):
        columns[name] = values = [row.get(name) for row in rows]
        allowed, found = ROW_NUMBERS.get(name, {str, NoneType}), set(map(type, values))
        if found - allowed:
            wrong = next(value for value in values if type(value) not in allowed)
            raise ValueError(f"{EVAL} has a row whose {name} is {wrong!r}")
        if NoneType in found:
            columns[name] = [value or "" for value in values]
    if not np.isfinite(columns["value"]).all():
        raise ValueError(f"{EVAL} has a row whose value is not finite")
    return columns


def encode(books: dict[str, dict], name: str, values: list) -> np.ndarray:
    """A column as numbers: text as its place in the column's book, which grows as needed."""
    if name not in books:
        return np.array(values, COLUMNS[name])
    return np.fromiter(map(books[name].__getitem__, values), np.int32, len(values))


def decode(codes: np.ndarray, book: dict[str, int]) -> pd.Categorical:
    """Text from places in a book."""
    names = sorted(book)
    ranks = np.empty(len(names), np.int32)
    ranks[[book[name] for name in names]] = np.arange(len(names))
    return pd.Categorical.from_codes(ranks[codes], pd.Index(names, dtype="str"))
