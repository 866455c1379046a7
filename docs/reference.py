"""The configuration reference, docs/parameters.md, from the dataclasses that declare the parameters.

    python docs/reference.py
"""

import dataclasses
import inspect
import typing
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from kage import conf, recipe, registry
from kage.launch.experiment import OURS, PLAIN
from kage.launch.parameters import PLAIN_MEANING
from kage.look.configuration import EXCLUSIVE
from kage.look.filters import FILTERS
from kage.look.palette import LIGHTS, PALETTE16, PALETTE21
from kage.params import ABOVE_0, Spec, allowed, value_text
from kage.platformer.config import GROUPS, Config, decides

PAGE = Path(__file__).parent / "parameters.md"
PICTURES = "parameters"  # their folder beside the page; docs/strips.py draws them
PALETTES = {"background and ground": PALETTE16, "shapes": PALETTE21, "lights": LIGHTS}

INTRO = """# Every parameter

Written by `python docs/reference.py` from the declarations in the code; edit those, not this page.

A parameter is set on the command line as `group.name=value`, in a file of `conf/` as YAML, or in Python with
`kage.from_dict`. With `eval.` in front it changes the evaluation look alone. A value that is not allowed is refused,
and the message says what is allowed. A parameter that would have no effect is refused on the command line, too. If its
meaning says "only with", it needs the setting that follows.

The environment has {count} parameters: eight of episode and screen, the others in eight groups; {more} further keys are
other ways to name pictures and skins. Defaults are those of the environment. An experiment begins with the files that
`conf/config.yaml` names. They are the training look T1: a black background, a teal circle as the agent, nothing else.
From a list, one entry is drawn for each episode, unless its meaning says something else.
"""

EXPERIMENT = """## The experiment

What is trained, how long and where. A training is identified by what can change its policy: the training look, `task`,
`budget.total_steps`, and of `agent`, `encoder`, `memory`, `augment`, `curriculum` and `start` what the agent uses.
Which keys one of these sections has depends on the option that is chosen. Budget files set some of them:
`budget=paper`, the usual one, has `agent.truncation=terminal`.
"""

APPLIED = [" with ".join(f"`{name}`" for name in one.parameters) for one in FILTERS]  # filters, in their order
# What no single field can tell.
NOTES = {
    "": "`layout.length` is at least `W`, `layout.height_px` equals `H`. A policy sees frames of the size it was "
        "trained on, so `eval.H` and `eval.W` are refused.",
    "character": "Exactly one of `use_sprites` and `use_shape` is true; setting `use_shape: true` alone is enough. "
                 "Relative paths are looked for beside the installed `assets/`, then here.",
    "npc": "Only NPCs on the screen are seen: with 20 in a level of 2048 px, one or two at a time.",
    "filters": f"Order of application: {', '.join(APPLIED)}. A filter at its default is left out of the "
               "program.",
    "effects": "Lights are added after the filters. Where they stand is drawn for each episode.",
    "layout": "Height 0 is at `base_ground_y`; stairs walk between heights 0 and 20 and begin at 10.",
    "physics": "The pictures are several moments in one: the agent runs to the right, jumps once, and lets go.",
}  # fmt: skip
ABOUT = {"": "Episode and screen", "agent": "The agent", "encoder": "The encoder", "memory": "The memory",
         "augment": "The augmentation", "curriculum": "The curriculum", "start": "The start",
         "task": "The task", "budget": "The budget",
         "cluster": "Where to run", "shift": "Names in tables", "plan": "Cells to trainings"}  # fmt: skip

def text() -> str:
    """The page."""
    ways = [name for cls in GROUPS.values() for name in alternatives(cls)]
    keys = sum(len(dataclasses.fields(cls)) for cls in GROUPS.values()) + len(root_fields())
    parts = [INTRO.format(count=keys - len(ways), more=len(ways))]
    parts += [section("", Config, root_fields())]
    parts += [section(key, cls, dataclasses.fields(cls)) for key, cls in GROUPS.items()]
    parts += [colours()]
    parts += [EXPERIMENT]
    parts += [section(key, cls, own_fields(cls), "###") for key, cls in options()]
    parts += [section(key, cls, dataclasses.fields(cls), "###") for key, cls in OURS.items()]
    parts += ["### Everything else\n\n" + table(
        ["key", "default", "allowed", "meaning"],
        [[f"`{key}`", shown(value), *PLAIN_MEANING[key]] for key, value in PLAIN.items()],
    )]  # fmt: skip
    return "\n".join(parts) + "\n"


def options() -> Iterator[tuple[str, type]]:
    """The sections of a recipe with the class of each of their options."""
    yield "task", registry.family("kage").sections["task"]
    for key in recipe.SECTIONS:
        for cls in dict.fromkeys(registry.built_in(key).values()):
            yield key, cls


def own_fields(cls: type) -> list[dataclasses.Field]:
    """The parameters of an option, without those that it takes over from another option as they are."""
    taken = {field.name: field for base in cls.__bases__ if hasattr(base, "KEY") for field in dataclasses.fields(base)}
    return [field for field in dataclasses.fields(cls) if field is not taken.get(field.name)]


def root_fields() -> list[dataclasses.Field]:
    """The parameters of no group."""
    return [field for field in dataclasses.fields(Config) if field.name not in GROUPS]


def alternatives(cls) -> list[str]:
    """The keys of a group that replace a folder by other sources."""
    names = {f.name: f.default for f in dataclasses.fields(cls)}
    return [name for those in EXCLUSIVE for name in those if name in names and names[name] is None]


def section(key: str, cls, fields: Sequence[dataclasses.Field], level: str = "##") -> str:
    """Heading, what the class says of itself, its parameters, its picture and its option files."""
    prefix = f"{key}." if key else ""
    hints = typing.get_type_hints(cls)
    rows = []
    for field in fields:
        spec: Spec = field.metadata["spec"]
        default = field.default_factory() if field.default is dataclasses.MISSING else field.default
        palette = next((name for name, colors in PALETTES.items() if spec.among == tuple(colors)), None)
        values = allowed(hints[field.name], spec, f"one of the [colours of {palette}](#colours)" if palette else "")
        rows.append([f"`{prefix}{field.name}`", shown(default), values, spec.unit, spec.doc + condition(spec)])
    typed = f"{key}={','.join(registry.names_of(cls))}" if key in recipe.SECTIONS else key
    heading = f"{level} {ABOUT[key]}" + f": `{typed}`" * bool(key) if key in ABOUT else f"{level} `{key}`"
    parts = [heading, "" if cls is Config else inspect.getdoc(cls).split("\n\n")[0]]
    if len(fields) < len(dataclasses.fields(cls)) and key:
        (base,) = (base for base in cls.__bases__ if hasattr(base, "KEY"))
        parts.append(f"It has the parameters of `{key}={base().name}` too.")
    if files := files_of(key, cls):
        parts.append(f"Files: {', '.join(f'`{key}={name}`' for name in files)}.")
    parts.append(table(["parameter", "default", "allowed", "unit", "meaning"], rows))
    if key in GROUPS:
        task = [field.name for field in fields if decides(f"{key}.{field.name}")]
        if task:
            which = "All of them" if len(task) == len(fields) else ", ".join(f"`{name}`" for name in task)
            parts.append(f"{which} decide transition or reward; the others, pixels alone." if which[0] == "`"
                         else f"{which} decide transition or reward.")  # fmt: skip
    for those in EXCLUSIVE:
        if those <= hints.keys():
            first, *others = [field.name for field in fields if field.name in those]
            parts.append(f"`{first}` gives way to {' or '.join(f'`{name}`' for name in others)}; give one of them.")
    if key in NOTES:
        parts.append(NOTES[key])
    if key in GROUPS:
        parts.append(f"![What the parameters of {key} do]({PICTURES}/{key}.png)")
    return "\n\n".join(part for part in parts if part) + "\n"


def condition(spec: Spec) -> str:
    """What switches a parameter on, in words."""
    ways = (" and ".join(f"`{key} {wanted}`" if wanted is ABOVE_0 else
                         " or ".join(f"`{key}={value_text(value)}`" for value in
                                     (wanted if isinstance(wanted, tuple) else (wanted,)))
                         for key, wanted in way.items()) for way in spec.needs)  # fmt: skip
    return f"; only with {', or '.join(ways)}" if spec.needs else ""


def files_of(key: str, cls: type) -> list[str]:
    """The option files of a group; of a section with several classes, those of this one."""
    files = sorted((Path(conf.__file__).parent / key).glob("*.yaml")) if key else []
    if key not in recipe.SECTIONS:
        return [path.stem for path in files]
    return [path.stem for path in files if registry.built_in(key)[option_of(path)] is cls]


def option_of(path: Path) -> str:
    """The name of the option whose values a file sets: that of the schema, or of the file, with which it begins."""
    first = yaml.safe_load(path.read_text())["defaults"][0]
    return next(iter(first.values())) if isinstance(first, dict) else option_of(path.with_stem(first))


def shown(value: object) -> str:
    """A default as one would type it."""
    return f"`{value_text(value) if value != '' else chr(39) * 2}`"


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def colours() -> str:
    """The named colours."""
    parts = ["## Colours", f"![The named colours]({PICTURES}/colours.png)"]
    for name, palette in PALETTES.items():
        told = ", ".join(f"{color} {' '.join(map(str, rgb))}" for color, rgb in palette.items())
        parts.append(f"**Colours of {name}** (red green blue): {told}.")
    parts.append("The ground takes its names from the first list and paints those that the second has as well in its "
                 "colours: the benchmark's cyan and red grounds are 0 255 255 and 255 0 0.")  # fmt: skip
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(text())
