"""kage compare: two results folders beside each other: what was set and measured otherwise, and how results differ."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from rich.console import Console

from kage.analysis.collect import LOADER, collect
from kage.analysis.estimates import estimate
from kage.analysis.formats import Cell, View, print_view
from kage.analysis.gaps import FEWEST
from kage.analysis.metrics import Family, family_of
from kage.analysis.page.provenance import commit_of, read_attempts
from kage.analysis.pairing import natural, paired
from kage.analysis.select import categories, plain, rule_text
from kage.console import counted, say
from kage.params import value_text
from kage.runs.folders import ranges
from kage.runs.packs import Sources, opened
from kage.runs.run import RunError

NAMES = ["suite", "pair", "study", "dose", "look_id"]  # what is measured: its names, and what is seen
# Sections of a config.yaml that name results or describe the family. They decide no result.
ABOUT = ("training_id", "experiment", "family", "label", "leads", "words", "metrics", "suites", "looks")
SIDES = ("A", "B")


@dataclass(frozen=True)
class Side:
    """One of the two folders: its rows of `kage.analysis.collect`, and `seeds`, which has a row per seed, evaluation
    look and metric."""

    folder: Path
    family: Family
    rows: pd.DataFrame
    seeds: pd.DataFrame


def print_comparison(given: tuple[Path, Path], console: Console, at: str = "max") -> None:
    """Print what differs between two results folders or packs. at: a rule of `kage.analysis.select.RULES`. RunError if
    one of them has no results, or if they are of different families of worlds."""
    with opened(given) as sources:
        print_sides(sources, console, at)


def print_sides(sources: Sources, console: Console, at: str) -> None:
    """As `print_comparison`, of packs that were unpacked."""
    folders = sources.given
    sides = tuple(side(folder, at, sources, console) for folder in sources.folders)
    if len({one.family.name for one in sides}) > 1:
        raise RunError(f"{folders[0]} is of family {sides[0].family.name} and {folders[1]} of {sides[1].family.name}: "
                       "their results have nothing in common")  # fmt: skip
    for name, one in zip(SIDES, sides):
        trainings, looks = one.rows.training_id.nunique(), one.seeds.look_id.nunique()
        say(console, f"{name}: {sources.told(str(one.folder))}, {counted(trainings, 'training')}, "
            f"seeds {ranges(one.rows.seed.unique())}, {counted(looks, 'evaluation look')}", markup=False)  # fmt: skip
    if others := differing(*(settings(one.rows) for one in sides)):
        print_view(settings_view(others), console)
    else:
        say(console, "no setting differs")
    for name, one, other in ((*SIDES[:1], *sides), (*SIDES[1:], *sides[::-1])):
        if alone := looks_alone(one.seeds, other.seeds):
            say(console, f"only {name} was measured on {', '.join(alone)}", markup=False)
    first, second = sides
    table = differences(first.seeds, second.seeds, first.family.telling.name)
    if table.empty:
        say(console, "no seed was measured on the same look in both, so there are no differences to show")
    else:
        print_view(differences_view(table, first.family, at), console)


def side(folder: Path, at: str, sources: Sources, console: Console) -> Side:
    """Read one folder."""
    rows, faults = collect([folder])
    for fault in faults:
        say(console, f"left out {sources.told(fault)}", markup=False)
    if rows.empty:
        raise RunError(f"no evaluations below {folder}")
    try:
        rows = categories(rows)
        family = family_of(rows.described.cat.categories)
        return Side(folder, family, rows, with_looks(plain(paired(rows, at, family=family)), plain(rows)))
    except ValueError as error:
        raise RunError(f"{folder}: {error}") from None


def with_looks(seeds: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """`kage.analysis.pairing.paired` with the identities of both looks: look_id, and begins of the training look."""
    where = ["run", "suite", "pair", "study", "dose", "look"]
    shifted = rows.loc[rows.split == "eval", [*where, "look_id"]].drop_duplicates()
    begins = rows.loc[rows.split == "train", ["run", "look_id"]].drop_duplicates().rename(columns={"look_id": "begins"})
    return seeds.merge(shifted, on=where, how="left").merge(begins, on="run", how="left")


def differences(first: pd.DataFrame, second: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The difference B - A of a metric on the evaluation looks that both folders have, paired by seed.

    In: `with_looks` of A and of B. Out: one row per two trainings and look: training_id, agent and budget of both (with
    _a and _b), suite, pair, study, dose, look, n (seeds in both), train_a, train_b, eval_a, eval_b, difference of eval,
    low, high (95 %; NaN below `FEWEST`). Trainings that begin with the same look are compared; if none
    do, all that were measured on the same look.
    """
    one, other = (seeds[seeds.metric == metric] for seeds in (first, second))
    both = one.merge(other, on=[*NAMES, "begins", "seed"], suffixes=("_a", "_b"))
    if both.empty:
        both = one.merge(other, on=[*NAMES, "seed"], suffixes=("_a", "_b"))
    who = [f"{name}_{end}" for end in ("a", "b") for name in ("training_id", "agent", "budget")]
    found = []
    for names, group in both.groupby([*who, *NAMES], sort=False):
        values = (group.eval_b - group.eval_a).to_numpy()
        difference = estimate(values.mean(), np.ones(1), [values[None]])
        low, high = difference.interval() if len(values) >= FEWEST else (np.nan, np.nan)
        means = {name: group[name].mean() for name in ("train_a", "train_b", "eval_a", "eval_b")}
        found.append(dict(zip([*who, *NAMES], names)) | {"look": group.look_a.iloc[0], "n": len(group)} | means
                     | {"difference": difference.value, "low": low, "high": high})  # fmt: skip
    columns = [*who, *NAMES, "look", "n", "train_a", "train_b", "eval_a", "eval_b", "difference", "low", "high"]
    return pd.DataFrame(found, columns=columns)


def looks_alone(seeds: pd.DataFrame, others: pd.DataFrame) -> list[str]:
    """The names of evaluation looks that only the first table has."""
    own, theirs = (frame[[*NAMES, "look"]].drop_duplicates(NAMES) for frame in (seeds, others))
    known = set(theirs[NAMES].itertuples(index=False, name=None))
    return sorted({called(row) for row in own.to_dict("records") if tuple(row[name] for name in NAMES) not in known},
                  key=natural)  # fmt: skip


def called(row: Mapping[str, str]) -> str:
    """A look in words: its pair or its dose, else what it changes."""
    if row["study"]:
        return f"{row['study']}={row['dose']}"
    return row["look"] if row["pair"] == "custom" else row["pair"]


def settings(rows: pd.DataFrame) -> dict[str, set[str]]:
    """Dotted key -> the values that the trainings of a folder have, with what their code and device were."""
    found: dict[str, set[str]] = {}
    for run in rows.drop_duplicates("training_id").run:
        config = yaml.load((Path(run) / "config.yaml").read_bytes(), LOADER)
        values = dict(flat({key: value for key, value in config.items() if key not in ABOUT}))
        values |= {"commit": ", ".join(dict.fromkeys(map(commit_of, read_attempts(Path(run)))))}
        for key, value in values.items():
            text = value if isinstance(value, str) else value_text(value)
            found.setdefault(key.removeprefix("env."), set()).add(text)
    for key in ("world", "code", "device"):
        found[f"{key} (of record.json)"] = set(map(str, rows[key].unique()))
    return found


def flat(values: Mapping, prefix: str = "") -> Iterator[tuple[str, object]]:
    """A nested mapping by dotted key."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def differing(first: Mapping[str, set[str]], second: Mapping[str, set[str]]) -> list[tuple[str, str, str]]:
    """The settings of which two folders have other values: key, the values of A, the values of B."""
    keys = dict.fromkeys([*first, *second])
    return [(key, listed(first.get(key, ())), listed(second.get(key, ()))) for key in keys
            if first.get(key, set()) != second.get(key, set())]  # fmt: skip


def listed(values: Iterable[str]) -> str:
    """Values in words, a dash for none."""
    return " | ".join(sorted(value or "unknown" for value in values)) or "-"


def settings_view(found: list[tuple[str, str, str]]) -> View:
    """The table of settings."""
    rows = tuple(tuple(map(Cell, row)) for row in found)
    return View("settings", "settings that differ", ("setting", *SIDES), rows, left=2)


def differences_view(table: pd.DataFrame, family: Family, at: str) -> View:
    """The table of differences; agents and budgets are named where they are not the same everywhere."""
    metric = family.telling
    several = len(table[["training_id_a", "training_id_b"]].drop_duplicates()) > 1
    kinds = [name for name in ("agent", "budget") if table[[f"{name}_a", f"{name}_b"]].stack().nunique() > 1]
    rows = []
    for row in table.to_dict("records"):
        who = [Cell(f"{row[f'{name}_a']} | {row[f'{name}_b']}") for name in kinds]
        who += [Cell(f"{row['training_id_a']} | {row['training_id_b']}")] if several else []
        numbers = [str(row["n"]), *(f"{row[name]:.2f}" for name in ("train_a", "train_b", "eval_a", "eval_b"))]
        interval = "" if np.isnan(row["low"]) else f" [{row['low']:+.2f}, {row['high']:+.2f}]"
        rows.append((Cell(called(row)), *who, *map(Cell, numbers), Cell(f"{row['difference']:+.2f}{interval}")))
    named = ["look", *kinds, *(["training"] if several else [])]
    headers = (*named, "n", "train A", "train B", "eval A", "eval B", "B - A")
    title = f"{metric.title}, B - A by seed; {rule_text(at, family)}"
    note = f"intervals: 95 %, Student's t over seeds, from {FEWEST} seeds on"
    return View("differences", title, headers, tuple(rows), left=len(named), notes=(note,))
