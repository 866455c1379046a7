"""Every seed's value on the training look beside its value under a shift: what gaps and intervals are computed from."""

import json
import re
from collections.abc import Iterable

import pandas as pd

from analysis.select import EVAL_ONLY, LOOK, once, plain, select

METRICS = ("distance", "progress", "success_rate", "return")
PLACE = ["agent", "suite", "pair", "study", "dose", "look"]  # what was measured
VARIANT = ["budget", "code", "training_id"]  # how it was made: averaged only with `mix`
KEY = ["agent", "budget", "code", "suite", "pair", "study", "dose", "look", "training_id"]  # a row of a table
COMPETENT = 0.5  # success rate on the training look from which on a seed has learnt its task


def paired(rows: pd.DataFrame, at: str = "max", mix: bool = False) -> pd.DataFrame:
    """Train and eval value of every seed, by a rule of `analysis.select.RULES`, over the evaluations of its training
    at which both looks were measured: a maximum over more of them is larger by chance.

    In: tidy rows of `analysis.collect`. Out: one row per run, look and metric, in the order of tables: rule, `KEY`,
    run, seed, metric, train, eval, competent (1 if the run's success rate on the training look is at least `COMPETENT`,
    else 0, NaN if it was not measured). With `mix`, runs of several budgets, code versions and trainings that were
    measured on the same thing share one `KEY`, which names all of them.
    ValueError: no training value at some step, one seed in two folders, or what `select` refuses.
    """
    rows = once(rows)
    chosen = select(rows, at)
    refuse_twins(chosen)
    beside = side_by_side(rows)
    train = select(beside, at, by="train").set_index(LOOK)["train"]
    seeds = chosen[chosen.split == "eval"].rename(columns={"value": "eval"}).join(train, on=LOOK)
    seeds = told_apart(seeds)
    success = chosen[(chosen.split == "train") & (chosen.metric == "success_rate")].set_index("run")["value"]
    seeds["competent"] = seeds.run.map((success >= COMPETENT).astype(float)).astype(float)
    if mix:
        seeds = merged(seeds, PLACE, VARIANT)
    seeds = in_order(seeds.assign(rule=at), dose_ranks(rows), ["metric", "seed", "run"])
    return seeds[["rule", *KEY, "run", "seed", "metric", "train", "eval", "competent"]]


def curves(rows: pd.DataFrame, mix: bool = False) -> pd.DataFrame:
    """Learning curves on every evaluation look: mean and SEM over seeds at each evaluation.

    In: tidy rows of `analysis.collect`. Out: one row per `KEY`, metric and step: n (seeds), train, train_sem, eval,
    eval_sem. ValueError as `side_by_side`.
    """
    seeds = side_by_side(rows)
    seeds = told_apart(seeds[seeds.split == "eval"].rename(columns={"value": "eval"}))
    if mix:
        seeds = merged(plain(seeds), PLACE, VARIANT)
    key = [*KEY, "metric", "step"]
    table = seeds.groupby(key, observed=True, sort=False).agg(
        n=("eval", "size"), train=("train", "mean"), train_sem=("train", "sem"),
        eval=("eval", "mean"), eval_sem=("eval", "sem"),
    )  # fmt: skip
    return in_order(plain(table.reset_index()), dose_ranks(rows), ["metric", "step"])


def side_by_side(rows: pd.DataFrame) -> pd.DataFrame:
    """Tidy rows with the column train: the value of the same run, metric and step on the training look.

    agreement and kl have none (NaN); ValueError if another metric has none, or several.
    """
    on = ["run", "metric", "step"]
    train = rows[rows.split == "train"].set_index(on)["value"].rename("train")
    if train.index.has_duplicates:
        raise ValueError(f"{train.index[train.index.duplicated()][0][0]} was measured on several training looks")
    both = rows.join(train, on=on)
    lacking = both[both.train.isna() & ~both.metric.isin(EVAL_ONLY)]
    if len(lacking):
        first = lacking.iloc[0]
        raise ValueError(f"{first.run} has no measurement of {first.metric} on its training look at step {first.step}")
    return both


def refuse_twins(rows: pd.DataFrame) -> None:
    """ValueError if a seed of one training stands in two folders: a copy is no further seed."""
    runs = rows.drop_duplicates("run")
    twins = runs[runs.duplicated(["agent", *VARIANT, "seed"], keep=False)]
    if len(twins):
        first, second = twins.sort_values(["training_id", "seed", "run"]).iloc[:2].itertuples()
        raise ValueError(f"seed {first.seed} of training {first.training_id} stands in two folders, report one without "
                         f"the other: {first.run} and {second.run}")  # fmt: skip


def told_apart(seeds: pd.DataFrame) -> pd.DataFrame:
    """Rows whose agent and budget are called by their settings too, where runs under the same names differ in them:
    ppo learning_rate=0.05. Doses are compared with the same dose alone: what a study sweeps is no other agent."""
    where = ["agent", "budget", "study", "dose"]
    kinds = plain(seeds[[*where, "settings"]].drop_duplicates()).reset_index(drop=True)
    names = kinds[["agent", "budget"]].copy()
    for _, its in kinds.groupby(where, sort=False):
        each = pd.DataFrame(map(json.loads, its.settings), index=its.index)
        for kind, own in each.loc[:, each.nunique() > 1].iterrows():
            for key, value in own.dropna().items():
                section, _, name = key.rpartition(".")
                if section in names:
                    names.loc[kind, section] += f" {name}={value}"
                else:
                    names.loc[kind, "budget"] += f" {key}={value}"
    if names.equals(kinds[["agent", "budget"]]):
        return seeds
    kind = seeds.groupby([*where, "settings"], observed=True, sort=False).ngroup()
    return seeds.assign(**{column: names[column].to_numpy()[kind] for column in names})


def merged(seeds: pd.DataFrame, where: list[str], names: list[str]) -> pd.DataFrame:
    """Rows that agree in `where` as one group: its columns `names` name everything they hold there."""
    labels = seeds.groupby(where, sort=False)[names].agg(joined)
    return seeds.drop(columns=names).join(labels, on=where)


def joined(names: Iterable[str]) -> str:
    """Every name once, as one; names joined before are taken apart."""
    return " + ".join(sorted({part or "unknown" for name in set(names) for part in name.split(" + ")}))


def in_order(table: pd.DataFrame, doses: dict[tuple[str, str], int], then: list[str]) -> pd.DataFrame:
    """The order of tables: `KEY`, then other columns; numbers in names count as numbers, doses as in `doses`."""
    table = table.reset_index(drop=True)
    ranks = table[[*KEY, *then]].assign(
        pair=table.pair.map({name: rank for rank, name in enumerate(sorted(set(table.pair), key=natural))}),
        dose=[doses[key] for key in zip(table.study, table.dose)],
        metric=table.metric.map({name: rank for rank, name in enumerate(metrics_of(table))}),
    )  # fmt: skip
    return table.loc[ranks.sort_values([*KEY, *then], kind="stable").index].reset_index(drop=True)


def metrics_of(table: pd.DataFrame) -> list[str]:
    """The metrics in a table: the paper's, others by name, then those of evaluation looks alone."""
    present = set(table.metric)
    return [name for name in (*METRICS, *sorted(present - {*METRICS, *EVAL_ONLY}), *EVAL_ONLY) if name in present]


def natural(name: str) -> list[tuple]:
    """Sort key by which background_10 follows background_9."""
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in re.split(r"(\d+)", name)]


def dose_ranks(rows: pd.DataFrame) -> dict[tuple[str, str], int]:
    """The place of each (study, dose): numbers by value, lists by length, what is left as it first appears."""
    ranks = {}
    for study, doses in plain(rows[["study", "dose"]].drop_duplicates()).groupby("study", sort=False)["dose"]:
        numbers = pd.to_numeric(doses, errors="coerce")
        sizes = doses.str.count(",") if numbers.isna().any() else numbers
        ranks |= {(study, dose): place for place, dose in enumerate(doses.loc[sizes.sort_values(kind="stable").index])}
    return ranks
