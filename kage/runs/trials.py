"""How many settings were tried before those of a training were chosen: a file beside its runs, for tables to say it."""

import json
from pathlib import Path

from kage.runs.files import RunError, write

TRIALS = "trials.json"  # in the folder of a training
TRAIN, EVAL = "train", "eval"  # judged by the training look alone, or by looks that should be unseen


def read_trials(folder: Path) -> tuple[int, str]:
    """Number of trials, and `TRAIN` or `EVAL`; (0, "") where nothing was searched. RunError for a damaged file."""
    path = folder / TRIALS
    try:
        found = json.loads(path.read_bytes())
        number, on = found["trials"], found["on"]
    except FileNotFoundError:
        return 0, ""
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{path} cannot be read: {error}") from None
    if type(number) is not int or number < 1 or on not in (TRAIN, EVAL):
        raise RunError(f"{path} has {number!r} trials on {on!r}")
    return number, on


def note_trials(folder: Path, number: int, on: str) -> None:
    """Note that a training's settings were chosen from `number` trials. What was noted before is never made smaller,
    and what was once judged by evaluation looks stays marked."""
    before, place = read_trials(folder)
    noted = max(number, before), EVAL if EVAL in (on, place) else on
    if noted != (before, place):
        write(folder / TRIALS, json.dumps({"trials": noted[0], "on": noted[1]}).encode())
