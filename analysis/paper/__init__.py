"""The paper's numbers, and ours beside them.

pairs.csv holds Table 3 as printed, suites.csv Table 1: ten seeds of PPO, 25 million steps each, maximum over training.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from kage.analysis.collect import settings, typed
from kage.analysis.metrics import DIFFERENCE, PAPER_ORDER, PLATFORMER
from kage.look.configuration import to_dict
from kage.platformer.config import Config

HERE = Path(__file__).parent
# Printed gaps that contradict the means printed beside them: (name, metric) -> gap of those means.
MISPRINTS = {("agent_1", "success_rate"): 30.0, ("background", "return"): 817.5}

PROTOCOL = settings({
    "agent": {
        "num_envs": 128, "num_steps": 128, "minibatches": 8, "epochs": 3, "learning_rate": 5e-4,
        "learning_rate_warmup": 0, "learning_rate_decay": 0, "gamma": 0.999, "gae_lambda": 0.95, "clip": 0.2,
        "value_clip": 0.2, "entropy_weight": 0.01, "value_weight": 0.5, "max_gradient_norm": 0.5, "adam_eps": 1e-5,
        "reward_scale": 1.0, "truncation": "terminal",
    },
    "encoder": {"name": "cnn", "channels": [32, 64, 64], "kernels": [8, 4, 3], "strides": [4, 2, 1], "dense": 512},
    "task": {"pool": 1}, "budget": {"total_steps": 25_000_000, "eval_every": 50, "eval_episodes": 128},
    "env": to_dict(Config()),
})  # fmt: skip


def departures(text: str) -> str:
    """Where settings, as in tidy rows, are not the paper's: num_envs=2 (paper 128)."""
    ours = json.loads(text)
    differ = [key for key in PROTOCOL if ours.get(key, PROTOCOL[key]) != PROTOCOL[key]]
    return ", ".join(f"{typed(key)}={ours[key]} (paper {PROTOCOL[key]})" for key in differ)


def published(what: str) -> pd.DataFrame:
    """What the paper prints of each "pair" or "suite": columns `what` (pairs named as in conf/pair), metric, train,
    train_sem, eval, eval_sem, gap; one row per name and metric."""
    wide = pd.read_csv(HERE / f"{what}s.csv", dtype={"pair": "str"})
    if what == "pair":
        wide["pair"] = wide.suite + "_" + wide.pair
    parts = []
    for metric in PAPER_ORDER:
        columns = {f"{metric}_{column}": column for column in ("train", "train_sem", "eval", "eval_sem", "gap")}
        parts.append(wide[[what, *columns]].rename(columns=columns).assign(metric=metric))
    return pd.concat(parts, ignore_index=True)


def beside(table: pd.DataFrame, what: str) -> pd.DataFrame:
    """A table of `kage.analysis.gaps` beside the paper's, in its order; names that the paper does not have are left
    out.

    In: `gaps` with what="pair", `suite_gaps` with what="suite". Out: the table's columns up to n, then value ("train",
    "eval" or "gap"), ours, ours_sem, paper, paper_sem, difference (ours - paper), within (is it at most the combined
    SEM, sqrt(ours_sem^2 + paper_sem^2); empty for gaps, which have none, and for single seeds), note.
    """
    key = list(table.columns[: table.columns.get_loc("n") + 1])
    both = table.merge(published(what), on=[what, "metric"], suffixes=("", "_paper"))
    both["gap"] = [as_printed(metric, gap) for metric, gap in zip(both.metric, both.gap)]
    parts = []
    for value in ("train", "eval", "gap"):
        part = both[key].assign(
            value=value, ours=both[value], ours_sem=both.get(f"{value}_sem", np.nan),
            paper=both[f"{value}_paper"], paper_sem=both.get(f"{value}_sem_paper", np.nan),
        )  # fmt: skip
        part["difference"] = part.ours - part.paper
        combined = np.hypot(part.ours_sem, part.paper_sem)
        part["within"] = (part.difference.abs() <= combined).astype("boolean").mask(combined.isna())
        part["note"] = [misprint(name, metric, value) for name, metric in zip(part[what], part.metric)]
        parts.append(part)
    return pd.concat(parts).sort_index(kind="stable").reset_index(drop=True)


def as_printed(metric: str, gap: float) -> float:
    """A gap as the paper prints it: a difference without its sign."""
    return abs(gap) if PLATFORMER.metric(metric).gap == DIFFERENCE else gap


def misprint(name: str, metric: str, value: str) -> str:
    """What is known to be wrong with a printed number, "" if nothing is."""
    own = MISPRINTS.get((name, metric)) if value == "gap" else None
    return "" if own is None else f"misprinted: the paper's own means give {own}"
