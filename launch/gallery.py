"""Pictures of looks: contact sheets of every axis, and films of a look under a policy."""

import argparse
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import yaml
from flax import serialization
from PIL import Image, ImageDraw, ImageFont

from kage import env
from kage.config import Config, from_dict
from kage.look.filters import NEUTRAL, PRESETS
from kage.look.shapes import NAMES
from kage.look.sprites import HOME
from kage.palette import LIGHTS, PALETTE16, PALETTE21
from kage.params import ConfigError, fault
from kage.ppo import PPOConfig, network
from kage.run import RunError, checkpoints, unpack
from kage.tasks import kage_task
from launch.compose import cells

STEPS = 70  # into the episode that a sheet shows
COLUMNS = 8
CAPTION = 16  # px
PICTURE = ["background.mode=image", "background.image_dir=null", "background.image_paths=[assets/backgrounds/bg-1.png]"]
SKELETON = ["character=skeleton"]
RANGES = {
    "brightness": np.linspace(-1, 1, 8), "contrast": [0.25, 0.5, 1, 1.5, 2, 4, 16, 128],
    "gamma": np.linspace(0.5, 2, 8), "saturation": np.linspace(0, 2, 8), "hue_shift": np.linspace(-180, 180, 8),
    "color_temp": np.linspace(-1, 1, 8),
    "color_jitter_std": [0, 0.1, 0.25, 0.5, 1, 1.5, 2, 4], "gaussian_noise_std": [0, 5, 10, 20, 40, 60, 80, 100],
    "poisson_noise_scale": [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1], "blur_sigma": [0, 0.5, 1, 1.5, 2, 2.5, 3, 4],
    "sharpen_amount": [0, 0.25, 0.5, 1, 1.5, 2, 3, 4], "pixelate_factor": [1, 2, 3, 4, 5, 6, 8, 12],
    "vignette_strength": [0, 0.25, 0.5, 1, 2, 4, 7, 10], "radial_light_strength": [0, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2],
}  # fmt: skip
LIGHT_RANGES = {"intensity": [0.1, 0.25, 0.5, 1, 2, 3, 4, 5], "radius": [0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1],
                "falloff": [1, 1.5, 2, 2.5, 3, 3.5, 3.75, 4], "count": [1, 2, 3, 4, 5]}  # fmt: skip


def main(arguments: list[str]) -> int:
    """kage gallery FOLDER, or kage gallery FILE.gif OVERRIDES."""
    parser = argparse.ArgumentParser(
        prog="kage gallery",
        description="contact sheets of every axis into a folder, or a film of one look into a .gif file",
    )
    parser.add_argument("target", type=Path, help="a folder for sheets, or a .gif file")
    parser.add_argument("overrides", nargs="*", help="for a film: the look, as for kage run; an eval. change is shown")
    parser.add_argument("--only", help="for sheets: a regular expression their names must match")
    parser.add_argument("--policy", default="scripted", help="for a film: random, scripted, or a run folder (seed=<k>)")
    parser.add_argument("--steps", type=int, default=200, help="for a film: its length")
    parser.add_argument("--seed", type=int, default=0, help="which level is shown")
    options = parser.parse_args(arguments)
    if options.target.suffix == ".gif":
        (cell, *_) = cells(options.overrides)
        save(options.target, lambda: film(options.target, cell.shifted or cell.train, options))
    else:
        if options.overrides:
            raise ConfigError(f"{options.overrides[0]!r} is not allowed: overrides belong to a film, FILE.gif")
        for name, looks in sheets():
            if options.only is None or re.search(options.only, name):
                path = options.target / f"{name}.png"
                save(path, lambda: sheet(looks, options.seed).save(path, optimize=True))  # noqa: B023
                print(path)
    return 0


def save(path: Path, write: Callable[[], None]) -> None:
    """Write a file; RunError if it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write()
    except OSError as error:
        raise RunError(f"cannot write {path}: {error.strerror or error}") from error


def sheets() -> Iterator[tuple[str, dict[str, Config]]]:
    """Every sheet: its name, and caption -> configuration."""
    plain, scene = look(), look(*PICTURE, *SKELETON)

    def vary(base: Config, group: str, values: dict[str, dict]) -> dict[str, Config]:
        return {caption: from_dict({group: change}, base) for caption, change in values.items()}

    def picture(i: int) -> dict:
        return {"image_paths": [f"assets/backgrounds/bg-{i}.png"]}

    yield "backgrounds", vary(look(*PICTURE), "background", {f"bg-{i}": picture(i) for i in range(1, 129)})
    colors = {name: {"mode": "color", "color_names": [name]} for name in PALETTE16}
    yield "background_colors", vary(plain, "background", colors | {"noise": {"mode": "noise"}})
    skins = sorted(path.name for path in (HOME / "assets" / "sprites").iterdir() if path.is_dir())
    worn = {name: {"sprite_paths": [f"assets/sprites/{name}"]} for name in skins}
    yield "skins", vary(look(*SKELETON), "character", worn)
    yield "shapes", vary(plain, "character", {name: {"shape_types": [name]} for name in NAMES})
    yield "shape_colors", vary(plain, "character", {name: {"shape_colors": [name]} for name in PALETTE21})
    yield "layout_colors", vary(plain, "layout", {name: {"layout_colors": [name]} for name in PALETTE16})
    for name, values in RANGES.items():
        kind = type(NEUTRAL[name])
        yield f"filter_{name}", vary(scene, "filters", {f"{v:.4g}": {name: kind(v)} for v in values})
    yield "filter_presets", vary(scene, "filters", {name: {"pop_filter_list": [name]} for name in PRESETS})
    for name, values in LIGHT_RANGES.items():
        kind = int if name == "count" else float
        changes = {f"{v:g}": {"point_light_enabled": True, f"point_light_{name}": kind(v)} for v in values}
        yield f"light_{name}", vary(scene, "effects", changes)
    changes = {name: {"point_light_enabled": True, "point_light_color_names": [name]} for name in LIGHTS}
    yield "light_colors", vary(scene, "effects", changes)
    world = {f"world {n}": {"enabled": True, "min_npc_count": n, "max_npc_count": n} for n in (5, 20, 60)}
    sticky = {f"sticky {n}": {"sticky_enabled": True, "min_sticky_count": n, "max_sticky_count": n} for n in (1, 3, 5)}
    yield "npcs", vary(look(*SKELETON), "npc", world | sticky)
    counts = {f"{n} shapes": {"enabled": True, "count": n} for n in (1, 3, 7, 11)}
    same = {f"{n} like the agent": {"enabled": True, "count": n, "shape_types": ["circle"], "shape_colors": ["teal"],
                                    "min_size": 16, "max_size": 16} for n in (1, 3, 7, 11)}  # fmt: skip
    yield "distractors", vary(plain, "distractors", counts | same)


def look(*overrides: str) -> Config:
    """A training look from overrides."""
    return cells(list(overrides))[0].train


@jax.jit
def reset(key: jax.Array, params: env.Params) -> env.State:
    """`env.reset`, compiled once per structure of look."""
    return env.reset(key, params)


@jax.jit
def scripted_view(key: jax.Array, params: env.Params) -> jax.Array:
    """The frame after `STEPS` steps of running right and jumping, (3, H, W) u8."""
    step = lambda t, state: env.step(state, scripted(t), params)[0]  # noqa: E731
    return env.render(jax.lax.fori_loop(0, STEPS, step, env.reset(key, params)), params)


def scripted(t: jax.Array | int) -> jax.Array:
    """Run right, jump at the start of every twelve steps."""
    return jnp.where(t % 12 < 2, 6, 2)


def picture_of(frame: jax.Array) -> Image.Image:
    """A planar frame as a picture."""
    return Image.fromarray(np.moveaxis(np.asarray(frame), 0, -1))


def sheet(looks: dict[str, Config], seed: int) -> Image.Image:
    """A contact sheet of the same moment under every look."""
    frames = {caption: picture_of(scripted_view(jax.random.key(seed), env.build(c))) for caption, c in looks.items()}
    width, height = next(iter(frames.values())).size
    columns = min(COLUMNS, len(frames))
    rows = -(-len(frames) // columns)
    canvas = Image.new("RGB", (columns * (width + 4) + 4, rows * (height + CAPTION + 4) + 4), (250, 250, 250))
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(size=12)
    for i, (caption, frame) in enumerate(frames.items()):
        x, y = 4 + i % columns * (width + 4), 4 + i // columns * (height + CAPTION + 4)
        pen.text((x, y), caption, (30, 30, 36), font)
        canvas.paste(frame, (x, y + CAPTION))
    return canvas


def film(path: Path, config: Config, options) -> None:
    """A GIF of one look, twice enlarged, 30 frames a second (every second step)."""
    params = env.build(config)
    choose = policy(options.policy, config)
    step, draw = jax.jit(env.step), jax.jit(env.render)
    state, frames = reset(jax.random.key(options.seed), params), []
    for t in range(options.steps):
        state, _ = step(state, choose(state, t), params)
        if t % 2 == 0:
            frame = picture_of(draw(state, params))
            frames.append(frame.resize((frame.width * 2, frame.height * 2), Image.NEAREST))
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=33, loop=0)


def policy(name: str, config: Config) -> Callable[[env.State, int], jax.Array]:
    """A function (state, t) -> action: random, scripted, or the newest kept policy of a run folder."""
    if name == "scripted":
        return lambda state, t: scripted(t)
    if name == "random":
        return lambda state, t: jax.random.randint(jax.random.key(t), (), 0, env.NUM_ACTIONS)
    folder = Path(name)
    if not (folder / "config.yaml").exists():
        raise fault("--policy", name, "random, scripted, or a run folder with kept policies", "scripted")
    kept = checkpoints(folder)
    if not kept:
        raise RunError(f"{folder} keeps no policies: train with budget.keep_checkpoints=true")
    trained = yaml.safe_load((folder / "config.yaml").read_text())
    agent = PPOConfig(**trained["agent"])
    task = kage_task(config, trained["task"]["pool"])
    net = network(agent, task)
    state = reset(jax.random.key(0), task.params)
    like = jax.eval_shape(lambda: net.init(jax.random.key(0), task.observe(state)[None]))
    params = serialization.from_bytes(like, unpack(kept[max(kept)])[1])

    @jax.jit
    def act(state, t):
        chosen, _ = net.apply(params, task.observe(state)[None])
        return chosen.sample(jax.random.fold_in(jax.random.key(1), t))[0, 0]

    return act
