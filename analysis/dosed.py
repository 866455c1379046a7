"""What the doses of a study are doses of: its parameters with their units, read from the runs' config.yaml."""

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pandas as pd
import yaml

from kage import registry
from kage.analysis.collect import LOADER
from kage.analysis.metrics import Family
from kage.params import ConfigError

TOGETHER = " + "  # between the names of two changes in a dose
# Sections of a config.yaml that are no part of a world.
OTHERS = ("agent", "encoder", "memory", "curriculum", "budget", "looks", "metrics", "suites", "words")


def parameters(rows: pd.DataFrame, family: Family) -> dict[str, str]:
    """Study -> the parameters in which its doses differ, say filters.hue_shift (degrees); "training" stands in front of
    what is varied in training. "dose" where this is not known.

    In: tidy rows of `kage.analysis.collect`, of one family.
    """
    found: dict[str, list[dict[str, str]]] = {}
    for study, _, run in studied(rows):
        found.setdefault(study, []).extend(points(Path(run), study))
    return {study: label(differing(worlds), family) or "dose" for study, worlds in found.items()}


def changes(rows: pd.DataFrame) -> dict[tuple[str, str], dict[str, dict[str, str]]]:
    """(study, training_id) -> dose -> what its look changes of the training look: parameter -> value as JSON.

    In: as for `parameters`. Folders that do not say what a look changes have an empty change.
    """
    found = {}
    for study, training, run in studied(rows):
        looks = yaml.load((Path(run) / "config.yaml").read_bytes(), LOADER).get("looks") or []
        found[study, training] = {str(look["dose"]): dict(flat(look.get("change") or {}))
                                  for look in looks if look.get("study") == study}  # fmt: skip
    return found


def studied(rows: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    """Every study, each training that was measured in it, and one of its runs."""
    runs = rows[rows.study != ""].drop_duplicates(["study", "training_id"])
    yield from zip(runs.study, runs.training_id, runs.run)


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


def unordered(doses: Iterable[str]) -> bool:
    """True if some of the doses are two changes together: such doses have no order, so no curve is drawn."""
    return any(TOGETHER in dose for dose in doses)


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
