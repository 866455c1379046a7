"""Measurements made by hand: rows as `kage.analysis.collect` gives them, and run folders as trainings leave them."""

import pandas as pd

from kage.runs.run import EVAL, Run

RUN = {"run": "/runs/a/seed=0", "training": "a", "training_id": "id", "family": "kage", "described": "", "agent": "ppo", "budget": "paper",
       "world": "w1", "code": "c1", "settings": "{}", "device": "cpu", "seconds_per_step": 0.001, "multiply_adds": 2e6, "trials": 0, "tuned_on": "", "seed": 0, "state": "done",
       "track": "agnostic"}  # fmt: skip
TRAIN = {"split": "train", "suite": "", "pair": "", "study": "", "dose": "", "look": "train", "look_id": "t"}
CONFIG = {"training_id": "x1", "agent": {"name": "ppo"}, "budget": {"name": "debug"}, "env": {"seed": 0}}


def shifted(pair, dose="", **changes):
    """An evaluation look: `suite_number`, or a dose of the study `pair`."""
    suite, study = ("study", pair) if dose else (pair.rpartition("_")[0], "")
    look = {"split": "eval", "suite": suite, "pair": pair, "study": study, "dose": dose, "look": f"to {pair}{dose}"}
    return look | {"look_id": pair + dose} | changes


def measured(look, seed, metric, values, **run):
    """One row per step (0, 100, ...) of one run on one look."""
    base = RUN | run | {"seed": seed}
    base["run"] = "/runs/{agent}-{budget}-{world}-{code}-{training_id}/seed={seed}".format(**base)
    return [base | look | {"step": 100 * i, "metric": metric, "value": float(value), "episodes": 128}
            for i, value in enumerate(values)]  # fmt: skip


def table(metric="success_rate", seeds=(), **run):
    """Rows of runs evaluated once: one mapping per seed, from the pair ("" is the training look) to the value."""
    rows = [row for seed, values in enumerate(seeds) for pair, value in values.items()
            for row in measured(shifted(pair) if pair else TRAIN, seed, metric, [value], **run)]  # fmt: skip
    return pd.DataFrame(rows)


def write_run(folder, seed=0, state="done", values=(10, 20), pair="filters_1", record=None, config=CONFIG, looks=None):
    """A run folder: `values` of distance over training on the training look, half of them on the evaluation looks."""
    names = ("step", "split", "suite", "pair", "study", "dose", "look", "look_id", "metric", "value", "episodes")
    looks = [shifted(pair)] if looks is None else looks
    looks = [(TRAIN | dict.fromkeys(("suite", "pair", "study", "dose")), 1), *((look, 0.5) for look in looks)]
    rows = [row for look, factor in looks for metric, scale in (("distance", 1), ("success_rate", 1 / 20))
            for row in measured(look, seed, metric, [factor * scale * value for value in values])]  # fmt: skip
    with Run(folder / f"seed={seed}") as run:
        run.describe(config, record or {"host": "here"})
        run.log(EVAL, [{name: row[name] for name in names} for row in rows])
        run.status(state, step=100)
    return run.folder
