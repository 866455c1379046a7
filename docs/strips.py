"""The pictures of docs/parameters.md: what each parameter of the eight groups does, side by side.

    python docs/strips.py                    # all of them, a few minutes
    python docs/strips.py filters colours    # some of them
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from reference import PALETTES, PICTURES

from kage.launch.compose import one_look
from kage.look.config import SHAPES
from kage.look.filters import PARAMETERS
from kage.params import value_text
from kage.platformer import env
from kage.platformer.config import GROUPS, from_dict
from kage.platformer.people import STEPS, running
from kage.platformer.render import to_hwc


class Strip(NamedTuple):
    """Panels that show what one parameter does."""

    values: Sequence[object]  # panels, or groups of panels, from left to right
    base: Sequence[str] = ()  # what else is set, as overrides of kage run
    times: Sequence[int] = (STEPS,)  # moments that are shown of each value
    seeds: Sequence[int] = (0,)  # episodes that are shown of each value
    close: bool = False  # only what is around the agent, enlarged
    at_once: bool = False  # all moments in one picture, on black


SCENE, SKELETON = ("background=image_1", "character=skeleton"), ("character=skeleton",)
CIRCLE = ("background=image_1",)
THREE = (0, 1, 2)  # episodes
WALK = (100, 104, 108, 112)
BACKGROUNDS, SPRITES = "assets/backgrounds", "assets/sprites"
COLOR = ("background=purple",)
NPCS = (*SKELETON, "npc=world_all")
WORLD = (*NPCS, "W=256")
MANY = (*WORLD, "npc.min_npc_count=20")
STICKY = (*SKELETON, "npc=sticky_all", "npc.min_sticky_count=5")
DRIFTING = ("distractors=mixed", "distractors.count=7", "distractors.min_size=12", "distractors.max_size=20")
LIT = (*SCENE, "effects=lights")
DARK = ("character=skeleton", "effects=lights")
ONE_LIGHT = (*DARK, "effects.point_light_count=1")
TURNING = ("distractors=mixed", "distractors.count=3", "distractors.shape_types=[cross]", "distractors.min_size=30",
           "distractors.max_size=30", "distractors.can_move=false")
WIDE = ("W=256",)
FLAT = ("W=256", "layout=flat", "character=teal_circle")
JUMP = tuple(range(0, 61, 4))  # moments of a jump

STRIPS: dict[str, dict[str, Strip]] = {
    "background": {
        "mode": Strip(["black", "image", "noise", "color"], CIRCLE),
        "image_dir": Strip([BACKGROUNDS], CIRCLE, seeds=(0, 1, 2, 3)),
        "image_paths": Strip([[f"{BACKGROUNDS}/bg-{i}.png" for i in (1, 2, 3)]], CIRCLE, seeds=(0, 1, 3, 4)),
        "image_path": Strip([f"{BACKGROUNDS}/bg-{i}.png" for i in (1, 40, 128)], CIRCLE),
        "parallax_factor": Strip([0.0, 0.5, 1.0], CIRCLE, times=(100, 260)),
        "tile_horizontal": Strip([True, False], (*CIRCLE, "background.parallax_factor=3"), times=(0, 100, 140)),
        "switch_frequency": Strip([0.0, 0.1], ("background=purple_lime_indigo",), times=(100, 110, 120)),
        "color_names": Strip([["purple"], ["red", "green", "blue"]], COLOR, seeds=THREE),
    },
    "character": {
        "width": Strip([8, 16, 32], ("character.shape_types=[ellipse]",)),
        "height": Strip([12, 24, 48], ("character.shape_types=[ellipse]",)),
        "use_sprites": Strip([True], SKELETON, close=True),
        "sprite_dir": Strip([SPRITES], SKELETON, seeds=range(6), close=True),
        "sprite_paths": Strip([[f"{SPRITES}/clown", f"{SPRITES}/knight"]], SKELETON, seeds=range(6), close=True),
        "sprite_path": Strip([f"{SPRITES}/{name}" for name in ("clown", "dog", "robot")], SKELETON, close=True),
        "enable_animation": Strip([True, False], SKELETON, times=WALK[:3], close=True),
        "animation_fps": Strip([6.0, 12.0, 24.0], SKELETON, times=WALK[:2], close=True),
        "idle_sprite_idx": Strip([0, 1, 2, 3], SKELETON, times=(0,), close=True),
        "use_shape": Strip([True], close=True),
        "shape_types": Strip([[name] for name in SHAPES], close=True),
        "shape_colors": Strip([[name] for name in ("teal", "indigo", "pink", "gold", "red", "white")], close=True),
        "shape_rotate": Strip([True, False], ("character.shape_types=[star]",), times=WALK[:3], close=True),
        "shape_rotation_speed": Strip([0.0, 5.0, 15.0], ("character.shape_types=[star]", "character.shape_rotate=true"),
                                      times=WALK[:2], close=True),
    },
    "npc": {
        "enabled": Strip([True, False], WORLD),
        "min_npc_count": Strip([5, 60], (*NPCS, "npc.max_npc_count=60"), seeds=THREE),
        "max_npc_count": Strip([5, 60], (*NPCS, "npc.min_npc_count=5"), seeds=THREE),
        "spawn_y_offset": Strip([0, 20], MANY),
        "animation_fps": Strip([6.0, 24.0], (*NPCS, "npc.min_npc_count=20"), times=(260, 264, 268)),
        "sprite_dir": Strip([SPRITES], MANY, seeds=THREE),
        "sprite_paths": Strip([[f"{SPRITES}/clown", f"{SPRITES}/knight"]], MANY, seeds=THREE),
        "sprite_path": Strip([f"{SPRITES}/{name}" for name in ("skeleton", "dog", "robot")], MANY),
        "sticky_enabled": Strip([True, False], STICKY),
        "min_sticky_count": Strip([0, 5], STICKY[:-1], seeds=THREE),
        "max_sticky_count": Strip([1, 10], STICKY[:-1], seeds=THREE),
        "sticky_sprite_dir": Strip([SPRITES], STICKY, seeds=(0, 1, 2, 3)),
        "sticky_sprite_dirs": Strip([[f"{SPRITES}/clown", f"{SPRITES}/knight"]], STICKY, seeds=(0, 1, 2, 3)),
        "sticky_sprite_path": Strip([f"{SPRITES}/{name}" for name in ("skeleton", "dog", "robot")], STICKY),
        "sticky_can_jump": Strip([True, False], (*STICKY, "npc.sticky_jump_probability=0.2"), times=(100, 104, 108)),
        "sticky_jump_probability": Strip([0.01, 0.2], STICKY, times=(100, 104, 108)),
        "sticky_y_min_offset": Strip([-80, -40, -10], STICKY),
        "sticky_y_max_offset": Strip([-40, -10, 10], STICKY),
        "sticky_x_offsets": Strip([[], [-30, 30], [15]], STICKY),
        "sticky_x_min": Strip([-60, 0, 40], STICKY),
        "sticky_x_max": Strip([-40, 0, 60], STICKY),
    },
    "distractors": {
        "enabled": Strip([True, False], DRIFTING),
        "count": Strip([0, 1, 5, 11], DRIFTING),
        "shape_types": Strip([["circle"], ["star"], ["cross"], ["circle", "star", "cross"]], DRIFTING),
        "shape_colors": Strip([["red"], ["teal"], ["red", "green", "blue"]], DRIFTING),
        "can_move": Strip([True, False], (*DRIFTING, "distractors.max_speed=3"), times=WALK[:3]),
        "min_speed": Strip([0.0, 1.0], DRIFTING, times=(100, 110, 120)),
        "max_speed": Strip([0.2, 1.0, 4.0], DRIFTING, times=(100, 110)),
        "can_rotate": Strip([True, False], (*TURNING, "distractors.max_rotation_speed=5"), times=WALK[:3]),
        "min_rotation_speed": Strip([-5.0, -0.3], (*TURNING, "distractors.max_rotation_speed=-0.3"), times=WALK[:3]),
        "max_rotation_speed": Strip([0.3, 5.0], (*TURNING, "distractors.min_rotation_speed=0.3"), times=WALK[:3]),
        "min_size": Strip([4, 12, 20], DRIFTING),
        "max_size": Strip([12, 24, 40], DRIFTING),
    },
    "filters": {name: Strip(parameter.page, SCENE) for name, parameter in PARAMETERS.items()},
    "effects": {
        "point_light_enabled": Strip([False, True], SCENE, seeds=(0, 1)),
        "point_light_intensity": Strip([0.1, 0.5, 1.0, 2.0, 5.0], LIT),
        "point_light_radius": Strip([0.01, 0.05, 0.1, 0.3, 1.0], ONE_LIGHT),
        "point_light_falloff": Strip([1.0, 1.5, 2.0, 3.0, 4.0], ONE_LIGHT),
        "point_light_count": Strip([1, 2, 3, 4, 5], (*DARK, "effects.point_light_intensity=0.5")),
        "point_light_color_names": Strip([[name] for name in ("red", "green", "blue", "gold", "fire")], ONE_LIGHT),
    },
    "layout": {
        "length": Strip([256, 512], (*WIDE, "episode_length=1000"), times=(440,)),
        "height_px": Strip([96, 128, 160], WIDE, times=(60,)),
        "base_ground_y": Strip([80, 96, 120], WIDE),
        "pix_per_unit": Strip([0, 2, 3], WIDE),
        "ground_thickness": Strip([1, 2, 10], WIDE),
        "run_width": Strip([10, 25, 60], WIDE),
        "p_change": Strip([0.1, 0.7, 1.0], WIDE),
        "p_up_given_change": Strip([0.1, 0.5, 0.9], WIDE),
        "min_step_height": Strip([1, 5, 17], WIDE),
        "max_step_height": Strip([5, 10, 17], WIDE),
        "layout_colors": Strip([["cyan"], ["red"], ["white"]], WIDE),
    },
    "physics": {
        "gravity": Strip([0.4, 0.75, 1.0], FLAT, JUMP, at_once=True),
        "move_speed": Strip([1, 2, 3], FLAT, JUMP, at_once=True),
        "jump_force": Strip([-5.0, -7.5, -10.0], FLAT, JUMP, at_once=True),
        "ground_friction": Strip([0.1, 0.5, 0.8], (*FLAT, "physics.move_speed=3"), JUMP, at_once=True),
        "air_resistance": Strip([0.1, 0.5, 0.95], (*FLAT, "physics.move_speed=3"), JUMP, at_once=True),
        "max_fall_speed": Strip([1.0, 3.0, 8.0], FLAT, JUMP, at_once=True),
    },
}  # fmt: skip
INK, SOFT, PAPER = (30, 30, 36), (120, 120, 128), (255, 255, 255)
GAP, LABEL, CAPTION = 4, 18, 14  # px


def run_and_jump(t: jax.Array) -> jax.Array:
    """The actions of a picture of many moments: right for 44 steps, with one jump; then nothing."""
    return jnp.where(t < 44, jnp.where((t >= 14) & (t < 16), 6, 2), 0)


@jax.jit
def moments(key: jax.Array, params: env.Params, times: jax.Array, actions: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Frames (T, H, W, 3) u8 and the agent's column and row on the screen (T, 2) f32, after so many of the actions."""

    def at(t):
        state = jax.lax.fori_loop(0, t, lambda i, s: env.step(s, actions[i], params)[0], env.reset(key, params))
        latent = state.latent
        return to_hwc(env.render(state, params)), jnp.stack([latent.x - latent.camera_x, latent.y])

    return jax.lax.map(at, times)


def panels(group: str, name: str, strip: Strip) -> list[tuple[str, str, Image.Image]]:
    """The panels of a strip: the value where a new one begins, step or episode where there are several, the picture."""
    base, usual = one_look(strip.base), getattr(GROUPS[group](), name)
    actions = jax.vmap(run_and_jump if strip.at_once else running)(jnp.arange(max(strip.times) + 1))
    found = []
    for value in strip.values:
        params = env.build(from_dict(changed(group, name, value), base))
        head = said(value) + " (default)" * (value == usual)
        for seed in strip.seeds:
            frames, places = moments(jax.random.key(seed), params, jnp.array(strip.times), actions)
            seen = list(zip(strip.times, np.asarray(frames), np.asarray(places)))
            if strip.at_once:
                seen = [(None, np.asarray(frames).max(0), None)]
            for t, frame, place in seen:
                more = f"step {t}" if len(seen) > 1 else f"episode {seed}" if len(strip.seeds) > 1 else ""
                found.append((head, more, around(frame, place) if strip.close else Image.fromarray(frame)))
                head = ""
    return found


def changed(group: str, name: str, value: object) -> dict:
    """The change that a panel shows."""
    if (group, name) == ("layout", "height_px"):
        return {"H": value, group: {name: value, "base_ground_y": min(127, max(70, value - 32))}}
    return {group: {name: value}}


def said(value: object) -> str:
    """A value as a caption: of paths, the last parts."""
    if isinstance(value, list):
        return "[" + ", ".join(map(said, value)) + "]"
    return value.rpartition("/")[2] if isinstance(value, str) else value_text(value)


def around(frame: np.ndarray, place: np.ndarray) -> Image.Image:
    """48 x 48 px around the agent, twice as large."""
    x, y = (int(np.clip(round(float(c)) - 24, 0, size - 48)) for c, size in zip(place, frame.shape[1::-1]))
    return Image.fromarray(frame[y : y + 48, x : x + 48]).resize((96, 96), Image.NEAREST)


def sheet(group: str) -> Image.Image:
    """The strips of a group below each other."""
    strips = [strip_picture(group, name, strip) for name, strip in STRIPS[group].items()]
    canvas = Image.new("RGB", (max(p.width for p in strips), sum(p.height for p in strips)), PAPER)
    y = 0
    for picture in strips:
        canvas.paste(picture, (0, y))
        y += picture.height
    return canvas


def strip_picture(group: str, name: str, strip: Strip) -> Image.Image:
    """A strip with its name, and captions above its panels."""
    shown = panels(group, name, strip)
    top = LABEL + CAPTION * (1 + any(more for _, more, _ in shown))
    width = sum(picture.width + GAP for *_, picture in shown) + GAP
    canvas = Image.new("RGB", (width, top + max(picture.height for *_, picture in shown) + 2 * GAP), PAPER)
    pen, bold, small = ImageDraw.Draw(canvas), ImageFont.load_default(size=14), ImageFont.load_default(size=11)
    pen.text((GAP, 0), name, INK, bold)
    x = GAP
    for head, more, picture in shown:
        pen.text((x, LABEL), head, INK, small)
        pen.text((x, LABEL + CAPTION), more, SOFT, small)
        canvas.paste(picture, (x, top))
        x += picture.width + GAP
    return canvas


def swatches() -> Image.Image:
    """The named colours, a row of each palette."""
    side, columns = 72, 11
    rows = sum(-(-len(palette) // columns) for palette in PALETTES.values())
    height = len(PALETTES) * LABEL + rows * (40 + CAPTION + GAP)
    canvas = Image.new("RGB", (columns * (side + GAP) + GAP, height), PAPER)
    pen, bold, small = ImageDraw.Draw(canvas), ImageFont.load_default(size=14), ImageFont.load_default(size=11)
    y = 0
    for name, palette in PALETTES.items():
        pen.text((GAP, y), name, INK, bold)
        y += LABEL
        for i, (color, rgb) in enumerate(palette.items()):
            x, top = GAP + i % columns * (side + GAP), y + i // columns * (40 + CAPTION + GAP)
            pen.rectangle((x, top, x + side, top + 40), rgb, SOFT)
            pen.text((x, top + 41), color, INK, small)
        y += -(-len(palette) // columns) * (40 + CAPTION + GAP)
    return canvas


def main(names: Sequence[str]) -> None:
    """Draw the pictures of these groups, or all, in 256 colours each: they stay small."""
    folder = Path(__file__).parent / PICTURES
    folder.mkdir(exist_ok=True)
    for name in names or [*STRIPS, "colours"]:
        picture, path = swatches() if name == "colours" else sheet(name), folder / f"{name}.png"
        picture.quantize(palette=picture.quantize(256)).save(path, optimize=True)
        print(path, path.stat().st_size // 1000, "KB")


if __name__ == "__main__":
    main(sys.argv[1:])
