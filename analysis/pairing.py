"""Every seed's value on the training look beside its value under a shift: what gaps and intervals are computed from."""

import json
import re
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from kage.analysis.collect import WORLD, typed
from kage.analysis.metrics import EVAL_ONLY, PLATFORMER, Family
from kage.analysis.samples import EPISODES
from kage.analysis.select import LOOK, WHEN, categories, most_exact, once, places, plain, select

PLACE = ["agent", "suite", "pair", "study", "dose", "look"]  # what was measured
VARIANT = ["budget", "world", "code", "training_id"]  # how it was made: averaged only with `mix`
SEVERAL = " + "  # between names of what was averaged
KEY = ["agent", "budget", "world", "code", "suite", "pair", "study", "dose", "look", "training_id"]  # a row of a table
RUN = ["track", "device", "seconds_per_step", "multiply_adds"]  # what else is known of each seed on each look
COMPETENT = 0.5  # a run has learnt its task if its telling metric reaches this on the training look


def paired(rows: pd.DataFrame, at: str = "max", mix: bool = False, family: Family = PLATFORMER) -> pd.DataFrame:
    """Train and eval value of every seed, by a rule of `kage.analysis.select.RULES`, over the evaluations of its
    training at which both looks were measured: a maximum over more of them is larger by chance.

    In: tidy rows of `kage.analysis.collect`, of one family. Out: one row per run, look and metric, in the order of
    tables: rule, `KEY`, run, seed, metric, train, eval, `EPISODES` (behind train and eval; 0 for no train value),
    competent (1 if the run's telling metric on the training look is at least `COMPETENT`, else 0; NaN if it was not
    measured or is no share), `RUN`; text as categories. With `mix`, runs of several budgets, code versions and
    trainings that were measured on the same thing share one `KEY`, which names all of them. ValueError: no training
    value at some step, one seed in two folders, or what `select` refuses.
    """
    rows = once(categories(rows.reset_index(drop=True)))
    rows["place"] = places(rows, LOOK)
    both, rows = side_by_side(rows), most_exact(rows)
    chosen = select(rows, at, family=family)
    refuse_twins(chosen)
    beside = select(both, at, "train", family).set_index("place")
    seeds = chosen[chosen.split == "eval"].rename(columns={"value": "eval", "episodes": "eval_episodes"})
    seeds = seeds.join(beside[["train", "train_episodes"]], on="place")
    learnt = competence(chosen, family)
    return complete(seeds.assign(competent=learnt[seeds.run.cat.codes]), rows, at, mix, family)


def complete(seeds: pd.DataFrame, rows: pd.DataFrame, rule: str, mix: bool, family: Family) -> pd.DataFrame:
    """Values of seeds in the form of `paired`: named, in the order of tables, with the columns that it promises.

    rows: the tidy rows from which the values were chosen, by `rule`.
    """
    seeds = named_by_settings(seeds)
    if mix:
        seeds = merged(seeds, PLACE, VARIANT)
    seeds = in_order(seeds.assign(rule=rule), rows, ["metric", "seed", "run"], family)
    return categories(seeds[["rule", *KEY, "run", "seed", "metric", "train", "eval", *EPISODES, "competent", *RUN]])


def curves(rows: pd.DataFrame, mix: bool = False, family: Family = PLATFORMER) -> pd.DataFrame:
    """Learning curves on every evaluation look: mean and SEM over seeds at each evaluation.

    In: tidy rows of `kage.analysis.collect`, of one family. Out: one row per `KEY`, metric and step: n (seeds), train,
    train_sem, eval, eval_sem. ValueError as `side_by_side`.
    """
    rows = categories(rows.reset_index(drop=True))
    seeds = side_by_side(rows)
    seeds = named_by_settings(seeds[seeds.split == "eval"].rename(columns={"value": "eval"}))
    if mix:
        seeds = merged(seeds, PLACE, VARIANT)
    key = [*KEY, "metric", "step"]
    table = seeds.groupby(key, observed=True, sort=False).agg(
        n=("eval", "size"), train=("train", "mean"), train_sem=("train", "sem"),
        eval=("eval", "mean"), eval_sem=("eval", "sem"),
    )  # fmt: skip
    return plain(in_order(categories(table.reset_index()), rows, ["metric", "step"], family))


def side_by_side(rows: pd.DataFrame) -> pd.DataFrame:
    """Tidy rows with the columns train, the value of the same run, metric and step on the training look, and
    train_episodes: as many as the row's own where the training look was measured on these, else the most there are.

    agreement and kl have none (NaN, 0); ValueError if another metric has none, or several of one number of episodes.
    """
    train, found = np.full(len(rows), np.nan), np.zeros(len(rows), int)
    for like, known in ((WHEN, most_exact(rows)), ([*WHEN, "episodes"], rows)):
        moment, on_train = places(rows, like), rows.index.isin(known.index[known.split == "train"])
        measured = np.bincount(moment[on_train], minlength=len(rows))
        if (measured > 1).any():
            run = rows.run.iloc[np.flatnonzero(on_train & (measured[moment] > 1))[0]]
            raise ValueError(f"{run} was measured on several training looks")
        values, numbers = np.full(len(rows), np.nan), np.zeros(len(rows), int)
        values[moment[on_train]] = rows["value"].to_numpy()[on_train]
        numbers[moment[on_train]] = rows["episodes"].to_numpy()[on_train]
        there = measured[moment] > 0
        train[there], found[there] = values[moment][there], numbers[moment][there]
    both = rows.assign(train=train, train_episodes=found)
    lacking = both[both.train.isna() & ~both.metric.isin(EVAL_ONLY)]
    if len(lacking):
        first = lacking.iloc[0]
        raise ValueError(f"{first.run} has no measurement of {first.metric} on its training look at step {first.step}")
    return both


def competence(chosen: pd.DataFrame, family: Family) -> np.ndarray:
    """Did each run learn its task, 1 or 0? NaN where that is not known. In: `select`. Out: by the codes of `run`."""
    learnt = np.full(len(chosen.run.cat.categories), np.nan)
    if family.telling.share:
        train = chosen[(chosen.split == "train") & (chosen.metric == family.telling.name)]
        learnt[train.run.cat.codes] = train["value"] >= COMPETENT
    return learnt


def refuse_twins(rows: pd.DataFrame) -> None:
    """ValueError if a seed of one training stands in two folders: a copy is no further seed."""
    runs = rows.drop_duplicates("run")
    twins = runs[runs.duplicated(["agent", *VARIANT, "seed"], keep=False)]
    if len(twins):
        first, second = twins.sort_values(["training_id", "seed", "run"]).iloc[:2].itertuples()
        raise ValueError(f"seed {first.seed} of training {first.training_id} stands in two folders, report one without "
                         f"the other: {first.run} and {second.run}")  # fmt: skip


def named_by_settings(seeds: pd.DataFrame) -> pd.DataFrame:
    """Rows with the settings that differ added to the names of agent and budget, where runs of one name differ:
    ppo learning_rate=0.05, ppo encoder.dense=64. Only runs at the same dose are compared, because the setting that a
    study sweeps makes no other agent."""
    where = ["agent", "budget", "study", "dose"]
    kinds = plain(seeds[[*where, "settings"]].drop_duplicates()).reset_index(drop=True)
    names = kinds[["agent", "budget"]].copy()
    for _, group in kinds.groupby(where, sort=False):
        each = pd.DataFrame(map(json.loads, group.settings), index=group.index)
        for kind, own in each.loc[:, each.nunique() > 1].iterrows():
            for key, value in own.dropna().items():
                section, _, name = key.rpartition(".")
                column = "budget" if section in WORLD else "agent"
                names.loc[kind, column] += f" {name if section in names else typed(key)}={value}"
    if names.equals(kinds[["agent", "budget"]]):
        return seeds
    return called(seeds, [*where, "settings"], names)


def merged(seeds: pd.DataFrame, where: list[str], names: list[str]) -> pd.DataFrame:
    """Rows that agree in `where` as one group: its columns `names` name everything they hold there."""
    kinds = plain(seeds[[*where, *names]].drop_duplicates())
    return called(seeds, where, kinds.groupby(where, sort=False)[names].agg(joined))


def called(seeds: pd.DataFrame, where: list[str], names: pd.DataFrame) -> pd.DataFrame:
    """Rows with new names in some columns. `names` has one row per group of rows that agree in the columns `where`, in
    the order in which the groups first appear."""
    place = places(seeds, where)
    return seeds.assign(**{column: pd.Series(pd.Categorical(names[column])[place], seeds.index) for column in names})


def joined(names: Iterable[str]) -> str:
    """Every name once, as one; names joined before are taken apart."""
    return SEVERAL.join(sorted({part or "unknown" for name in set(names) for part in name.split(SEVERAL)}))


def were_joined(names: pd.Series) -> pd.Series:
    """Which names are several that `joined` made one, bool."""
    return names.astype(str).str.contains(SEVERAL, regex=False)


def in_order(table: pd.DataFrame, rows: pd.DataFrame, then: Sequence[str], family: Family) -> pd.DataFrame:
    """The order of tables: `KEY`, then other columns; numbers in names count as numbers, metrics as the family orders
    them, doses as in `dose_ranks` of the tidy rows. Text must be categories."""
    doses = dose_ranks(rows)
    ranks = {name: table[name].cat.codes if table[name].dtype == "category" else table[name] for name in (*KEY, *then)}
    ranks["pair"] = ranked(table.pair, sorted(table.pair.cat.categories, key=natural))
    ranks["metric"] = ranked(table.metric, family.in_order(table.metric.cat.categories))
    kinds = [(study, dose) for study in table.study.cat.categories for dose in table.dose.cat.categories]
    place = table.study.cat.codes.to_numpy(int) * len(table.dose.cat.categories) + table.dose.cat.codes
    ranks["dose"] = np.array([doses.get(kind, -1) for kind in kinds], int)[place]
    order = np.lexsort([np.asarray(ranks[name]) for name in reversed([*KEY, *then])])
    return table.iloc[order].reset_index(drop=True)


def ranked(names: pd.Series, order: Sequence[str]) -> np.ndarray:
    """The place of each name in an order of all its categories."""
    place = {name: rank for rank, name in enumerate(order)}
    return np.array([place.get(name, -1) for name in names.cat.categories], int)[names.cat.codes]


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
