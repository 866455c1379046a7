"""Selection rules: which evaluation of a training counts, as one value per run, look and metric."""

import numpy as np
import pandas as pd

from kage.run import EVAL

RULES = {
    "max": "maximum over training of each metric (the paper's rule)",
    "last": "last evaluation",
    "train_best": "evaluation with the best success rate on the training look",
}
EVAL_ONLY = ("agreement", "kl")  # compare two looks of one policy: they have no training value and no best
LOOK = ["run", "split", "suite", "pair", "study", "dose", "look", "metric"]


def select(rows: pd.DataFrame, at: str, by: str = "value") -> pd.DataFrame:
    """One row per run, look and metric, by a rule of `RULES`; `by`: the column that `max` judges.

    `max` takes each metric's maximum over training (spec/benchmark.md section 3), and the last agreement and kl: their
    maximum says nothing. `last` takes the last evaluation. `train_best` takes everything from one evaluation of the
    run, see `best_steps`.

    In: tidy rows of `analysis.collect`. Out: the same columns without step and episodes, categories as plain text.
    ValueError: an unknown rule, a repeated measurement, or a look that was not measured where the rule points.
    """
    if at not in RULES:
        raise ValueError(f"at={at!r} is not allowed: one of {', '.join(RULES)}")
    rows = once(rows)
    if at == "train_best":
        chosen = rows[rows.step == rows.run.astype("str").map(best_steps(rows))]
        require_all(rows, chosen)
    else:
        use_step = True if at == "last" else rows.metric.isin(EVAL_ONLY)
        order = rows.assign(order=np.where(use_step, rows.step, rows[by])).sort_values("order", kind="stable")
        chosen = order.drop_duplicates(LOOK, keep="last").drop(columns="order")
    return plain(chosen.drop(columns=["step", "episodes"]))


def once(rows: pd.DataFrame) -> pd.DataFrame:
    """Tidy rows without exact repetitions, which say nothing new. ValueError if a measurement has two results."""
    if rows.duplicated([*LOOK, "step"]).any():
        rows = rows.drop_duplicates([*LOOK, "step", "value", "episodes"])
        repeated = rows[rows.duplicated([*LOOK, "step"], keep=False)]
        if len(repeated):
            row = repeated.iloc[0]
            raise ValueError(f"{row.run}/{EVAL}: {row.pair or row.split} {row.metric} at step {row.step} was measured "
                             "twice, with different results: keep one of the lines, or move that folder away and "
                             "repeat the command")  # fmt: skip
    return rows


def best_steps(rows: pd.DataFrame) -> pd.Series:
    """The step of each run's best evaluation, judged on the training look alone: highest success rate, among equals
    highest return, among equals the earliest.

    In: tidy rows. Out: step, indexed by run. ValueError if the training look lacks one of the two metrics.
    """
    train = plain(rows[(rows.split == "train") & rows.metric.isin(["success_rate", "return"])])
    wide = train.pivot(index=["run", "step"], columns="metric", values="value")
    wide = wide.reindex(columns=["success_rate", "return"]).reset_index()
    lacking = set(rows.run) - set(wide.dropna().run)
    if lacking or wide.isna().any(axis=None):
        who = min(lacking, default=None) or wide[wide.isna().any(axis=1)].run.iloc[0]
        raise ValueError(f"at='train_best' needs success_rate and return on the training look: {who} lacks them")
    best = wide.sort_values(["success_rate", "return", "step"], ascending=[False, False, True])
    return best.drop_duplicates("run").set_index("run")["step"]


def require_all(rows: pd.DataFrame, chosen: pd.DataFrame) -> None:
    """ValueError unless every look and metric of every run was measured at the step chosen for it; agreement and kl
    may have begun later."""
    wanted, found = (frame[~frame.metric.isin(EVAL_ONLY)].drop_duplicates(LOOK) for frame in (rows, chosen))
    if len(wanted) > len(found):
        missing = pd.concat([wanted, found]).drop_duplicates(LOOK, keep=False).iloc[0]
        raise ValueError(f"{missing.run}: {missing.pair} {missing.metric} was not measured at the run's best step")


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Categories as plain text: what is small is grouped and joined without their bookkeeping."""
    return frame.astype({name: "str" for name in frame.columns if frame[name].dtype == "category"})
