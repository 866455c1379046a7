"""From the arguments of a command to cells: every point of the grid is composed, and its values are judged."""

import dataclasses
import functools
import json
import typing
from collections.abc import Callable, Mapping, Sequence
from types import UnionType

from kage.config import Config, from_dict
from kage.params import ConfigError, fault
from launch.compose.checks import check_places
from launch.compose.errors import NAMED
from launch.compose.files import merged
from launch.compose.grid import Choice, expand, grid, named_sweep, without_seeds
from launch.compose.names import axis_name, readable
from launch.compose.overlay import with_overlay
from launch.compose.schema import section_class
from launch.compose.tree import Composed, Tree, composition
from launch.experiment import ENVIRONMENT, PLAIN, SECTIONS, Cell

COMPARED = (*NAMED, *SECTIONS)  # sweeping these is no dose


def cells(overrides: Sequence[str]) -> list[Cell]:
    """The cells that the arguments of `kage run` span, in order. ConfigError, one line, if they are not valid.

    Choices (`a,b`), `range`, `glob` and `choice` make a grid, and so does the `sweep` list of a suite or study file;
    a key on the command line replaces the same key of that list. Seeds are expanded without composing again.
    """
    with composition() as tree:
        axes, seeds = without_seeds(expand(overrides, tree))
        keys = {axis.key for axis in axes}
        if len(named := [key for key in NAMED if key in keys]) > 1:
            raise ConfigError(f"{named[0]}= and {named[1]}= are not allowed together: give one of {', '.join(NAMED)}")
        found = []
        for point in grid(axes):
            inner, listed = without_seeds(axis for axis in named_sweep(point, tree) if axis.key not in keys)
            for extra in grid(inner):
                cell = point_cell([*extra, *point], tree)
                found += [dataclasses.replace(cell, seed=seed) for seed in seeds or listed or [PLAIN["seed"]]]
    return found


def one_look(overrides: Sequence[str], shifted: bool = False) -> Config:
    """The training look, or with `shifted` the evaluation look, that overrides ask for; ConfigError if not just one."""
    for key, _, value in (override.lstrip("+").partition("=") for override in overrides):
        if key == "seed":
            raise fault(key, value, "a look has no seed; --seed, where there is one, chooses the level")
    looks = []
    for cell in cells(overrides):
        look = cell.shifted if shifted else cell.train
        if look is None:
            raise ConfigError("there is no evaluation look: choose pair=<name>, or set eval.<group>.<key>=<value>")
        if look not in looks:
            looks.append(look)
    if len(looks) > 1:
        raise ConfigError(f"{len(looks)} looks are asked for, one is expected: give single values")
    return looks[0]


def point_cell(point: Sequence[Choice], tree: Tree) -> Cell:
    """The cell of one combination, with the first seed."""
    # The overlay of an evaluation look is laid over the composed one here: a dose grid composes once.
    overlay = [choice.option for choice in point if choice.key.split(".")[0] == "eval"]
    composed = tree.composed(tuple(choice.option for choice in point if choice.option not in overlay))
    changes = with_overlay(composed.values["eval"], overlay, tree)
    try:
        train, shifted, sections = judged(composed.values, changes)
    except ConfigError as error:
        raise blamed(error, composed) from None
    values = composed.values
    check_places(values["outputs"], values["experiment"])
    doses = [choice for choice in point if choice.swept and choice.key not in COMPARED]
    shift = sections["shift"]
    if doses:
        study = shift.study or " x ".join(axis_name(choice.key) for choice in doses)
        dose = " x ".join(choice.value for choice in doses)
        shift = dataclasses.replace(shift, study=study, dose=dose)
    elif overlay and not shift.study and shifted != judged(values, values["eval"])[1]:  # not the look of the file
        given = {choice.key for choice in point}
        custom = {name: "custom" for name in ("suite", "pair") if f"shift.{name}" not in given}
        shift = dataclasses.replace(shift, **custom)
    more = {key: section for key, section in sections.items() if key not in ("shift", "train")}
    name = readable(composed.choices, tree.usual_choices, point)
    return Cell(
        name=name, train=train, shifted=shifted, shift=shift, deterministic=sections["train"].deterministic,
        seed=PLAIN["seed"], outputs=str(values["outputs"]), experiment=str(values["experiment"]), **more,
    )  # fmt: skip


def judged(values: Mapping, changes: object) -> tuple[Config, Config | None, dict[str, object]]:
    """Training look, evaluation look if there is one, and sections of composed values. ConfigError if one is not valid.

    changes: what the evaluation look changes.
    """
    environment = {key: values[key] for key in ENVIRONMENT}
    train = once(from_dict, environment)
    try:
        shifted = once(look_over, environment, changes) if changes != {} else None
        for name in ("H", "W"):
            if shifted and getattr(shifted, name) != (size := getattr(train, name)):
                raise fault(name, getattr(shifted, name), "policies see frames of the training look's size", size)
    except ConfigError as error:
        raise ConfigError(f"eval: {error}") from None
    return train, shifted, {key: once(section, key, values[key]) for key in SECTIONS}


def look_over(environment: Mapping, changes: object) -> Config:
    """The look of an environment with changes laid over it."""
    return from_dict(changes, once(from_dict, environment))


def section(key: str, values: object) -> object:
    """A section of an experiment, typed."""
    if not isinstance(values, Mapping):
        raise fault(key, values, f"a mapping with keys of {key}")
    cls = section_class(key, values.get("name"))
    hints = typing.get_type_hints(cls)
    return cls(**{name: as_text(value, hints.get(name)) for name, value in values.items()})


def as_text(value: object, hint: object) -> object:
    """A number where text is wanted is text: YAML and Hydra read account=1234 as a number."""
    if hint == list[str] and isinstance(value, list):
        return [as_text(item, str) for item in value]
    text = str in (typing.get_args(hint) if isinstance(hint, UnionType) else (hint,))
    return str(value) if text and isinstance(value, int | float) and not isinstance(value, bool) else value


def once(make: Callable, *arguments: object) -> object:
    """What `make` makes of plain arguments, made once for equal ones: most points of a grid share most sections."""
    return made(make, json.dumps(arguments, default=repr))


@functools.lru_cache(4096)
def made(make: Callable, arguments: str) -> object:
    """`once`, by the arguments as JSON."""
    return make(*json.loads(arguments))


def blamed(error: ConfigError, composed: Composed) -> ConfigError:
    """The error with the name of the option file that causes it, if one does: the first with which it appears."""
    for count, part in enumerate(composed.parts, 1):
        values = merged(composed.parts[:count])
        try:
            judged(values, values["eval"])
        except ConfigError as found:
            if str(found) == str(error):
                return ConfigError(f"{part.path}: {error}")
    return error
