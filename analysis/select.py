"""Selection rules: which evaluation of a training counts, as one value per run, look and metric."""

import numpy as np
import pandas as pd

from kage.analysis.metrics import EVAL_ONLY, PLATFORMER, TIE_BREAK, Family
from kage.runs.run import EVAL

RULES = {
    "max": "maximum over training of each metric (the paper's rule)",
    "last": "last evaluation",
    "train_best": "evaluation with the best success rate on the training look",
}
LOOK = ["run", "split", "suite", "pair", "study", "dose", "look", "metric"]
WHEN = ["run", "metric", "step"]


def rule_text(at: str, family: Family = PLATFORMER) -> str:
    """A rule in words, with the family's telling metric."""
    return RULES[at].replace(PLATFORMER.telling.prose, family.telling.prose)


def select(rows: pd.DataFrame, at: str, by: str = "value", family: Family = PLATFORMER) -> pd.DataFrame:
    """One row per run, look and metric, by a rule of `RULES`; `by`: the column that `max` judges.

    `max` takes each metric's maximum over training (spec/benchmark.md section 3), and the last agreement and kl: their
    maximum says nothing. `last` takes the last evaluation. `train_best` takes everything from one evaluation of the
    run, see `best_steps`.

    In: tidy rows of `kage.analysis.collect` without repetitions, see `once` and `most_exact`. Out: the same columns
    without step. ValueError: an unknown rule, or a look that was not measured where the rule points.
    """
    if at not in RULES:
        raise ValueError(f"at={at!r} is not allowed: one of {', '.join(RULES)}")
    if at == "train_best":
        run = rows.run.astype("category").cat
        best = best_steps(rows, family).reindex(run.categories).to_numpy()
        chosen = rows[rows.step.to_numpy() == best[run.codes]]
        require_all(rows, chosen)
    else:
        use_step = True if at == "last" else rows.metric.isin(EVAL_ONLY)
        order = np.where(use_step, rows.step, rows[by])
        ranked = rows.iloc[np.argsort(order, kind="stable")]
        chosen = ranked.drop_duplicates(LOOK, keep="last")
    return chosen.drop(columns="step")


def once(rows: pd.DataFrame) -> pd.DataFrame:
    """Tidy rows without exact repetitions, which say nothing new. ValueError if a measurement has two results. A
    training look may be measured again on another number of episodes, to stand beside looks that have this number."""
    if rows.duplicated([*LOOK, "step"]).any():
        rows = rows.drop_duplicates([*LOOK, "step", "value", "episodes"])
        again = rows.episodes.where(rows.split == "train", 0)
        repeated = rows[rows.assign(again=again).duplicated([*LOOK, "step", "again"], keep=False)]
        if len(repeated):
            row = repeated.iloc[0]
            raise ValueError(f"{row.run}/{EVAL}: {row.pair or row.split} {row.metric} at step {row.step} was measured "
                             "twice, with different results: keep one of the lines, or move that folder away and "
                             "repeat the command")  # fmt: skip
    return rows


def most_exact(rows: pd.DataFrame) -> pd.DataFrame:
    """Tidy rows without those of a training look that was measured on more episodes at the same step."""
    train = rows[rows.split == "train"]
    if not train.duplicated(WHEN).any():
        return rows
    fewer = train.sort_values("episodes", kind="stable").duplicated(WHEN, keep="last")
    return rows.drop(index=fewer.index[fewer])


def best_steps(rows: pd.DataFrame, family: Family = PLATFORMER) -> pd.Series:
    """The step of each run's best evaluation, judged on the training look alone: highest value of the telling metric,
    among equals highest return where the family has one, among equals the earliest.

    In: tidy rows. Out: step, indexed by run. ValueError if the training look lacks one of these metrics.
    """
    rows, own = most_exact(rows), {metric.name for metric in family.metrics}
    judged = list(dict.fromkeys([family.telling.name, *({TIE_BREAK} & own)]))
    train = plain(rows[(rows.split == "train") & rows.metric.isin(judged)])
    wide = train.pivot(index=["run", "step"], columns="metric", values="value")
    wide = wide.reindex(columns=judged).reset_index()
    lacking = set(rows.run.unique()) - set(wide.dropna().run)
    if lacking or wide.isna().any(axis=None):
        who = min(lacking, default=None) or wide[wide.isna().any(axis=1)].run.iloc[0]
        raise ValueError(f"at='train_best' needs {' and '.join(judged)} on the training look: {who} lacks them")
    best = wide.sort_values([*judged, "step"], ascending=[False] * len(judged) + [True])
    return best.drop_duplicates("run").set_index("run")["step"]


def require_all(rows: pd.DataFrame, chosen: pd.DataFrame) -> None:
    """ValueError unless every look and metric of every run was measured at the step chosen for it; agreement and kl
    may have begun later."""
    wanted, found = (frame[~frame.metric.isin(EVAL_ONLY)].drop_duplicates(LOOK) for frame in (rows, chosen))
    if len(wanted) > len(found):
        missing = pd.concat([wanted, found]).drop_duplicates(LOOK, keep=False).iloc[0]
        raise ValueError(f"{missing.run}: {missing.pair} {missing.metric} was not measured at the run's best step")


def places(frame: pd.DataFrame, columns: list[str]) -> np.ndarray:
    """The number of each row's group, where groups agree in the columns and are numbered as they first appear."""
    return frame.groupby(columns, observed=True, sort=False).ngroup().to_numpy()


def categories(frame: pd.DataFrame) -> pd.DataFrame:
    """Text as categories, unused ones removed: pandas groups and sorts many rows by their numbers, not their text."""
    text = [name for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name].dtype)]
    return frame.assign(**{name: (frame[name].astype("category") if frame[name].dtype != "category" else frame[name])
                           .cat.remove_unused_categories() for name in text})  # fmt: skip


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Categories as plain text, for small tables: pandas groups and joins text with fewer surprises."""
    return frame.astype({name: "str" for name in frame.columns if frame[name].dtype == "category"})
