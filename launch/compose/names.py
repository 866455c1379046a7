"""The names of trainings and studies."""

import re
from collections.abc import Mapping, Sequence

from kage.family import Family
from kage.launch.compose.grid import Choice
from kage.launch.compose.schema import NAMED, world_keys
from kage.recipe import SECTIONS

ALWAYS = ("background", "character")  # a folder's name begins with these groups, even with the usual option
NEVER = ("cluster", "tracker", *NAMED)  # groups that do not change what is trained
LAST = "budget"
LONGEST = 90  # bytes of a name: names of files are made of it, and file systems take 143 to 255 bytes


def readable(
    choices: Mapping[str, str | None], usual: Mapping[str, object], point: Sequence[Choice], family: Family
) -> str:
    """A name for the folder of a training: the options that are not the usual ones. The training's id is its identity.

    choices: the option of every group. usual: the options in conf/config.yaml, in the order of that file. Groups that
    the family does not read are left out. So are sections of the recipe that the command does not name: a budget or a
    task chose their options.
    """
    typed = {choice.key for choice in point}
    groups = [choices[key] for key in ALWAYS if key in family.sections]
    for key in usual:
        foreign = key not in family.sections and key in world_keys() or key in SECTIONS and key not in typed
        if key not in (*ALWAYS, *NEVER, LAST) and not foreign and choices[key] not in (None, usual[key]):
            groups.append(choices[key])
    swept = [choice.option for choice in point if choice.swept and "." in choice.key and choice.key[:5] != "eval."]
    return "-".join([*groups, *(re.sub(r"[^\w.=+-]+", "_", option) for option in swept), choices[LAST]])


def shortened(name: str) -> str:
    """The name, or the beginning of one that is too long for names of files."""
    return name if len(name.encode()) <= LONGEST else f"{name.encode()[: LONGEST - 3].decode(errors='ignore')}..."


def axis_name(key: str) -> str:
    """The name of a swept key in a study. Most keys are of the evaluation look, so only "training" is written out."""
    return key.removeprefix("eval.") if key.startswith("eval.") else f"training {key}"
