"""Pictures of looks: contact sheets of every parameter that can be seen, and films of one look or of two."""

import argparse
import dataclasses
import functools
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image

from kage.launch.captions import contact_sheet
from kage.launch.case_film import one_case, write_case_film
from kage.launch.case_sheets import write_sheets
from kage.launch.compilations import keep_compilations
from kage.launch.compose import cells, one_world, parse_seed, refuse
from kage.launch.episode import Stage
from kage.launch.look_film import both_looks, write_film
from kage.launch.model_sheets import sheets_of_models
from kage.look.config import SHAPES, EffectsConfig
from kage.look.configuration import laid_over
from kage.look.files import HOME
from kage.look.filters import PARAMETERS
from kage.look.filters.presets import PRESETS
from kage.look.palette import LIGHTS, PALETTE16, PALETTE21
from kage.look.worlds import LookFamily
from kage.params import fault, nearest
from kage.runs.files import write

PICTURE, SKELETON = "background=image_1", "character=skeleton"
RANGES = {name: parameter.sheet for name, parameter in PARAMETERS.items() if parameter.sheet}
LIGHT_RANGES = {"intensity": [0.1, 0.25, 0.5, 1, 2, 3, 4, 5], "radius": [0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1],
                "falloff": [1, 1.5, 2, 2.5, 3, 3.5, 3.75, 4], "count": [1, 2, 3, 4, 5]}  # fmt: skip


def meaning(group: str, field: dataclasses.Field) -> str:
    """A parameter with what it means: filters.hue_shift: rotates the hue, in degrees."""
    spec = field.metadata["spec"]
    return f"{group}.{field.name}: {spec.doc}" + (f", in {spec.unit}" if spec.unit else "")


LIGHT_FIELDS = {field.name.removeprefix("point_light_"): field for field in dataclasses.fields(EffectsConfig)}
TITLES = {
    "backgrounds": "background.image_paths: the pictures that come with KAGE",
    "background_colors": "background.color_names: the colours of a plain background, and noise",
    "skins": "character.sprite_paths: the skins that come with KAGE",
    "shapes": "character.shape_types: the shapes of the {figure}",
    "shape_colors": "character.shape_colors: the colours of a shape",
    "layout_colors": "layout.layout_colors: the colours of ground or walls",
    "filter_presets": "filters.pop_filter_list: ready-made filters",
    "light_colors": "effects.point_light_color_names: the colours of a light",
    "npcs": "npc: other figures, in the level or beside the agent",
    "distractors": "distractors: shapes that drift over the picture",
    **{f"filter_{name}": meaning("filters", PARAMETERS[name].field) for name in RANGES},
    **{f"light_{name}": meaning("effects", LIGHT_FIELDS[name]) for name in LIGHT_RANGES},
}  # by name of a sheet; a world may have more, `OWN` of `kage.look.people`


@dataclasses.dataclass(frozen=True)
class Sheet:
    """A contact sheet of looks."""

    name: str
    title: str
    stages: dict[str, Stage]  # by caption


def main(arguments: list[str]) -> int:
    """kage gallery FOLDER, or kage gallery FILE OVERRIDES."""
    parser = argparse.ArgumentParser(
        prog="kage gallery",
        description="write contact sheets of every parameter that can be seen into a folder, or write a film of one "
        "look, or of the training and the evaluation look side by side, into a .gif or .mp4 file; with task=kinetix, "
        "sheets of the levels that eval.levels names, or a film of one",
    )
    parser.add_argument("target", type=Path, help="a folder for sheets, or a .gif or .mp4 file for a film")
    parser.add_argument("overrides", nargs="*", default=[],
                        help="as for kage run; for a film the look, for sheets a world and "
                        "what all of their looks share")  # fmt: skip
    parser.add_argument("--only", help="for sheets: a regular expression their names must match")
    parser.add_argument("--eval", action="store_true", help="for a film: the evaluation look, not the training look")
    parser.add_argument("--both", action="store_true", help="for a film: both looks side by side, with captions")
    parser.add_argument("--policy", help="for a film: scripted, random, or a run folder, seed=<k>; with task=kinetix "
                        "random, noop, or a run folder")  # fmt: skip
    parser.add_argument("--steps", type=int, default=200, help="for a film: its length, %(default)s")
    parser.add_argument("--models", type=Path, metavar="RUN", help="for sheets: what the models of a run see under "
                        "each look that it was measured on, of agent=smg; RUN is its folder, seed=<k>")  # fmt: skip
    parser.add_argument("--seed", default="0", help="which level is shown, %(default)s")
    options = parser.parse_intermixed_args(arguments)
    keep_compilations()
    seed = parse_seed(f"seed={options.seed}")
    if options.target.suffix:
        refuse(parser, options, ("--only", "--models"), "it is for sheets, in a folder without a suffix")
        refuse(parser, options, ("--eval",) if options.both else (), "--both shows the evaluation look, too")
        write_a_film(options, seed)
        print(options.target)
        return 0
    why = "it is for a film, FILE.gif or FILE.mp4"
    refuse(parser, options, ("--eval", "--both", "--policy", "--steps"), why)
    if options.overrides and (cell := cells(options.overrides)[0]).recipe.family.people is None:
        refuse(parser, options, ("--only", "--seed", "--models"), "it is for sheets of looks")
        for path in write_sheets(options.target, cell):
            print(path)
        return 0
    if options.models or options.overrides and cell.shifted:
        refuse(parser, options, ("overrides",), why)
    if options.models:
        refuse(parser, options, ("--only", "--seed"), "it is for sheets of parameters")
        pictures_of = sheets_of_models(options.models)
    else:
        chosen = chosen_sheets(options.only or "", options.overrides)
        pictures_of = ((sheet.name, drawn(sheet, seed)) for sheet in chosen)
    for name, picture in pictures_of:
        path, data = options.target / f"{name}.png", io.BytesIO()
        picture.save(data, "PNG", optimize=True)
        write(path, data.getvalue())
        print(path)
    return 0


def write_a_film(options: argparse.Namespace, seed: int) -> None:
    """Write the film that the options ask for: of a look, of two, or of a level."""
    if cells(options.overrides)[0].recipe.family.people is None:
        family, case = one_case(options.overrides, options.eval)
        write_case_film(options.target, family, case, options.policy or "random", options.steps, seed)
        return
    if options.both:
        looks = both_looks(options.overrides)
    else:
        family, world = one_world(options.overrides, options.eval)
        looks = {"": Stage(family, world.env)}
    write_film(options.target, looks, options.policy or "scripted", options.steps, seed)


def chosen_sheets(pattern: str, overrides: Sequence[str] = ()) -> list[Sheet]:
    """The sheets whose names match the pattern. ConfigError if none does."""
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise fault("--only", pattern, f"a regular expression, but {error}") from None
    every = list(sheets(overrides))
    chosen = [sheet for sheet in every if expression.search(sheet.name)]
    if not chosen:
        names = [sheet.name for sheet in every]
        raise fault("--only", pattern, f"it matches none of {', '.join(names)}", nearest(pattern, names))
    return chosen


def sheets(overrides: Sequence[str] = ()) -> Iterator[Sheet]:
    """Every sheet of the world that the overrides choose. They also set what is the same in all of its looks."""

    def look(*more: str) -> Stage:
        family, world = one_world([*overrides, *more])
        return Stage(family, world.env)

    def vary(name: str, base: Stage, group: str, values: dict[str, dict]) -> Sheet:
        changes = {text: {group: part} for text, part in values.items()}
        return varied(name, TITLES[name].format(figure=figure), base, changes)

    def picture(i: int) -> dict:
        return {"image_paths": [f"assets/backgrounds/bg-{i}.png"]}

    plain, scene = look(), look(PICTURE, SKELETON)
    figure, crowds, own = plain.family.people.FIGURE, plain.family.people.CROWDS, plain.family.people.OWN
    yield vary("backgrounds", look(PICTURE), "background", {f"bg-{i}": picture(i) for i in range(1, 129)})
    colors = {name: {"mode": "color", "color_names": [name]} for name in PALETTE16}
    yield vary("background_colors", plain, "background", colors | {"noise": {"mode": "noise"}})
    skins = sorted(path.name for path in (HOME / "assets" / "sprites").iterdir() if path.is_dir())
    worn = {name: {"sprite_paths": [f"assets/sprites/{name}"]} for name in skins}
    yield vary("skins", look(SKELETON), "character", worn)
    yield vary("shapes", plain, "character", {name: {"shape_types": [name]} for name in SHAPES})
    yield vary("shape_colors", plain, "character", {name: {"shape_colors": [name]} for name in PALETTE21})
    yield vary("layout_colors", plain, "layout", {name: {"layout_colors": [name]} for name in PALETTE16})
    for name, values in RANGES.items():
        yield vary(f"filter_{name}", scene, "filters", {f"{v:.4g}": {name: v} for v in values})
    yield vary("filter_presets", scene, "filters", {name: {"pop_filter_list": [name]} for name in PRESETS})
    # One light only: a second one would hide the effect of the first one's colour, size and strength.
    one = {"effects": {"point_light_enabled": True, "point_light_count": 1}}
    lit = dataclasses.replace(scene, config=laid_over(scene.config, one))
    for name, values in LIGHT_RANGES.items():
        kind = int if name == "count" else float
        yield vary(f"light_{name}", lit, "effects", {f"{v:g}": {f"point_light_{name}": kind(v)} for v in values})
    yield vary("light_colors", lit, "effects", {name: {"point_light_color_names": [name]} for name in LIGHTS})
    only = "assets/sprites/skeleton"
    world = {f"{n} in the level": {"enabled": True, "min_npc_count": n, "max_npc_count": n} for n in crowds}
    sticky = {f"{n} beside": {"sticky_enabled": True, "min_sticky_count": n, "max_sticky_count": n} for n in (1, 3, 5)}
    alike = {f"{crowds[1]} skeletons": world[f"{crowds[1]} in the level"] | {"sprite_path": only},
             "5 skeletons beside": sticky["5 beside"] | {"sticky_sprite_path": only}}  # fmt: skip
    yield vary("npcs", look(SKELETON), "npc", world | sticky | alike)
    drifting = {f"{n} drifting": {"enabled": True, "count": n} for n in (1, 3, 7, 11)}
    like = {"shape_types": ["circle"], "shape_colors": ["teal"], "min_size": 16, "max_size": 16}
    alike = {f"{n} like the {figure}": {"enabled": True, "count": n} | like for n in (1, 3, 7, 11)}
    yield vary("distractors", plain, "distractors", drifting | alike)
    for name, (title, changes) in own.items():
        yield varied(name, title, plain, changes)


def varied(name: str, title: str, base: Stage, changes: Mapping[str, Mapping]) -> Sheet:
    """A sheet of a look with changes, by caption."""
    stages = {text: Stage(base.family, laid_over(base.config, change)) for text, change in changes.items()}
    return Sheet(name, title, stages)


@functools.partial(jax.jit, static_argnums=0)
def scene_under(family: LookFamily, key: jax.Array, params: Any) -> jax.Array:
    """The frame of a scene, (H, W, 3) u8."""
    return jnp.moveaxis(family.env.render(family.people.scene(key, params), params), 0, -1)


def drawn(sheet: Sheet, seed: int) -> Image.Image:
    """A contact sheet: below its title, the same moment under every look."""
    key = jax.random.key(seed)
    frames = {text: np.asarray(scene_under(stage.family, key, stage.params)) for text, stage in sheet.stages.items()}
    return contact_sheet(sheet.title, frames)
