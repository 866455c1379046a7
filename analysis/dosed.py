"""What the doses of a study are doses of: its parameters with their units, read from the runs' config.yaml."""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd
import yaml

from kage import registry
from kage.analysis.collect import LOADER
from kage.analysis.metrics import Family
from kage.params import ConfigError

# Sections of a config.yaml that are no part of a world.
OTHERS = ("agent", "encoder", "memory", "curriculum", "budget", "looks", "metrics", "suites", "words")


def parameters(rows: pd.DataFrame, family: Family) -> dict[str, str]:
    """Study -> the parameters in which its doses differ, say filters.hue_shift (degrees); "training" stands in front of
    what is varied in training. "dose" where this is not known.

    In: tidy rows of `kage.analysis.collect`, of one family.
    """
    runs = rows[rows.study != ""].drop_duplicates(["study", "training_id"])
    found: dict[str, list[dict[str, str]]] = {}
    for study, run in zip(runs.study, runs.run):
        found.setdefault(study, []).extend(points(Path(run), study))
    return {study: label(differing(worlds), family) or "dose" for study, worlds in found.items()}


def points(run: Path, study: str) -> Iterator[dict[str, str]]:
    """The world of each dose of a study in one run: parameter -> value as JSON, of training and of the evaluation."""
    config = yaml.load((run / "config.yaml").read_bytes(), LOADER)
    world = {key: value for key, value in config.items() if key not in OTHERS and isinstance(value, Mapping)}
    trained = dict(flat(world | world.pop("env", {})))
    for look in config.get("looks") or []:
        if look.get("study") == study:
            seen = trained | dict(flat(look.get("change") or {}))
            yield {f"training {key}": value for key, value in trained.items()} | seen


def flat(values: Mapping) -> Iterator[tuple[str, str]]:
    """Dotted keys and values, as JSON, of the groups of a world and of its keys of no group."""
    for key, value in values.items():
        for name, inner in value.items() if isinstance(value, Mapping) else ():
            yield f"{key}.{name}", json.dumps(inner)
        if not isinstance(value, Mapping):
            yield key, json.dumps(value)


def differing(worlds: list[dict[str, str]]) -> list[str]:
    """The parameters in which worlds differ. What differs in training is named once, although looks inherit it."""
    keys = dict.fromkeys(key for world in worlds for key in world)
    found = [key for key in keys if len({world.get(key) for world in worlds}) > 1]
    return [key for key in found if f"training {key}" not in found]


def label(keys: list[str], family: Family) -> str:
    """Parameters in words."""
    units = ((key, unit_of(key.removeprefix("training "), family)) for key in keys)
    return " x ".join(f"{key} ({unit})" if unit else key for key, unit in units)


def unit_of(key: str, family: Family) -> str:
    """The unit of a parameter as its group declares it; "" for none, and where the family is not installed."""
    group, _, name = key.partition(".")
    try:
        declared = registry.family(family.name).sections.get(group)
    except ConfigError:
        return ""
    fields = dataclasses.fields(declared) if declared else ()
    return next((field.metadata["spec"].unit for field in fields if field.name == name), "")
