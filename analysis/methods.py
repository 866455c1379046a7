"""Methods x suites: which method repairs which axis, how certainly, and at what cost."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from kage.analysis.compare import SAME
from kage.analysis.gaps import FEWEST, SEED, SUITE, suite_seeds, unambiguous
from kage.analysis.metrics import PLATFORMER, Family
from kage.analysis.pairing import merged
from kage.analysis.samples import Sample, distinct, samples
from kage.analysis.select import plain
from kage.analysis.statistics import mean_interval, mean_of_means
from kage.params import nearest

USUAL = "ppo"  # the reference, where it is one of the methods
IDLE = ("noop", "random")  # methods that learn nothing
PRIVILEGED = "privileged"  # the track of methods that are given what the others must find out
COLUMNS = ("pairs", "n", "train", "eval", "loss", "gap", "reference", "shared", "paired", "difference", "low", "high",
           "cost", "multiply_adds")  # fmt: skip


def methods(
    seeds: pd.DataFrame, reference: str | None = None, mix: bool = False, family: Family = PLATFORMER,
) -> pd.DataFrame:  # fmt: skip
    """Every method on every suite by the telling metric, beside the reference method; empty for a single method.

    In: `kage.analysis.pairing.paired`, with the same `mix`. Out: one row per rule, budget, world, track, suite, agent
    and code, privileged ones last, columns metric and `COLUMNS`:
      pairs, n (runs, each counted once), train, eval, loss (train - eval), gap (see `Metric.gap_of`): as in
        `kage.analysis.gaps.suite_gaps`;
      reference: the method that the row is compared with, by eval on the `shared` pairs that both were measured on;
      paired (seeds of the pair that has fewest in common), difference (method - reference, seed by seed), low, high
        (95 %, seeds resampled within pairs; empty below `FEWEST` seeds);
      cost: training seconds per step relative to the reference's, empty where these are unknown or devices differ;
      multiply_adds: of training per environment step, from shapes; empty where unknown.
    Methods are compared where budget and code of the world agree. ValueError: a reference that is none of the methods.
    """
    key = ["rule", *SAME, "track", "suite", "agent", "code"]
    seeds = unambiguous(suite_seeds(seeds, mix), SUITE)
    seeds = merged(seeds, ["rule"], SAME) if mix else seeds
    seeds = seeds[seeds.metric == family.telling.name]
    names = sorted(seeds.agent.unique())
    reference = chosen(names, reference)
    if len(names) < 2:
        return pd.DataFrame(columns=[*key, "metric", *COLUMNS])
    rows = []
    for place, suite in samples(seeds, ["rule", *SAME, "suite"], ["track", "agent", "code", "pair", "look"]).items():
        lines: dict[tuple, dict[tuple, Sample]] = {}
        for (track, agent, code, *look), sample in suite.items():
            lines.setdefault((track, agent, code), {})[tuple(look)] = sample
        usual = [who for who in lines if who[1] == reference]
        other = usual[0] if len(usual) == 1 else None  # of several codes, which one counts is not known
        for who, pairs in lines.items():
            row = dict(zip(["rule", *SAME, "suite"], place)) | dict(zip(["track", "agent", "code"], who))
            row |= {"metric": family.telling.name} | summary(list(pairs.values()), family)
            if other:
                row |= {"reference": reference} | beside(pairs, lines[other])
            rows.append(row)
    table = pd.DataFrame(rows, columns=[*key, "metric", *COLUMNS])
    table["cost"] = costs_of(table, seeds)
    table["multiply_adds"] = multiply_adds_of(table, seeds)
    order = table.assign(track=table.track == PRIVILEGED, agent=table.agent != reference, name=table.agent)
    order = order.sort_values(["track", *SAME, "suite", "agent", "name", "code"], kind="stable")
    return table.loc[order.index].reset_index(drop=True)


def chosen(names: Sequence[str], reference: str | None) -> str | None:
    """The reference method: the one asked for, else the usual one, else the first that learns anything."""
    if reference is None:
        usual = [name for name in names if name == USUAL or name.startswith(f"{USUAL} ")]  # called by a setting too
        return next(iter([*usual, *(name for name in names if name not in IDLE), *names]), None)
    if reference not in names:
        guess = nearest(reference, names)
        hint = f"; nearest valid: {guess}" if guess else ""
        raise ValueError(f"--reference {reference!r} is not allowed: the methods are {', '.join(names)}{hint}")
    return reference


def summary(pairs: Sequence[Sample], family: Family) -> dict:
    """The means of one method on one suite."""
    train, shifted = mean_of_means([pair.values for pair in pairs])
    return {"pairs": len(pairs), "n": distinct(pairs), "train": train, "eval": shifted, "loss": train - shifted,
            "gap": float(family.telling.gap_of(train, shifted))}  # fmt: skip


def beside(pairs: Mapping[tuple, Sample], others: Mapping[tuple, Sample]) -> dict:
    """The difference of a method to the reference under the shift, on the pairs and seeds that both have."""
    strata, runs = [], []
    for look, pair in pairs.items():
        if look in others:
            _, ours, theirs = np.intersect1d(pair.seeds, others[look].seeds, return_indices=True)
            one, other = pair.only(ours), others[look].only(theirs)
            if one.n:
                strata.append(one.values[1] - other.values[1])
                runs.append((one.who, other.who))
    if not strata:
        return {"shared": 0, "paired": 0}
    fewest = min(map(len, strata))
    low, high = mean_interval(strata, SEED, runs) if fewest >= FEWEST else (np.nan, np.nan)
    difference = float(mean_of_means(strata))
    return {"shared": len(strata), "paired": fewest, "difference": difference, "low": low, "high": high}


def costs_of(table: pd.DataFrame, seeds: pd.DataFrame) -> list[float]:
    """Training seconds per environment step of each row of `methods` relative to the reference's; NaN where they are
    unknown, or were measured on several devices."""
    where = ["rule", *SAME, "suite", "agent"]
    runs = plain(seeds.drop_duplicates([*where, "code", "run"])[[*where, "code", "device", "seconds_per_step"]])
    own = runs.groupby([*where, "code"]).agg(devices=("device", set), seconds=("seconds_per_step", "mean"))
    found = []
    for row in table.to_dict("records"):
        one = own.loc[tuple(row[column] for column in (*where, "code"))]
        others = own.loc[tuple(row[column] for column in where[:-1])]
        others = others.loc[row["reference"]] if row["reference"] in others.index else others.iloc[:0]
        same = len(others) == 1 and len(one.devices | others.devices.iloc[0]) == 1 and "" not in one.devices
        found.append(one.seconds / others.seconds.iloc[0] if same else np.nan)
    return found


def multiply_adds_of(table: pd.DataFrame, seeds: pd.DataFrame) -> list[float]:
    """Multiply-adds of training per environment step of each row of `methods`, the mean of its runs; NaN if unknown."""
    where = ["rule", *SAME, "suite", "agent", "code"]
    runs = plain(seeds.drop_duplicates([*where, "run"])[[*where, "multiply_adds"]])
    own = runs.groupby(where).multiply_adds.mean()
    return [own.loc[tuple(row[column] for column in where)] for row in table.to_dict("records")]
