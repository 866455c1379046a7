"""Pictures of looks: contact sheets of every parameter that can be seen, and films of one look or of two."""

import argparse
import dataclasses
import io
import os
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image

from kage.launch.captions import contact_sheet
from kage.launch.case_film import one_case, write_case_film
from kage.launch.case_sheets import write_sheets
from kage.launch.compilations import keep_compilations
from kage.launch.compose import cells, one_look, parse_seed, refuse
from kage.launch.episode import Episode
from kage.launch.film import beside, encoder, pictures
from kage.launch.model_sheets import sheets_of_models
from kage.look.config import SHAPES
from kage.look.files import HOME
from kage.look.filters import PARAMETERS
from kage.look.filters.presets import PRESETS
from kage.look.palette import LIGHTS, PALETTE16, PALETTE21
from kage.look.words import change_in_words
from kage.params import fault, nearest
from kage.platformer import env
from kage.platformer.config import Config, EffectsConfig, from_dict
from kage.platformer.family import PlatformerWorld
from kage.platformer.pictures import scripted
from kage.platformer.render import to_hwc
from kage.runs.files import write
from kage.runs.policy import read_policy

Policy = Callable[[env.State, int], jax.Array]  # (state, t) -> action

STEPS = 260  # played before the picture of a sheet is taken: NPCs stand there
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
    "shapes": "character.shape_types: the shapes of the agent",
    "shape_colors": "character.shape_colors: the colours of a shape",
    "layout_colors": "layout.layout_colors: the colours of the ground",
    "filter_presets": "filters.pop_filter_list: ready-made filters",
    "light_colors": "effects.point_light_color_names: the colours of a light",
    "npcs": "npc: other figures, in the level or beside the agent",
    "distractors": "distractors: shapes that drift over the picture",
    **{f"filter_{name}": meaning("filters", PARAMETERS[name].field) for name in RANGES},
    **{f"light_{name}": meaning("effects", LIGHT_FIELDS[name]) for name in LIGHT_RANGES},
}  # by name of a sheet


def main(arguments: list[str]) -> int:
    """kage gallery FOLDER, or kage gallery FILE OVERRIDES."""
    parser = argparse.ArgumentParser(
        prog="kage gallery",
        description="write contact sheets of every parameter that can be seen into a folder, or write a film of one "
        "look, or of the training and the evaluation look side by side, into a .gif or .mp4 file; with task=kinetix, "
        "sheets of the levels that eval.levels names, or a film of one",
    )
    parser.add_argument("target", type=Path, help="a folder for sheets, or a .gif or .mp4 file for a film")
    parser.add_argument("overrides", nargs="*", default=[], help="for a film: the look, as for kage run")
    parser.add_argument("--only", help="for sheets: a regular expression their names must match")
    parser.add_argument("--eval", action="store_true", help="for a film: the evaluation look, not the training look")
    parser.add_argument("--both", action="store_true", help="for a film: both looks side by side, with captions")
    parser.add_argument("--policy", help="for a film: random, a run folder, seed=<k>, or with task=kage scripted, its "
                        "default, with other tasks noop")  # fmt: skip
    parser.add_argument("--steps", type=int, default=200, help="for a film: its length, %(default)s")
    parser.add_argument("--models", type=Path, metavar="RUN", help="for sheets: what the models of a run see under "
                        "each look that it was measured on, of agent=smg; RUN is its folder, seed=<k>")  # fmt: skip
    parser.add_argument("--seed", default="0", help="which level is shown, %(default)s")
    options = parser.parse_intermixed_args(arguments)
    keep_compilations()
    seed = parse_seed(f"seed={options.seed}")
    if options.target.suffix:
        refuse(parser, options, ("--only", "--models"), "it is for sheets, in a folder without a suffix")
        if not options.both and not isinstance(cells(options.overrides)[0].world, PlatformerWorld):
            family, case = one_case(options.overrides, options.eval)
            write_case_film(options.target, family, case, options.policy or "random", options.steps, seed)
            print(options.target)
            return 0
        if options.both:
            refuse(parser, options, ("--eval",), "--both shows the evaluation look, too")
            looks = both_looks(options.overrides)
        else:
            looks = {"": one_look(options.overrides, options.eval)}
        write_film(options.target, looks, options.policy or "scripted", options.steps, seed)
        print(options.target)
        return 0
    why = "it is for a film, FILE.gif or FILE.mp4"
    refuse(parser, options, ("--eval", "--both", "--policy", "--steps"), why)
    if options.overrides and not isinstance((cell := cells(options.overrides)[0]).world, PlatformerWorld):
        refuse(parser, options, ("--only", "--seed", "--models"), "it is for sheets of looks")
        for path in write_sheets(options.target, cell):
            print(path)
        return 0
    refuse(parser, options, ("overrides",), why)
    if options.models:
        refuse(parser, options, ("--only", "--seed"), "it is for sheets of parameters")
        pictures_of = sheets_of_models(options.models)
    else:
        pictures_of = ((name, sheet(TITLES[name], looks, seed)) for name, looks in chosen_sheets(options.only or ""))
    for name, picture in pictures_of:
        path, data = options.target / f"{name}.png", io.BytesIO()
        picture.save(data, "PNG", optimize=True)
        write(path, data.getvalue())
        print(path)
    return 0


def chosen_sheets(pattern: str) -> list[tuple[str, dict[str, Config]]]:
    """The sheets whose names match the pattern. ConfigError if none does."""
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise fault("--only", pattern, f"a regular expression, but {error}") from None
    every = list(sheets())
    chosen = [(name, looks) for name, looks in every if expression.search(name)]
    if not chosen:
        names = [name for name, _ in every]
        raise fault("--only", pattern, f"it matches none of {', '.join(names)}", nearest(pattern, names))
    return chosen


def sheets() -> Iterator[tuple[str, dict[str, Config]]]:
    """Every sheet: its name, and caption -> configuration."""
    plain, scene = look(), look(PICTURE, SKELETON)

    def vary(base: Config, group: str, values: dict[str, dict]) -> dict[str, Config]:
        return {caption: from_dict({group: change}, base) for caption, change in values.items()}

    def picture(i: int) -> dict:
        return {"image_paths": [f"assets/backgrounds/bg-{i}.png"]}

    yield "backgrounds", vary(look(PICTURE), "background", {f"bg-{i}": picture(i) for i in range(1, 129)})
    colors = {name: {"mode": "color", "color_names": [name]} for name in PALETTE16}
    yield "background_colors", vary(plain, "background", colors | {"noise": {"mode": "noise"}})
    skins = sorted(path.name for path in (HOME / "assets" / "sprites").iterdir() if path.is_dir())
    worn = {name: {"sprite_paths": [f"assets/sprites/{name}"]} for name in skins}
    yield "skins", vary(look(SKELETON), "character", worn)
    yield "shapes", vary(plain, "character", {name: {"shape_types": [name]} for name in SHAPES})
    yield "shape_colors", vary(plain, "character", {name: {"shape_colors": [name]} for name in PALETTE21})
    yield "layout_colors", vary(plain, "layout", {name: {"layout_colors": [name]} for name in PALETTE16})
    for name, values in RANGES.items():
        yield f"filter_{name}", vary(scene, "filters", {f"{v:.4g}": {name: v} for v in values})
    yield "filter_presets", vary(scene, "filters", {name: {"pop_filter_list": [name]} for name in PRESETS})
    # One light only: a second one would hide the effect of the first one's colour, size and strength.
    lit = from_dict({"effects": {"point_light_enabled": True, "point_light_count": 1}}, scene)
    for name, values in LIGHT_RANGES.items():
        kind = int if name == "count" else float
        yield f"light_{name}", vary(lit, "effects", {f"{v:g}": {f"point_light_{name}": kind(v)} for v in values})
    yield "light_colors", vary(lit, "effects", {name: {"point_light_color_names": [name]} for name in LIGHTS})
    only = "assets/sprites/skeleton"
    world = {f"{n} in the level": {"enabled": True, "min_npc_count": n, "max_npc_count": n} for n in (20, 40, 120)}
    sticky = {f"{n} beside": {"sticky_enabled": True, "min_sticky_count": n, "max_sticky_count": n} for n in (1, 3, 5)}
    alike = {"40 skeletons": world["40 in the level"] | {"sprite_path": only},
             "5 skeletons beside": sticky["5 beside"] | {"sticky_sprite_path": only}}  # fmt: skip
    yield "npcs", vary(look(SKELETON), "npc", world | sticky | alike)
    drifting = {f"{n} drifting": {"enabled": True, "count": n} for n in (1, 3, 7, 11)}
    alike = {f"{n} like the agent": {"enabled": True, "count": n, "shape_types": ["circle"], "shape_colors": ["teal"],
                                     "min_size": 16, "max_size": 16} for n in (1, 3, 7, 11)}  # fmt: skip
    yield "distractors", vary(plain, "distractors", drifting | alike)


def look(*overrides: str) -> Config:
    """A training look from overrides."""
    return one_look(overrides)


@jax.jit
def scripted_view(key: jax.Array, params: env.Params) -> jax.Array:
    """The frame after `STEPS` steps of running right and jumping, (H, W, 3) u8."""
    state = jax.lax.fori_loop(0, STEPS, lambda t, s: env.step(s, scripted(t), params)[0], env.reset(key, params))
    return to_hwc(env.render(state, params))


def sheet(title: str, looks: dict[str, Config], seed: int) -> Image.Image:
    """A contact sheet: below its title, the same moment under every look."""
    key = jax.random.key(seed)
    frames = {text: np.asarray(scripted_view(key, env.build(config))) for text, config in looks.items()}
    return contact_sheet(title, frames)


def both_looks(overrides: list[str]) -> dict[str, Config]:
    """The training look and the evaluation look, by caption."""
    train, shifted = one_look(overrides), one_look(overrides, True)
    return {"training look": train, f"evaluation look: {change_in_words(train, shifted)}": shifted}


def write_film(path: Path, looks: Mapping[str, Config], name: str, steps: int, seed: int) -> None:
    """Film the first steps of the episode of `seed`, played by the policy called `name`.

    looks: by caption. Several of them are shown side by side: the policy plays the same level once under each of them.
    A single one has no caption.
    """
    for config in looks.values():
        if not 1 <= steps <= config.episode_length:
            raise fault("--steps", steps, f"1 .. {config.episode_length}, the steps of an episode")
    encode = encoder(path)
    films = {text: film(config, policy(name, config), steps, seed) for text, config in looks.items()}
    write(path, encode(beside(films) if len(films) > 1 else next(iter(films.values()))))


def film(config: Config, choose: Policy, steps: int, seed: int) -> list[np.ndarray]:
    """The frames of a film of the first steps of an episode."""
    episode = Episode(env.build(config), seed)
    return pictures((episode.act(choose(episode.state, t)) for t in range(steps)), episode.params)


def policy(name: str, config: Config) -> Policy:
    """A function (state, t) -> action: random, scripted, or the newest kept policy of a run folder."""
    if name == "scripted":
        return lambda state, t: scripted(t)
    if name == "random":
        return lambda state, t: jax.random.randint(jax.random.key(t), (), 0, env.NUM_ACTIONS)
    folder = Path(name)
    if not os.path.exists(folder / "config.yaml"):
        raise fault("--policy", name, "random, scripted, or a run folder with kept policies", "scripted")
    recipe, params = read_policy(folder)
    height, width = recipe.world.env.H, recipe.world.env.W
    if (height, width) != (config.H, config.W):
        raise fault("--policy", name, f"it was trained on frames of H={height}, W={width}")
    one_frame = dataclasses.replace(recipe.world.task, stack=1)
    observe = jax.jit(recipe.family.task(PlatformerWorld(config, one_frame)).observe)
    actor = recipe.method().actor

    @jax.jit
    def act(params, memory, obs, t):
        key = jax.random.fold_in(jax.random.key(1), t)
        chosen, memory = actor.act(params, obs[None], memory, jnp.array([t == 0]), key)
        return chosen.sample(key)[0, 0], memory

    def choose(state, t):
        nonlocal memory
        frame = observe(state)
        frames.extend([frame] * (recipe.world.task.stack if t == 0 else 1))
        action, memory = act(params, memory, jnp.concatenate([*frames]), t)
        return action

    memory, frames = actor.start(1), deque(maxlen=recipe.world.task.stack)
    return choose
