"""From the arguments of a command to cells: each point of the grid is composed, and its values are checked."""

import dataclasses
import functools
import json
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kage import recipe as recipes
from kage import registry
from kage.contents import one_view
from kage.family import Case, Family, Names, World
from kage.launch.compose.checks import check_held_out, check_places, check_used
from kage.launch.compose.effects import Effects
from kage.launch.compose.files import merged
from kage.launch.compose.grid import Choice, expand, grid, is_dose, named_sweep, without_seeds
from kage.launch.compose.interpolation import has_interpolation, resolved
from kage.launch.compose.names import training_words
from kage.launch.compose.overlay import with_overlay
from kage.launch.compose.schema import NAMED, ROOT, SECTIONS, TASK, fields, is_text, section_class, with_defaults
from kage.launch.compose.schema import names as options
from kage.launch.compose.search import search_path
from kage.launch.compose.start import with_source
from kage.launch.compose.tree import Composed, Tree, composition
from kage.launch.experiment import OURS, PLAIN, Cell
from kage.params import ConfigError, fault
from kage.recipe import Recipe


def cells(overrides: Sequence[str]) -> list[Cell]:
    """The cells that the arguments of `kage run` ask for, in order. ConfigError, one line long, if one is not valid.

    Choices (`a,b`), `range`, `glob` and `choice` make a grid, `zip` and `pairs` one axis of it. So does the `sweep`
    list of a suite or study file; a key on the command line replaces the same key of that list. A point with several
    seeds is composed only once.
    """
    made.cache_clear()  # files may have changed since the last command of this process
    folders, rest = search_path(overrides)
    with composition(folders) as tree, one_view():
        axes, seeds = without_seeds(expand(rest, tree))
        keys = {key for axis in axes for key in axis.keys}
        if len(named := [key for key in NAMED if key in keys]) > 1:
            raise ConfigError(f"{named[0]}= and {named[1]}= are not allowed together: give one of {', '.join(NAMED)}")
        found, effects = [], Effects(tree.groups)
        for point in grid(axes):
            inner, listed = without_seeds(rest for axis in named_sweep(point, tree) for rest in axis.without(keys))
            for extra in grid(inner):
                cell = point_cell([*extra, *point], tree, effects)
                found += [dataclasses.replace(cell, seed=seed) for seed in seeds or listed or [PLAIN["seed"]]]
        effects.refuse_none()
    return found


def one_world(overrides: Sequence[str], shifted: bool = False) -> tuple[Family, World]:
    """The family and the training world of overrides, or with `shifted` the evaluation world. ConfigError if there is
    not just one, or if its family has no looks."""
    for key, _, value in (override.lstrip("+").partition("=") for override in overrides):
        if key == "seed":
            raise fault(key, value, "a look has no seed; --seed, where there is one, chooses the level")
    worlds: list[World] = []
    for cell in cells(overrides):
        family = cell.recipe.family
        if family.people is None:
            raise ConfigError(f"task={family.name} has levels and no looks, which are what is asked for")
        world = cell.shifted if shifted else cell.world
        if world is None:
            raise ConfigError("there is no evaluation look: choose pair=<name>, or set eval.<group>.<key>=<value>")
        if world not in worlds:
            worlds.append(world)
    if len(worlds) > 1:
        raise ConfigError(f"{len(worlds)} looks are asked for, one is expected: give single values")
    return family, worlds[0]


def one_look(overrides: Sequence[str], shifted: bool = False) -> Any:
    """The configuration of the training look of overrides, or with `shifted` of the evaluation look, as `kage.KAGE_Env`
    takes it. Errors are those of `one_world`."""
    return one_world(overrides, shifted)[1].env


def point_cell(point: Sequence[Choice], tree: Tree, effects: Effects) -> Cell:
    """The cell of one combination, with the default seed. effects: where the keys that are given there are noted."""
    # Overrides of `eval` are applied here, after composition, so that a grid of doses composes only once.
    overlay = [choice.option for choice in point if choice.key.split(".")[0] == "eval"]
    composed = tree.composed(tuple(choice.option for choice in point if choice.option not in overlay))
    values = composed.values
    changes = with_overlay(values["eval"], overlay, tree)
    if has_interpolation([values, changes]):
        values = resolved(values | {"eval": changes, "_eval": values["eval"]})
        changes, values["eval"] = values["eval"], values["_eval"]
    try:
        recipe, cases, sections = judged(values, changes)
    except ConfigError as error:
        raise blamed(error, composed) from None
    for choice in point:
        check_used(choice.key, choice.value, recipe)
    effects.note(point, [case.world for case in cases], values, changes)
    outputs, experiment = check_places(values["outputs"], values["experiment"], sections["cluster"].name == "slurm")
    doses = [choice for choice in point if choice.swept and is_dose(choice.key)]
    shift = sections["shift"]
    if doses:
        study = shift.study or " x ".join(choice.axis for choice in doses)
        dose = " x ".join(choice.dose for choice in doses)
        shift = dataclasses.replace(shift, study=study, dose=dose)
    elif overlay and not shift.study and cases != recipe.family.cases(recipe.world, values["eval"], names(shift)):
        # An override changed the evaluation look of the file, so the look no longer has the file's name.
        given = {choice.key for choice in point}
        custom = {name: "custom" for name in ("suite", "pair") if f"shift.{name}" not in given}
        shift = dataclasses.replace(shift, **custom)
    if shift != sections["shift"]:
        cases = recipe.family.cases(recipe.world, changes, names(shift))
    words = training_words(composed, point, recipe, shift if not sections["plan"].share else None, tree)
    if on_eval := sections["train"].look == "eval":
        recipe, cases = on_evaluation_look(recipe, cases)
        words = (f"on_eval_of_{shift.pair}", *words)
    more = {key: section for key, section in sections.items() if key not in ("shift", "train")}
    return Cell(
        words=words, recipe=recipe, cases=tuple(cases), shift=shift, members=tree.members(shift.suite),
        deterministic=sections["train"].deterministic, on_eval=on_eval, seed=PLAIN["seed"],
        outputs=outputs, experiment=experiment, **more,
    )  # fmt: skip


def on_evaluation_look(recipe: Recipe, cases: Sequence[Case]) -> tuple[Recipe, list[Case]]:
    """The recipe that trains on the evaluation look, and its cases: that look as both, under the names that it has."""
    if len(cases) == 1:
        raise fault("train.look", "eval", "there is no evaluation look: choose pair=<name>, or set "
                    "eval.<group>.<key>=<value>", "train")  # fmt: skip
    shifted = cases[-1]
    train, *_ = recipe.family.cases(shifted.world, {}, Names())
    return dataclasses.replace(recipe, world=shifted.world), [train, shifted]


def judged(values: Mapping, changes: object) -> tuple[Recipe, list[Case], dict[str, object]]:
    """The recipe of composed values, the cases to measure, and the other sections. ConfigError if a value is not valid.

    changes: what the evaluation look changes.
    """
    task = once(section, TASK, values[TASK])
    family = registry.family(task.name)
    read = {key: values[key] for key in family.defaults if key in values} | {TASK: dataclasses.asdict(task)}
    world = once(make_world, task.name, read)
    sections = {key: once(section, key, values[key]) for key in (*recipes.SECTIONS, *OURS)}
    options = {key: sections.pop(key) for key in recipes.SECTIONS}
    world, options["curriculum"] = with_levels(family, world, options["curriculum"])
    cases = family.cases(world, changes, names(sections["shift"]))
    made = Recipe(family, world, **options, total_steps=sections["budget"].total_steps)
    made.check()
    made = with_source(made)
    check_held_out(made, cases, sections["plan"].covered)
    return made, cases, sections


def with_levels(family: Family, world: World, curriculum: Any) -> tuple[World, Any]:
    """The world and the curriculum, which names single levels, where files or suites are named."""
    if not getattr(curriculum, "levels", ()):
        return world, curriculum
    world, levels = family.with_levels(world, "curriculum.levels", curriculum.levels)
    return world, dataclasses.replace(curriculum, levels=[*levels])


def make_world(family: str, values: Mapping) -> World:
    """A world of the family with this name."""
    return registry.family(family).world(values)


def names(shift) -> Names:
    """What tables call the evaluation cases of a cell."""
    return Names(shift.suite, shift.pair, shift.study, shift.dose)


def section(key: str, values: object) -> object:
    """A section of an experiment as its dataclass.

    A budget may set keys of an agent or an encoder that only some options have. The other options ignore these keys. A
    key that no option has is refused here. A key on the command line that would be ignored is refused by `check_used`.
    """
    if not isinstance(values, Mapping):
        raise fault(key, values, f"a mapping with keys of {key}")
    cls = section_class(key, values.get("name", next(iter(options(key)), None)))
    hints = typing.get_type_hints(cls)
    if key in (TASK, *recipes.SECTIONS):
        values = {name: value for name, value in values.items() if name in hints or name not in fields(key)}
    return cls(**{name: as_text(value, hints.get(name)) for name, value in values.items()})


def as_text(value: object, hint: object) -> object:
    """The value, as text if it is a number where text is wanted: an interpolation may have given it."""
    if not is_text(hint) or isinstance(value, bool):
        return value
    if isinstance(value, list):
        return [as_text(item, hint) for item in value]
    return str(value) if isinstance(value, int | float) else value


def once(make: Callable, *arguments: object) -> object:
    """The result of `make`, called once for equal plain arguments: most points of a grid share most sections."""
    return made(make, json.dumps(arguments, default=repr))


@functools.lru_cache(4096)
def made(make: Callable, arguments: str) -> object:
    """The cached call of `once`; its arguments are JSON."""
    return make(*json.loads(arguments))


def blamed(error: ConfigError, composed: Composed) -> ConfigError:
    """The error with the path of the option file that causes it, if one does: the first file with which it appears."""
    chosen = {key: {"name": given["name"]} for key in SECTIONS
              if isinstance(given := composed.values[key], Mapping) and "name" in given}  # fmt: skip
    for count, part in enumerate(composed.parts, 1):
        values = merged(composed.parts[:count])
        # The class of a section depends on its name, which a later file may set. So the final name is used.
        values |= {key: values[key] | chosen[key] for key in chosen if isinstance(values.get(key), Mapping)}
        try:
            values = with_defaults(resolved(values) if has_interpolation(values) else values)
            judged(values, values["eval"])
        except ConfigError as found:
            if str(found) == str(error):
                return error if part.path == ROOT else ConfigError(f"{part.path}: {error}")
    return error
