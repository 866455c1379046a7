"""How trainings and studies are called."""

import re
from collections.abc import Mapping, Sequence

from launch.compose.errors import NAMED
from launch.compose.grid import Choice

ALWAYS = ("background", "character")  # groups that begin a folder's name, also with the usual option
NEVER = ("cluster", "tracker", *NAMED)  # groups that do not change what is trained
LAST = "budget"


def readable(choices: Mapping[str, str | None], usual: Mapping[str, object], point: Sequence[Choice]) -> str:
    """A name for the folder of a training: what was chosen besides the usual. The training's id is its identity.

    choices: the option of every group; usual: those of conf/config.yaml, in its order.
    """
    groups = [choices[key] for key in ALWAYS]
    others = [key for key in usual if key not in (*ALWAYS, *NEVER, LAST)]
    groups += [choices[key] for key in others if choices[key] not in (None, usual[key])]
    swept = [choice.option for choice in point if choice.swept and "." in choice.key and choice.key[:5] != "eval."]
    return "-".join([*groups, *(re.sub(r"[^\w.=+-]+", "_", option) for option in swept), choices[LAST]])


def axis_name(key: str) -> str:
    """How a study calls the key it sweeps: evaluation looks are the rule, the training look is named."""
    return key.removeprefix("eval.") if key.startswith("eval.") else f"training {key}"
