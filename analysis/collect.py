"""Run folders as one tidy table."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import yaml

from kage.run import EVAL, RunError, read_rows, read_status

COLUMNS = {
    "training": "str", "training_id": "str", "agent": "str", "budget": "str", "seed": "int64", "state": "str",
    "step": "int64", "split": "str", "suite": "str", "pair": "str", "look": "str", "look_id": "str",
    "metric": "str", "value": "float64", "episodes": "int64",
}  # fmt: skip


NUMBERS = {"step": int, "value": (int, float), "episodes": int}


def checked(row: dict) -> dict:
    """The row, if its numbers are numbers; ValueError otherwise."""
    if not isinstance(row, dict):
        raise ValueError(f"{EVAL} has {row!r} for a row")
    for name, kind in NUMBERS.items():
        if not isinstance(row.get(name), kind):
            raise ValueError(f"{EVAL} has a row whose {name} is {row.get(name)!r}")
    return row


def run_folders(roots: Iterable[Path]) -> list[Path]:
    """Every run folder at or below the roots, absolute and sorted; roots may overlap."""
    return sorted({path.parent for root in roots for path in Path(root).resolve().rglob("config.yaml")
                   if path.parent.name.startswith("seed=")})  # fmt: skip


def collect(roots: Iterable[Path]) -> tuple[pd.DataFrame, list[str]]:
    """All evaluations below the roots, one row per run x step x look x metric, and what could not be read.

    Columns are `COLUMNS`; suite and pair are empty for the training look. The second result holds one message
    per unreadable folder: nothing is skipped in silence.
    """
    rows, faults = [], []
    for folder in run_folders(roots):
        try:
            config = yaml.safe_load((folder / "config.yaml").read_text())
            base = {
                "training": folder.parent.name, "training_id": config["training_id"], "agent": config["agent"]["name"],
                "budget": config["budget"]["name"], "seed": int(folder.name.removeprefix("seed=")),
                "state": read_status(folder)["state"],
            }  # fmt: skip
            rows += [base | checked(row) for row in read_rows(folder / EVAL)]
        except (RunError, OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
            faults.append(f"{folder}: {error}")
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    text = [name for name, kind in COLUMNS.items() if kind == "str"]
    frame[text] = frame[text].fillna("")
    return frame.astype(COLUMNS), faults
