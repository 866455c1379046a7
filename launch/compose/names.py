"""The names of trainings and studies."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import PurePath

from kage.launch.compose.files import Unusual
from kage.launch.compose.grid import Choice
from kage.launch.compose.schema import NAMED, TASK, world_keys
from kage.launch.compose.tree import Composed, Tree
from kage.launch.experiment import ShiftConfig
from kage.params import Spec, value_text
from kage.recipe import SECTIONS, Recipe

ALWAYS = ("background", "character")  # a name begins with these groups, even with the usual option
NEVER = ("cluster", "tracker", *NAMED)  # groups that do not change what is trained
LAST = "budget"
STEPS = "budget.total_steps"  # the only key of a budget that changes what is trained


def training_words(
    composed: Composed, point: Sequence[Choice], recipe: Recipe, alone: ShiftConfig | None, tree: Tree
) -> tuple[str, ...]:
    """What a training is, in short: the options that are not the usual ones, the keys that were set besides, and the
    budget. The training's id is its identity.

    An option of a world's group is named only while all that its file sets holds. Otherwise the keys that have an
    effect are named. Options of sections of the recipe are named if the command names them, because otherwise a budget
    or a task chose them. alone: the names of the pair, if pairs share no trainings.
    """
    choices, usual, typed = composed.choices, tree.usual_choices, {choice.key for choice in point}
    groups = [*(key for key in ALWAYS if key in recipe.family.sections),
              *(key for key in usual if key not in (*ALWAYS, *NEVER, LAST))]  # fmt: skip
    given, words = set_besides(composed, point, tree), []
    for group in groups:
        keys = [key for key in given if key.startswith(f"{group}.")]
        in_world = group in world_keys()
        if in_world and group not in recipe.family.sections:
            continue
        named = group in ALWAYS or choices[group] not in (None, usual[group])
        if in_world and (kept := file_values(composed, group, tree)).keys() - holding(kept, composed.values[group]):
            told = {f"{group}.{name}" for name in kept if composed.values[group][name] is not False}
            keys = [key for key in fields(group, recipe)
                    if key in keys or key in told and not recipe.world.lacking(key)]  # fmt: skip
        elif named and (in_world or group == TASK or group in typed):
            words.append(choices[group])
        implied = needed_by(keys, group, recipe)
        words += [key_word(key, composed.values) for key in keys
                  if key not in implied and at(composed.values, key) is not None]  # fmt: skip
    words += [key_word(key, composed.values) for key in given if "." not in key or key == STEPS]
    if alone:
        words.append(next((name for name in (alone.study, alone.pair) if name), alone.suite))
    return *map(plain, words), plain(choices[LAST])


def plain(word: str) -> str:
    """A word without characters that mean something in paths."""
    return re.sub(r"[^\w.=+-]+", "_", str(word)).strip("_")


def set_besides(composed: Composed, point: Sequence[Choice], tree: Tree) -> list[str]:
    """The keys of the training that a command or the file of a pair or study sets itself, without those of `eval`."""
    found: dict[str, None] = {}
    for part in composed.parts:
        if part.path.partition("/")[0] in NAMED:
            found |= dict.fromkeys(leaves(part.values, part.package))
    for choice in point:
        if choice.key not in tree.groups:
            found[parameter(choice.key)] = None
    return [key for key in found if key == STEPS or key.partition(".")[0] in (*world_keys(), TASK, *SECTIONS)]


def leaves(values: object, key: str) -> Iterator[str]:
    """The dotted keys of nested mappings."""
    if isinstance(values, Mapping):
        for name, value in values.items():
            yield from leaves(value, f"{key}.{name}" if key else name)
    else:
        yield key


def file_values(composed: Composed, group: str, tree: Tree) -> dict:
    """What the file of the chosen option sets."""
    parts = [part.values for part in composed.parts if part.path.startswith(f"{group}/") and part.package == group]
    if not composed.parts:  # Hydra composed
        with suppress(Unusual):
            parts = [tree.files.read(f"{group}/{composed.choices[group]}").values]
    return {key: value for values in parts if isinstance(values, Mapping) for key, value in values.items()}


def holding(of_file: Mapping, values: Mapping) -> set[str]:
    """The keys of an option file whose values hold."""
    return {key for key, value in of_file.items() if values[key] == value}


def fields(group: str, recipe: Recipe) -> list[str]:
    """The dotted keys of a group of the world, in the order in which they are declared."""
    return [f"{group}.{name}" for name in recipe.family.sections[group].__dataclass_fields__]


def needed_by(keys: Sequence[str], group: str, recipe: Recipe) -> set[str]:
    """The keys that others need: `background.image_dir` tells that `background.mode` is image."""
    needs = (way for key in keys for way in spec_of(key, group, recipe).needs)
    return {f"{group}.{name}" for way in needs for name in way}


def spec_of(key: str, group: str, recipe: Recipe) -> Spec:
    """How the parameter of a dotted key was declared."""
    cls = recipe.family.sections[group] if group in recipe.family.sections else type(getattr(recipe, group))
    return cls.__dataclass_fields__[key.partition(".")[2]].metadata["spec"]


def key_word(key: str, values: Mapping) -> str:
    """A key with its value: background.color_names=red+green; of a path only its last part."""
    value = at(values, key)
    items = value if isinstance(value, list) else [value]
    return f"{key}={'+'.join(PurePath(item).name if isinstance(item, str) else value_text(item) for item in items)}"


def parameter(key: str) -> str:
    """The parameter that a key of a training look sets: background.color_names, also of background.color_names.0."""
    return ".".join(key.split(".")[:2])


def at(values: Mapping, key: str) -> object:
    """The value of a dotted key in nested mappings."""
    node: object = values
    for part in key.split("."):
        node = node[part]
    return node
