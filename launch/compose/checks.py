"""Refuse keys, options and folders that do not exist, and keys that would have no effect."""

import dataclasses
import functools
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from kage import registry
from kage.family import Case
from kage.launch.compose.schema import TASK, eval_keys, fields, root_keys, world_keys
from kage.launch.compose.search import SEARCH
from kage.launch.compose.tree import Tree
from kage.params import ConfigError, fault, nearest, unknown_key
from kage.recipe import SECTIONS as recipe_sections
from kage.recipe import Recipe
from kage.runs.folders import PREFIX

REWRITTEN = "%\\"  # characters that SLURM replaces in the names of logs
BELOW = 600  # bytes that paths below the folder of an experiment may have


def check_key(key: str, value: object, tree: Tree) -> None:
    """Raise for an override whose key does not exist, and name the nearest key that does."""
    parts = key.split(".")
    if parts[0] == "hydra":
        raise fault(key, value, f"of Hydra's own keys only {SEARCH} has an effect", nearest(key, [SEARCH]))
    if key == "sweep":
        raise fault(key, value, "a list in the file of a suite or study; here its overrides are given one by one")
    if key in tree.groups:
        if not fields(key) and not value:
            raise ConfigError(f"{key}= is not allowed: an option of {key} is expected")
        return
    prefix = ""
    if parts[0] == "eval" and len(parts) > 1:
        prefix, parts = "eval.", parts[1:]
    if parts[0] not in (eval_keys() if prefix else root_keys()):
        raise unknown_key(prefix.rstrip("."), parts[0], value, eval_keys() if prefix else tree.root_keys())
    names = fields(parts[0])
    if names and len(parts) > 1 and parts[1] not in names:
        raise unknown_key(prefix + parts[0], parts[1], value, names)


def check_used(key: str, value: object, recipe: Recipe) -> None:
    """Raise for an override that has no effect, because the family of worlds or the method does not read its key."""
    section, *rest = key.removeprefix("eval.").split(".")
    if key in ("start.source", "start.track"):
        raise fault(key, value, "read from the run that start.run names, never set")
    family, agent = recipe.family, recipe.agent
    if section in recipe_sections and section != "agent" and section not in agent.uses:
        able = [name for name in registry.names("agent") if section in registry.find("agent", name).uses]
        raise fault(key, value, f"agent={agent.name} uses no {section}, agents that do: {', '.join(able)}")
    if section in (TASK, *recipe_sections) and rest:
        name, option = ((family.name, family.sections[TASK]) if section == TASK else
                        (getattr(recipe, section).name, getattr(recipe, section)))  # fmt: skip
        own = [field.name for field in dataclasses.fields(option)]
        if rest[0] not in own:
            raise fault(key, value, f"{section}={name} has no such key, its keys are {', '.join(own)}",
                        nearest(rest[0], own))  # fmt: skip
    if section in world_keys() and section not in family.defaults:
        raise fault(key, value, f"task={family.name} has no {section}, it reads {', '.join(family.defaults) or 'task'}",
                    nearest(section, family.defaults))  # fmt: skip


def check_held_out(recipe: Recipe, cases: Sequence[Case], allowed: bool) -> None:
    """Raise if training can draw what an evaluation case changes: then it would not measure what is new to a policy."""
    for key, vary in recipe.drawn.items() if not allowed else ():
        for case in cases:
            if case.split == "eval" and recipe.family.covers(recipe.world, vary, case):
                raise fault(key, vary, f"it can draw the evaluation look, {case.change}, or one close to it; "
                            "plan.covered=true trains nevertheless")  # fmt: skip


def check_option(key: str, value: object, values: list[str] | None, tree: Tree) -> None:
    """Every group takes one option, some take a list of them. Raise here, because Hydra would fail late or silently use
    one of several. values: what the override sweeps, None if it is no sweep."""
    group = key.partition(".")[0]
    several = tree.several(group)
    if several and values is not None:
        every = ",".join(tree.options(group))
        raise fault(key, ",".join(values), f"a run has all its {group}s at once", f"{group}=[{every}]")
    if key in tree.groups and values is None and not isinstance(value, str | list if several else str):
        options = ", ".join(tree.options(key))
        raise fault(key, value, f"one of {options}{', or a list of them, [] for none' * several}")


def check_places(outputs: object, experiment: object, slurm: bool) -> tuple[str, str]:
    """The folder of results and the name of the experiment below it. Raises unless both can be used everywhere.

    slurm: the paths also have to be such that SLURM leaves them as they are.
    """
    for key, value, allowed in (("outputs", outputs, "a folder"), ("experiment", experiment, "a name")):
        if value is None or isinstance(value, bool | list | dict) or str(value) == "":
            raise fault(key, value, allowed)
    return places(str(outputs), str(experiment), slurm)


@functools.cache
def places(outputs: str, experiment: str, slurm: bool) -> tuple[str, str]:
    """`check_places` for text; most points of a grid share their places."""
    path, home = Path(experiment), os.path.expanduser(outputs)
    if outputs.startswith("~") and home == outputs:
        raise fault("outputs", outputs, "a folder, but there is no such home; ./~ is a folder called ~", f"./{outputs}")
    if path.is_absolute() or not path.parts or ".." in path.parts:
        raise fault("experiment", experiment, "the name of a folder below outputs", path.name.strip(".") or None)
    if any(part.startswith(PREFIX) for part in path.parts):
        raise fault("experiment", experiment, f"a name that does not begin with {PREFIX}, as the folders of runs do")
    if found := sorted(set(experiment) & {*REWRITTEN}):
        raise fault("experiment", experiment, f"a name without {' and '.join(found)}, which SLURM rewrites in paths",
                    experiment.translate(dict.fromkeys(map(ord, REWRITTEN), "_")))  # fmt: skip
    for key, text in (("outputs", outputs), ("experiment", experiment)):
        if not text.isprintable():
            raise fault(key, text, "text of characters that can be printed")
    root = os.path.realpath(os.path.join(home, experiment))
    known = root
    while not os.path.isdir(known):
        known = os.path.dirname(known)
    longest = os.pathconf(known, "PC_NAME_MAX")
    for key, text in (("outputs", home), ("experiment", experiment)):
        if longer := [part for part in Path(text).parts if len(os.fsencode(part)) > longest]:
            raise fault(key, text, f"names of at most {longest} bytes, but one has {len(os.fsencode(longer[0]))}")
    most, size = os.pathconf(known, "PC_PATH_MAX") - BELOW, len(os.fsencode(root))
    if size > most:
        raise fault("experiment", experiment, f"a folder whose path has at most {most} bytes, but it has {size}")
    if slurm and (set(root) & {*REWRITTEN} or not root.isprintable()):
        raise fault("outputs", outputs, f"a folder whose path has no {' or '.join(REWRITTEN)}, because SLURM rewrites "
                                        f"them, and no line breaks; it is {root}")  # fmt: skip
    return home, experiment


def refuse(parser: ArgumentParser, options: Namespace, names: Sequence[str], why: str) -> None:
    """Raise ConfigError if one of these options is given, because it would have no effect."""
    for name in names:
        key = name.removeprefix("--")
        if (value := getattr(options, key)) != parser.get_default(key):
            raise fault(name, str(value), why)
