"""Methods x suites: which method repairs which axis, how certainly, and at what cost."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from kage.analysis.compare import SAME
from kage.analysis.estimates import Estimate, estimate, holm
from kage.analysis.gaps import FEWEST, SUITE, suite_seeds, unambiguous
from kage.analysis.metrics import PLATFORMER, Family, Metric
from kage.analysis.pairing import merged
from kage.analysis.samples import Sample, distinct, samples
from kage.analysis.select import plain
from kage.analysis.statistics import mean_of_means
from kage.params import nearest

USUAL = "ppo"  # the reference, where it is one of the methods
IDLE = ("noop", "random")  # methods that learn nothing
PRIVILEGED = "privileged"  # the track of methods that are given what the others must find out
COLUMNS = ("pairs", "n", "train", "eval", "loss", "gap", "reference", "shared", "paired", "difference", "low", "high",
           "gap_difference", "gap_low", "gap_high", "cost", "multiply_adds")  # fmt: skip
PAIRS = ("paired", "gap", "reference", "reference_gap", "difference", "low", "high", "p", "holm")


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
        (95 %, see `kage.analysis.estimates`; empty below `FEWEST` seeds);
      gap_difference, gap_low, gap_high: likewise of the gaps; below 0 the method loses less than the reference;
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
    for row, pairs, others in compared(seeds, reference):
        row |= {"metric": family.telling.name} | summary(list(pairs.values()), family)
        if others:
            row |= {"reference": reference} | beside(pairs, others, family.telling)
        rows.append(row)
    table = pd.DataFrame(rows, columns=[*key, "metric", *COLUMNS])
    table["cost"] = costs_of(table, seeds)
    table["multiply_adds"] = multiply_adds_of(table, seeds)
    order = table.assign(track=table.track == PRIVILEGED, agent=table.agent != reference, name=table.agent)
    order = order.sort_values(["track", *SAME, "suite", "agent", "name", "code"], kind="stable")
    return table.loc[order.index].reset_index(drop=True)


def compared(
    seeds: pd.DataFrame, reference: str,
) -> Iterator[tuple[dict, dict[tuple, Sample], dict[tuple, Sample]]]:  # fmt: skip
    """Every method on every suite: its names, its samples by pair and look, and those of the reference method. Of a
    reference with several codes, which one counts is not known: it has none."""
    for place, suite in samples(seeds, ["rule", *SAME, "suite"], ["track", "agent", "code", "pair", "look"]).items():
        lines: dict[tuple, dict[tuple, Sample]] = {}
        for (track, agent, code, *look), sample in suite.items():
            lines.setdefault((track, agent, code), {})[tuple(look)] = sample
        usual = [who for who in lines if who[1] == reference]
        for who, pairs in lines.items():
            names = dict(zip(["rule", *SAME, "suite"], place)) | dict(zip(["track", "agent", "code"], who))
            yield names, pairs, lines[usual[0]] if len(usual) == 1 else {}


def method_pairs(
    seeds: pd.DataFrame, reference: str | None = None, mix: bool = False, family: Family = PLATFORMER,
) -> pd.DataFrame:  # fmt: skip
    """The gap of every method minus the reference's, pair by pair and paired by seed.

    In: as for `methods`. Out: one row per rule, budget, world, suite, track, agent, code, pair and look that both have,
    without the reference itself; metric and `PAIRS`: seeds that both have, both gaps of these seeds, their difference
    (below 0 the method loses less), low, high (95 %), p (of no difference), and p corrected for all pairs on which the
    method is compared (Holm). Intervals and p are empty below `FEWEST` seeds.
    """
    key = ["rule", *SAME, "suite", "track", "agent", "code", "pair", "look", "metric"]
    seeds = suite_seeds(seeds, mix)
    seeds = merged(seeds, ["rule"], SAME) if mix else seeds
    seeds = unambiguous(seeds[seeds.metric == family.telling.name], SUITE)
    reference, rows = chosen(sorted(seeds.agent.unique()), reference), []
    for names, pairs, others in compared(seeds, reference) if len(seeds) else ():
        for look, pair in pairs.items() if names["agent"] != reference else ():
            if look in others and (both := at_both(pair, others[look])):
                gap, other = (float(family.telling.gap_of(*one.values.mean(axis=-1))) for one in both)
                it = gap_difference([both], family.telling)
                low, high, p = (*it.interval(), it.p) if both[0].n >= FEWEST else (np.nan,) * 3
                values = (both[0].n, gap, reference, other, it.value, low, high, p)
                look = dict(zip(("pair", "look"), look)) | {"metric": family.telling.name}
                rows.append(names | look | dict(zip(PAIRS, values)))
    table = pd.DataFrame(rows, columns=[*key, *PAIRS])
    together = ["rule", *SAME, "track", "agent", "code"]
    return table.assign(holm=table.groupby(together, sort=False).p.transform(holm)) if len(table) else table


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


def beside(pairs: Mapping[tuple, Sample], others: Mapping[tuple, Sample], metric: Metric) -> dict:
    """The differences of a method to the reference, under the shift and of the gap, on the pairs and seeds that both
    have."""
    found = [both for look, pair in pairs.items() if look in others and (both := at_both(pair, others[look]))]
    if not found:
        return {"shared": 0, "paired": 0}
    fewest, row = min(ours.n for ours, _ in found), {}
    for front, it in (("", eval_difference(found)), ("gap_", gap_difference(found, metric))):
        low, high = it.interval() if fewest >= FEWEST else (np.nan, np.nan)
        row |= {f"{front}difference": it.value, f"{front}low": low, f"{front}high": high}
    return {"shared": len(found), "paired": fewest} | row


def at_both(one: Sample, other: Sample) -> tuple[Sample, Sample] | None:
    """Two methods on one look at the seeds that both have, in the same order; None without any."""
    _, ours, theirs = np.intersect1d(one.seeds, other.seeds, return_indices=True)
    return (one.only(ours), other.only(theirs)) if len(ours) else None


def eval_difference(found: Sequence[tuple[Sample, Sample]]) -> Estimate:
    """Method - reference under the shift, on pairs and seeds that both have."""
    strata = [(ours.values[1] - theirs.values[1])[None] for ours, theirs in found]
    return estimate(mean_of_means(strata)[0], np.ones(1), strata, [(ours.who, theirs.who) for ours, theirs in found])


def gap_difference(found: Sequence[tuple[Sample, Sample]], metric: Metric) -> Estimate:
    """The gap of the method minus that of the reference, each of the means over pairs; seeds are paired, so what both
    methods owe to a seed falls out."""
    strata = [np.concatenate([ours.values, theirs.values]) for ours, theirs in found]
    means = mean_of_means(strata)
    ours, theirs = (float(metric.gap_of(*both)) for both in (means[:2], means[2:]))
    slopes = np.concatenate([metric.gap_slopes(*means[:2]), -metric.gap_slopes(*means[2:])])
    return estimate(ours - theirs, slopes, strata, [(ours.who, theirs.who) for ours, theirs in found])


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
