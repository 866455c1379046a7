"""The runs of several results folders as those of one: which there are, and whether they contradict each other."""

from pathlib import Path

import pandas as pd

from kage.runs.run import RunError, in_use

LOOK = ["split", "suite", "pair", "study", "dose", "look_id", "metric", "step", "episodes"]  # what a value belongs to
MADE = ["agent", "budget", "world", "code", "device"]  # how all values of a run were made


def gathered(rows: pd.DataFrame) -> dict[str, Path]:
    """The run folder for each place <training>/seed=<k>, one for every seed of every training.

    In: tidy rows of `kage.analysis.collect`. Of copies the one that was measured further counts, among equals the one
    with more files, say policies, and then the first. RunError if two folders contradict each other, or if a process
    writes into one.
    """
    chosen: dict[tuple[str, int], str] = {}
    names: dict[str, str] = {}
    by_run = dict(list(rows.groupby("run", observed=True, sort=False)))
    for run, own in by_run.items():
        if in_use(Path(run)):
            raise RunError(f"{run} is being written: wait until its process has ended, or stop it, and repeat")
        first = own.iloc[0]
        key = str(first.training_id), int(first.seed)
        names.setdefault(key[0], placed(str(first.training), key[0]))
        chosen[key] = further(by_run[chosen[key]], own) if key in chosen else run
    return {f"{names[identity]}/seed={seed}": Path(run) for (identity, seed), run in chosen.items()}


def placed(training: str, identity: str) -> str:
    """The name of a training's folder, which ends in its id: kage run finds it by that."""
    return training if training.endswith(f"-{identity}") else f"{training}-{identity}"


def further(first: pd.DataFrame, second: pd.DataFrame) -> str:
    """Of the rows of two folders of one seed, the folder that has all that the other one has. RunError if neither has,
    or if they have different values."""
    one, other = first.run.iloc[0], second.run.iloc[0]
    who = f"seed {first.seed.iloc[0]} of training {first.training_id.iloc[0]} is in {one} and in {other}"
    advice = "; leave one of the two out, or remove it with kage rm"
    for column in MADE:
        ours, theirs = first[column].iloc[0], second[column].iloc[0]
        if ours != theirs:
            raise RunError(f"{who}, which differ in {column}: {ours} and {theirs}{advice}")
    both = values(first).merge(values(second), on=LOOK, how="outer", suffixes=("", "_other"), indicator=True)
    shared = both[both._merge == "both"]
    unlike = shared[shared["value"] != shared.value_other]
    if len(unlike):
        row = unlike.iloc[0]
        raise RunError(f"{who}, with different results: {row.pair or row.split} {row.metric} at step {row.step} is "
                       f"{row['value']:g} and {row.value_other:g}{advice}")  # fmt: skip
    alone = set(both._merge) - {"both"}
    if len(alone) == 2:
        raise RunError(f"{who}, and each has evaluations that the other lacks{advice}")
    if alone:
        return one if alone == {"left_only"} else other
    return max((one, other), key=lambda run: sum(path.is_file() for path in Path(run).rglob("*")))


def values(rows: pd.DataFrame) -> pd.DataFrame:
    """What was measured in a run, each value once; the newest of looks that were measured again counts."""
    plain = rows[[*LOOK, "value"]].astype({name: "str" for name in LOOK if rows[name].dtype == "category"})
    return plain.drop_duplicates(LOOK, keep="last")
