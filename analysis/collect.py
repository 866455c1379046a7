"""Run folders as one tidy table."""

import contextlib
import functools
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import NoneType

import numpy as np
import pandas as pd
import yaml

from kage import registry
from kage.analysis.metrics import PLATFORMER, described, family
from kage.family import Names, study_of
from kage.params import ConfigError
from kage.runs.folders import run_folders, seed_of
from kage.runs.run import EVAL, RunError, damage, read_rows, read_status
from kage.runs.trials import read_trials

# "category" columns hold text, "" where there is none; the categories are sorted.
COLUMNS = {
    "run": "category",  # the run folder: one seed of one training
    "training": "category", "training_id": "category",
    "family": "category",  # the kind of world
    "described": "category",  # what config.yaml says of the family, see `kage.analysis.metrics.described`
    "agent": "category",  # the method's label
    "budget": "category",
    "world": "category", "code": "category",  # digests of the sources of the world, and of the method
    "settings": "category",  # what decides results beside looks and seeds, see `settings`, as JSON
    "device": "category",
    "seconds_per_step": "float64",  # of training, per environment step; NaN where it is not known
    "multiply_adds": "float64",  # of training, per environment step; NaN where it is not known
    "seed": "int64", "state": "category", "step": "int64",
    "split": "category",  # train or eval; suite, pair, study and dose belong to eval
    "suite": "category", "pair": "category", "study": "category", "dose": "category",
    "look": "category", "look_id": "category",
    "trials": "int64",  # settings that were tried before the training's own; 0: none were searched
    "tuned_on": "category",  # what they were judged by: train, the training look alone, or eval; "" for none
    "track": "category",  # agnostic, informed or privileged: what training knew of the look
    "metric": "category", "value": "float64", "episodes": "int32",
}  # fmt: skip

PLACE = ("split", "suite", "pair", "study", "dose", "look")  # the names of a look
ROW_TEXT = (*PLACE, "look_id", "metric")
ROW_NUMBERS = {"step": {int}, "value": {int, float}, "episodes": {int}}
AGNOSTIC = "agnostic"  # the track of runs from before tracks were written, when there was only PPO
BUDGET = ("total_steps", "eval_every", "eval_episodes")  # the keys of a budget that decide results
WORLD = ("task", "physics", "budget", "")  # the sections of `settings` that are not the method's
CNN = ("channels", "kernels", "strides", "dense")  # the encoder's keys, which were the agent's
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def collect(roots: Iterable[Path]) -> tuple[pd.DataFrame, list[str]]:
    """All evaluations below the roots, one row per run x step x look x metric, and what could not be read.

    Columns and dtypes are `COLUMNS`. The second result holds one message per root or run folder without usable
    evaluations: nothing is skipped in silence.
    """
    roots = list(roots)
    faults = [f"{root}: no such folder" for root in roots if not os.path.isdir(root)]
    books = {name: defaultdict(count().__next__) for name, kind in COLUMNS.items() if kind == "category"}
    sizes, constants, parts = [], defaultdict(list), defaultdict(list)
    folders, strays = run_folders(roots)
    faults += strays
    for folder in folders:
        try:
            about, tracks, looks = read_run(folder)
            rows = read_columns(folder, tracks, looks)
        except (RunError, OSError, ValueError) as error:
            faults.append(f"{folder}: {error}")
            continue
        sizes.append(len(rows["step"]))
        for name, value in about.items():
            constants[name].append(books[name][value] if name in books else value)
        faults += (f"{folder}: {text}, measured on files that were replaced since" for text in looks.replaced.values())
        for name, values in rows.items():
            parts[name].append(encode(books, name, values))
    frame = {}
    for name, kind in COLUMNS.items():
        dtype = "int32" if name in books else kind
        if not sizes:
            values = np.zeros(0, dtype)
        elif name in constants:
            values = np.repeat(np.array(constants[name], dtype), sizes)
        else:
            values = np.concatenate(parts.pop(name))
        frame[name] = decode(values, books[name]) if name in books else values
    return pd.DataFrame(frame, copy=False), faults


@dataclass(frozen=True)
class Looks:
    """The looks of a run by their ids."""

    words: dict[str, str]  # what each changes, in words
    replaced: dict[str, str]  # the same for looks whose files were replaced, and that were measured again with others


def read_run(folder: Path) -> tuple[dict[str, str | int | float], dict[tuple[str, ...], str], Looks]:
    """What all rows of a run share, the track of each of its looks, by the names `PLACE`, and its looks."""
    with damage("config.yaml"):
        about, tracks, looks = read_config((folder / "config.yaml").read_bytes())
    with damage("record.json"):
        first = first_attempt(folder / "record.json")
        world, code = code_versions(first)
    status = read_status(folder)
    about = about | {"run": str(folder), "training": folder.parent.name, "world": world, "code": code,
                     "device": first.get("device") or "", "state": status["state"]}  # fmt: skip
    trials, about["tuned_on"] = read_trials(folder.parent)
    for name, value in about.items():
        if type(value) is not str:
            raise ValueError(f"its {name} is {value!r}")
    about |= {"seed": seed_of(folder), "trials": trials, "seconds_per_step": seconds_per_step(status),
              "multiply_adds": status.get("multiply_adds") or np.nan}
    return about, tracks, looks


@functools.lru_cache(maxsize=64)
def read_config(content: bytes) -> tuple[dict[str, str], dict[tuple[str, ...], str], Looks]:
    """Training id, family, agent, budget and settings of a config.yaml, the tracks of its looks, and these looks. The
    seeds of a training share its content."""
    config = yaml.load(content, LOADER)
    text = described(config)
    looks = config.get("looks") or []
    return {
        "training_id": config["training_id"], "family": family(text).name, "described": text,
        "agent": config.get("label") or config["agent"]["name"], "budget": config["budget"]["name"],
        "settings": json.dumps(settings(config)),
    }, {placed(look): look["track"] for look in looks if "track" in look}, \
        looks_of(config)  # fmt: skip


def looks_of(config: Mapping) -> Looks:
    """The looks of a config.yaml: of several with the same names and words, the first one is the newest."""
    words, replaced, places = {}, {}, set()
    for look in config.get("looks") or []:
        if key := look.get("look_id"):
            words[key] = look_words(config, look)
            place = *placed(look)[:-1], words[key]
            if place in places:
                replaced[key] = words[key]
            places.add(place)
    return Looks(words, replaced)


def look_words(config: Mapping, look: Mapping) -> str:
    """What a look of a config.yaml changes, in words. Folders from before contents of files were part of ids list every
    parameter that differs, and are told again here, so that both are one look."""
    if "files" not in config and "env" in config and "change" in look:
        with contextlib.suppress(ConfigError, KeyError, TypeError, AttributeError):
            known = registry.family(config.get("family", PLATFORMER.name))
            return known.cases(known.world(config), look["change"], Names())[-1].change
    return look["look"]


def placed(look: Mapping[str, str | None]) -> tuple[str, ...]:
    """The names `PLACE` of a look."""
    named = {name: look.get(name) or "" for name in PLACE}
    named["study"], named["dose"] = study_of(named["study"], named["dose"])
    return tuple(named.values())


def settings(config: Mapping[str, Mapping]) -> dict[str, str]:
    """What decides results beside looks and seeds: keys and values of the method's sections (agent, encoder, memory and
    whatever else has a name), of task, budget and physics, and the root's, which are the episode and its rewards.
    In: the content of a config.yaml."""
    env = config.get("env", {})
    found = {"agent": config["agent"]}
    others = {section: values for section, values in config.items() if section not in ("env", "budget", "task")}
    found |= {section: values for section, values in others.items() if isinstance(values, Mapping) and "name" in values}
    if "encoder" not in found and CNN[0] in found["agent"]:  # written before there were encoders
        found["encoder"] = {"name": "cnn"} | {key: found["agent"][key] for key in CNN}
        found["agent"] = {key: value for key, value in found["agent"].items() if key not in CNN}
    found |= {"budget": {key: value for key, value in config["budget"].items() if key in BUDGET},
              "task": config.get("task", {}), "physics": env.get("physics", {}),
              "": {key: value for key, value in env.items() if not isinstance(value, Mapping)}}  # fmt: skip
    return {f"{section}.{key}".lstrip("."): value if isinstance(value, str) else json.dumps(value)
            for section, values in found.items() for key, value in values.items()
            if key != "name" or section not in ("agent", *WORLD)}  # fmt: skip


def typed(setting: str) -> str:
    """The key of a setting as one would type it: the encoder is chosen by encoder=impala."""
    return setting.removesuffix(".name")


def first_attempt(path: Path) -> dict:
    """What the process that began a run wrote into its record.json, nothing if there is none."""
    return json.loads(path.read_bytes())["attempts"][0] if path.exists() else {}


def code_versions(attempt: Mapping) -> tuple[str, str]:
    """The code that began a run, of world and method: two digests; or one for both, as runs were recorded before there
    were two; else the commit, with -dirty for local changes; else nothing."""
    code = attempt.get("code")
    if isinstance(code, Mapping):
        return code["world"], code["method"]
    commit = (attempt.get("commit") or "")[:10]
    code = code or commit + ("-dirty" if commit and attempt.get("diff") else "")
    return code, code


def seconds_per_step(status: Mapping) -> float:
    """Seconds of training per environment step, NaN where status.json does not tell: seeds that were trained together
    spent them, and made the steps, together."""
    seconds, steps = status.get("train_seconds"), status.get("steps_trained")
    return seconds / steps if seconds and steps else np.nan


def read_columns(folder: Path, tracks: Mapping[tuple[str, ...], str], looks: Looks) -> dict[str, list]:
    """The evaluations of a run by column; ValueError names the first value that is not what its column holds."""
    rows = read_rows(folder / EVAL)
    if looks.replaced:
        rows = [row for row in rows if row.get("look_id") not in looks.replaced]
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
    moved = {place: study_of(*place) for place in set(zip(columns["study"], columns["dose"]))}
    if any(before != after for before, after in moved.items()):
        found = [moved[place] for place in zip(columns["study"], columns["dose"])]
        columns["study"], columns["dose"] = (list(names) for names in zip(*found))
    if not np.isfinite(columns["value"]).all():
        raise ValueError(f"{EVAL} has a row whose value is not finite")
    if len(kinds := set(tracks.values())) > 1:
        columns["track"] = [tracks.get(place, AGNOSTIC) for place in zip(*(columns[name] for name in PLACE))]
    else:
        columns["track"] = [*(kinds or {AGNOSTIC})] * len(rows)
    columns["look"] = [looks.words.get(key, text) for key, text in zip(columns["look_id"], columns["look"])]
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
