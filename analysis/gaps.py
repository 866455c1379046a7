"""The generalisation gap: what a policy loses when only the look changes (paper, section 6)."""

import pandas as pd

METRICS = ("distance", "progress", "success_rate", "return")
KEY = ["training", "agent", "budget", "suite", "pair", "look"]


def select(rows: pd.DataFrame, at: str) -> pd.DataFrame:
    """One value per run, look and metric: `max`, the maximum over training as in the paper, or `last`.

    In: tidy rows of `analysis.collect`. Out: the same columns without step.
    """
    if at not in ("max", "last"):
        raise ValueError(f"at={at!r} is not allowed: one of max, last")
    key = [name for name in rows.columns if name not in ("step", "value", "episodes", "state")]
    repeated = rows.duplicated([*key, "step"])
    if repeated.any():
        raise ValueError(f"measured twice: {rows[repeated].iloc[0].to_dict()}")
    ordered = rows.sort_values("step")
    return ordered.groupby(key, sort=False)["value"].agg("max" if at == "max" else "last").reset_index()


def paired(rows: pd.DataFrame, at: str) -> pd.DataFrame:
    """Train and eval value of every seed: columns `KEY`, seed, metric, train, eval.

    A pair's training value is that of the same run on the training look. ValueError if a run lacks it.
    """
    chosen = select(rows, at)
    run = ["training", "agent", "budget", "seed", "metric"]
    train = chosen[chosen.split == "train"].set_index(run)["value"].rename("train")
    shifted = chosen[chosen.split == "eval"].join(train, on=run).rename(columns={"value": "eval"})
    if shifted.train.isna().any():
        missing = shifted[shifted.train.isna()].iloc[0]
        raise ValueError(f"{missing.training} seed {missing.seed} has no measurement on its training look")
    return shifted[[*KEY, "seed", "metric", "train", "eval"]].reset_index(drop=True)


def gaps(rows: pd.DataFrame, at: str = "max") -> pd.DataFrame:
    """The gap table: one row per pair and metric.

    Columns `KEY`, metric, n (seeds), train, train_sem, eval, eval_sem, gap. SEM is over seeds (ddof 1, empty for one
    seed). The gap is computed from the means: percent of the train mean for distance, progress and success rate
    (empty if that is 0), absolute difference for return.
    """
    seeds = paired(rows, at)
    order = seeds.drop_duplicates([*KEY, "metric"])[[*KEY, "metric"]]
    table = seeds.groupby([*KEY, "metric"], sort=False).agg(
        n=("train", "size"), train=("train", "mean"), train_sem=("train", "sem"),
        eval=("eval", "mean"), eval_sem=("eval", "sem"),
    )  # fmt: skip
    table = order.join(table, on=[*KEY, "metric"]).reset_index(drop=True)
    difference = table["train"] - table["eval"]
    percent = 100 * difference / table.train.where(table.train != 0)
    table["gap"] = percent.where(table.metric != "return", difference.abs())
    table["metric"] = pd.Categorical(table.metric, [*METRICS, *sorted(set(table.metric) - set(METRICS))])
    return table.sort_values([*KEY, "metric"], kind="stable", ignore_index=True).astype({"metric": "str"})
