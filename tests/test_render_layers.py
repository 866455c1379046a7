"""Layers: each one agrees with a small NumPy drawing, chance has its distribution, neutral is neutral."""

import contextlib
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import T1
from PIL import Image

from kage.look import background, distractors, effects, files, filtering, npc, shapes, sprites
from kage.look.approximate import normal
from kage.look.config import (
    PICTURES,
    SHAPES,
    BackgroundConfig,
    CharacterConfig,
    DistractorsConfig,
    EffectsConfig,
    FiltersConfig,
    NpcConfig,
)
from kage.look.filter import Moment
from kage.look.filters import PARAMETERS
from kage.look.filters.colour import jitter, shift_hsv, temper
from kage.look.filters.exposure import brighten, stretch
from kage.look.filters.light import darken_corners
from kage.look.filters.noise import poisson, tabulated
from kage.look.filters.presets import PRESETS
from kage.look.filters.sharpness import sharpen
from kage.look.hashing import random_unit
from kage.look.pixel import as_int
from kage.params import ConfigError
from kage.platformer import env, figures
from kage.platformer.config import from_dict
from kage.platformer.level import ground_top

SKELETON = "assets/sprites/skeleton"
SPRITE = {"use_sprites": True, "use_shape": False, "sprite_path": SKELETON}
filtered, draw_distractors = jax.jit(filtering.apply), jax.jit(distractors.draw)
begin_distractors, drawn_distractors = jax.jit(distractors.init), jax.jit(distractors.drawn)
reset, step, render = jax.jit(env.reset), jax.jit(env.step), jax.jit(env.render)
reset_all, render_all = jax.jit(jax.vmap(env.reset, (0, None))), jax.jit(jax.vmap(env.render, (0, None)))


def params_of(**groups):
    return env.build(from_dict(groups, from_dict(T1)))


def picture(seed=0, height=32, width=40):
    return np.random.default_rng(seed).integers(0, 256, (3, height, width), np.uint8)


def apply(frame, seed=0, t=0, **strength):
    return np.asarray(filtered(filtering.build(FiltersConfig(**strength)), frame, seed, t))


def write(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return str(path)


@pytest.fixture
def skins(tmp_path):
    """Two skins of different sizes, 5 x 7 with 12 frames and 9 x 4 with 2, each frame of one grey; a source folder."""
    rng = np.random.default_rng(0)
    for name, (h, w), count in (("big", (7, 5), 12), ("wide", (4, 9), 2)):
        for i in range(count):
            rgba = rng.integers(0, 256, (h, w, 4), np.uint8)
            rgba[..., 0] = 10 * i
            write(tmp_path / name / f"walk-{i + 1}.png", rgba)
    return tmp_path


# --- files ---


def test_frames_are_in_natural_order_and_skins_stand_on_one_line(skins):
    built = sprites.skins(CharacterConfig(sprite_dir=str(skins)), ("sprite_dir", "sprite_paths", "sprite_path"), 64, 64)
    assert (built.height, built.width, built.number) == (7, 9, 2)
    assert built.count.tolist() == [12, 2] and built.first.tolist() == [0, 12] and built.own_width.tolist() == [5, 9]
    sheet = np.asarray(built.sheet)
    assert sheet[:12, 0, 7 + 6, 9].tolist() == [10 * i for i in range(12)]
    assert sheet[12:, 3, : 7 + 3].max() == 0 < sheet[12:, 3, 7 + 3].max()


@pytest.mark.parametrize("path", [f"src/kage_bench/{SKELETON}", f"src/kage/{SKELETON}", SKELETON])
def test_asset_paths_work_from_anywhere(path, tmp_path, monkeypatch):
    """Also where a folder has files of the same names: jobs run in the folder that submitted them."""
    monkeypatch.chdir(tmp_path)
    for name in ("assets/backgrounds/bg-1.png", f"{SKELETON}/walk-1.png", "mine.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("another picture")
    assert files.resolve("background.image_path", "mine.png", "a picture").read_text() == "another picture"
    assert files.resolve("character.sprite_path", path, "a skin") == files.HOME / SKELETON
    ours = files.HOME / "assets/backgrounds/bg-1.png"
    for name in ("src/kage_bench/assets/backgrounds/bg-1.jpeg", "assets/backgrounds/bg-1.png"):
        assert files.resolve("background.image_path", name, "a picture") == ours


def test_files_that_cannot_be_used_are_one_line(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.png").write_text("no picture")
    cases = [
        (BackgroundConfig(image_path="assets/backgrounds/bg-1.pgn"), "nearest valid: assets/backgrounds/bg-1.png"),
        (BackgroundConfig(image_dir=str(tmp_path / "empty")), "at least one picture"),
        (BackgroundConfig(image_paths=[str(tmp_path / "text.png")]), "is not one"),
        (BackgroundConfig(image_paths=[]), "non-empty"),
        (BackgroundConfig(image_dir=None), "one of image_dir, image_paths, image_path"),
        (BackgroundConfig(image_path=str(tmp_path / "empty")), "this is a folder"),
        (BackgroundConfig(image_path="~nobody-of-this-name/a.png"), "a picture that exists"),
        (BackgroundConfig(image_path="x" * 5000), "File name too long"),
        (CharacterConfig(sprite_dir="x" * 5000), "File name too long"),
        (CharacterConfig(sprite_path="assets/sprites/skeletn"), "nearest valid: assets/sprites/skeleton"),
        (CharacterConfig(sprite_path=str(tmp_path / "empty")), "at least one frame"),
        (CharacterConfig(sprite_dir=str(tmp_path / "empty")), "at least one skin"),
        (CharacterConfig(sprite_path=str(tmp_path / "text.png")), "this is a file"),
    ]
    for config, words in cases:
        with pytest.raises(ConfigError) as error:
            if isinstance(config, BackgroundConfig):
                background.build(config, 32, 32)
            else:
                sprites.skins(config, ("sprite_dir", "sprite_paths", "sprite_path"), 32, 32)
        message = str(error.value)
        assert message.startswith((f"{config.KEY}.image", f"{config.KEY}.sprite")) and words in message, message
        assert "\n" not in message


def test_a_folder_that_may_not_be_read_is_one_line(tmp_path, monkeypatch):
    def refused(folder):
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr("pathlib.Path.iterdir", refused)
    config = BackgroundConfig(image_dir=str(tmp_path))
    with pytest.raises(ConfigError, match=f"background.image_dir='{tmp_path}' .* can be read, but: Permission denied$"):
        background.build(config, 32, 32)


def test_pictures_of_every_kind_are_read_as_they_are_seen(tmp_path):
    """Grey of 16 bits keeps its shades, and a photograph of a camera held upright is upright."""
    grey = np.arange(0, 256, 8, dtype=np.uint16)[:, None].repeat(32, 1)
    read = partial(sprites.pictures, names=PICTURES, height=32)
    path = write(tmp_path / "grey.png", grey << 8)
    np.testing.assert_array_equal(read(BackgroundConfig(image_path=path))[0], [grey] * 3)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it clockwise
    Image.fromarray(np.zeros((40, 80), np.uint8)).save(tmp_path / "photo.jpeg", exif=exif)
    assert read(BackgroundConfig(image_path=str(tmp_path / "photo.jpeg"))).shape == (1, 3, 32, 16)


def test_animations_and_transparent_backgrounds_are_refused_with_the_reason(tmp_path):
    """Instead of showing the first frame alone, or the colour that lies unseen below a transparent pixel."""
    still = Image.fromarray(np.zeros((32, 32, 3), np.uint8))
    other = Image.fromarray(np.full((32, 32, 3), 255, np.uint8))
    clear = still.convert("RGBA")
    clear.putpixel((0, 0), (9, 9, 9, 0))
    for suffix in ("gif", "webp", "png"):
        still.save(tmp_path / f"film.{suffix}", save_all=True, append_images=[other])
    clear.save(tmp_path / "hole.png")
    clear.save(tmp_path / "hole.gif")
    refused = {"film.gif": "animation of 2 frames", "film.webp": "animation", "film.png": "animation",
               "hole.png": "transparent", "hole.gif": "transparent"}  # fmt: skip
    for name, words in refused.items():
        with pytest.raises(ConfigError, match=f"background.image_path='.*{name}' is not allowed: .*{words}"):
            background.build(BackgroundConfig(image_path=str(tmp_path / name)), 32, 32)
    still.convert("RGBA").save(tmp_path / "whole.png")
    still.save(tmp_path / "phone.jpg", "MPO", save_all=True, append_images=[other])
    for name in ("whole.png", "phone.jpg"):
        background.build(BackgroundConfig(image_path=str(tmp_path / name)), 32, 32)
    (tmp_path / "skin").mkdir()
    for name, allowed in (("hole.png", True), ("film.gif", False)):
        (tmp_path / name).rename(tmp_path / "skin" / name)
        with contextlib.nullcontext() if allowed else pytest.raises(ConfigError, match="still pictures"):
            sprites.skins(CharacterConfig(sprite_path=str(tmp_path / "skin")), ("sprite_dir", "sprite_paths", "sprite_path"), 32, 32)


# --- background ---


@pytest.mark.parametrize("tile", [True, False])
@pytest.mark.parametrize("parallax", [0.5, -1.0])
def test_picture_moves_with_the_camera(tile, parallax, tmp_path):
    pixels = np.random.default_rng(1).integers(0, 256, (32, 50, 3), np.uint8)
    config = BackgroundConfig(
        image_path=write(tmp_path / "a.png", pixels), tile_horizontal=tile, parallax_factor=parallax
    )
    built = background.build(config, 32, 40)
    for camera in (0.0, 3.0, 5.0, 61.0, 500.0):
        column = np.arange(40) + int(np.round(camera * parallax))
        column = column % 50 if tile else np.clip(column, 0, 49)
        frame = background.draw(built, jnp.uint32(0), jnp.float32(camera), 32, 40)
        np.testing.assert_array_equal(np.moveaxis(frame, 0, -1), pixels[:, column])


def test_pictures_take_the_height_of_the_screen_and_the_width_of_the_first(tmp_path):
    paths = [write(tmp_path / f"{i}.png", np.full((20 + 30 * i, 30, 3), 60 + i, np.uint8)) for i in range(2)]
    config = BackgroundConfig(image_paths=paths)
    assert sprites.pictures(config, PICTURES, 40).shape == (2, 3, 40, 60)
    assert sprites.pictures(config, PICTURES, 40) is sprites.pictures(config, PICTURES, 40)


def test_backgrounds_switch_with_their_frequency():
    built = background.build(BackgroundConfig(mode="color", switch_frequency=0.25), 32, 32)
    draw, switches = jnp.uint32(7), 0
    advance = jax.jit(background.advance)
    for t in range(400):
        after = advance(built, draw, t)
        draw, switches = after, switches + int(after != draw)
    assert 70 < switches < 130


# --- sprites ---


def test_animation_shows_the_frame_of_exact_arithmetic():
    built = sprites.skins(CharacterConfig(sprite_path=SKELETON), ("sprite_dir", "sprite_paths", "sprite_path"), 64, 64)
    count = int(built.count[0])
    n = jnp.arange(3000)
    for fps in (1, 7, 12, 24, 60):
        shown = jax.jit(sprites.animate)(built, 0, 1, n, jnp.float32(fps))
        np.testing.assert_array_equal(shown, (1 + np.arange(3000) * fps // 60) % count)


def blend(frame, sprite, cx, bottom):
    """Draw `sprite`, (h, w, 4) 0..255, over `frame`, (3, H, W), in place and pixel by pixel."""
    h, w, _ = sprite.shape
    for y, x in np.ndindex(h, w):
        row, column = bottom - h + y, cx - w // 2 + x
        if 0 <= row < frame.shape[1] and 0 <= column < frame.shape[2]:
            a = sprite[y, x, 3] / 255
            frame[:, row, column] = np.floor(sprite[y, x, :3] * a + frame[:, row, column] * (1 - a))


@pytest.mark.parametrize("cx,bottom", [(20, 25), (0, 3), (63, 64), (-30, 20), (90, 20), (30, -5), (30, 90)])
@pytest.mark.parametrize("index", [3, 13])
def test_sprite_is_blended_where_it_belongs(cx, bottom, index, skins):
    built = sprites.skins(CharacterConfig(sprite_dir=str(skins)), ("sprite_dir", "sprite_paths", "sprite_path"), 64, 64)
    name, number = ("big", index + 1) if index < 12 else ("wide", index - 11)
    sprite = np.asarray(Image.open(skins / name / f"walk-{number}.png")).astype(np.float32)
    under = picture(2, 64, 64)
    expected = under.astype(float)
    blend(expected, sprite, cx, bottom)
    ours = np.asarray(jax.jit(sprites.draw)(jnp.asarray(under), built, int(index >= 12), index, cx, bottom))
    assert abs(ours.astype(int) - expected).max() <= 1
    assert (ours == expected).mean() > 0.999


# --- NPCs ---


def test_world_npcs_stand_on_the_level_and_their_number_is_uniform():
    params = params_of(npc={"enabled": True, "min_npc_count": 3, "max_npc_count": 6, "sprite_path": SKELETON})
    states = reset_all(jax.random.split(jax.random.key(0), 600), params)
    world = jax.jit(jax.vmap(lambda state: figures.stands(params.look.world, state.visual.world, state.latent, params.physics)))(states)
    counts = np.bincount(world.count, minlength=7)
    assert counts[:3].sum() == 0 and counts[3:].min() > 100
    x = np.asarray(world.x)
    assert x.min() >= 200 and x.max() < 1848 and abs(x.mean() - 1023.5) < 40
    top = jax.jit(jax.vmap(lambda heights, x: ground_top(heights, x // 25, params.physics)))(states.latent.heights, world.x)
    np.testing.assert_array_equal(world.y, np.asarray(top) - 12 - 2)


def test_world_npc_is_drawn_at_its_place(monkeypatch):
    plain = params_of()
    params = params_of(npc={"enabled": True, "min_npc_count": 1, "max_npc_count": 1, "sprite_path": SKELETON})
    state, bare = reset(jax.random.key(3), params), reset(jax.random.key(3), plain)
    there = figures.Stands(count=jnp.int32(1), skin=jnp.array([0]), x=jnp.array([100]), y=jnp.array([40]))
    monkeypatch.setattr(figures, "stands", lambda *_: there)
    changed = np.argwhere((np.asarray(jax.jit(lambda *a: env.render(*a))(state, params)) != np.asarray(render(bare, plain))).any(0))
    camera = int(state.latent.camera_x)
    assert changed[:, 0].max() == 40 + 12 - 1 and changed[:, 0].min() >= 40 + 12 - 24
    assert changed[:, 1].min() >= 100 - camera - 8 and changed[:, 1].max() < 100 - camera + 8


def test_sticky_npcs_jump_from_home_and_fall_back_to_it():
    config = {"sticky_enabled": True, "sticky_sprite_path": SKELETON, "min_sticky_count": 3, "max_sticky_count": 3,
              "sticky_jump_probability": 0.1, "sticky_x_offsets": [10, -20], "spawn_y_offset": 5}  # fmt: skip
    params = params_of(npc=config)
    state = reset(jax.random.key(1), params)
    homes = npc.homes(params.look.sticky, state.visual.sticky.seed, params.physics)
    assert homes.offset.tolist() == [10, -20, 10]
    home = np.asarray(homes.y)
    assert ((home >= 96 - 5 - 40) & (home <= 96 - 5 - 10)).all()
    y, vy, jumps = np.float32(home), np.zeros(3, np.float32), 0
    for _ in range(120):
        at_home = y >= home
        state, _ = step(state, 0, params)
        after = state.visual.sticky
        started = at_home & (np.asarray(after.y) < home)
        vy = np.where(started, np.float32(-7.5), vy) + np.float32(0.75)
        y = np.minimum(y + vy, home).astype(np.float32)
        vy = np.where(y >= home, 0, vy).astype(np.float32)
        np.testing.assert_allclose(after.y, y, atol=1e-4)
        jumps += started.sum()
    assert jumps > 5


def test_drawn_offsets_and_homes_cover_their_ranges():
    config = NpcConfig(enabled=False, sticky_enabled=True, sticky_sprite_path=SKELETON, min_sticky_count=0,
                       max_sticky_count=4, sticky_x_min=-3, sticky_x_max=3, sticky_y_min_offset=-2,
                       sticky_y_max_offset=0)  # fmt: skip
    _, sticky = npc.build(config, 64, 64)
    physics = params_of().physics
    homes = jax.vmap(lambda seed: npc.homes(sticky, seed, physics))(jnp.arange(500, dtype=jnp.uint32))
    for values, number in ((homes.count, 5), (homes.offset + 3, 7), (homes.y - 94, 3)):
        counts = np.bincount(np.ravel(values), minlength=number)
        assert len(counts) == number and counts.min() > 0.7 * counts.mean()


# --- distractors ---


def test_distractors_move_and_bounce_inside_their_margin():
    built = distractors.build(DistractorsConfig(enabled=True, count=200, min_speed=0.5, max_speed=2.0), 64, 96)
    state = begin_distractors(built, jnp.uint32(5))
    high = np.array([[49.0], [81.0]], np.float32)
    position, velocity = np.asarray(state.position), np.asarray(state.velocity)
    assert (abs(velocity) >= 0.5).all() and (abs(velocity) <= 2).all() and (velocity < 0).any()
    assert (position >= 15).all() and (position <= high).all()
    advance = jax.jit(distractors.advance)
    for _ in range(60):
        state = advance(built, state)
        position = position + velocity
        velocity = np.where(position < 15, abs(velocity), np.where(position > high, -abs(velocity), velocity))
        position = np.clip(position, 15, high)
        np.testing.assert_allclose(state.position, position, atol=1e-4)
    first, second, last = (drawn_distractors(built, state.seed, t) for t in (0, 1, 60))
    turned, step = ((np.asarray(later.degrees - first.degrees) + 180) % 360 - 180 for later in (last, second))
    np.testing.assert_allclose(turned, 60 * step, atol=0.01)
    assert 0.28 < abs(step).max() <= 0.3001 and set(np.asarray(first.size)) == set(range(4, 13))


@pytest.mark.parametrize("name", SHAPES)
def test_distractor_is_the_shape_that_the_agent_would_be(name):
    config = DistractorsConfig(enabled=True, count=1, shape_types=[name], shape_colors=["coral"], min_size=16,
                               max_size=16, can_move=False)  # fmt: skip
    built = distractors.build(config, 64, 64)
    state = begin_distractors(built, jnp.uint32(1))
    paint = jax.jit(lambda degrees, *at: shapes.paint(
        shapes.rasterise((name,), 0, degrees, jnp.float32(16), jnp.float32(16), 12), *at, 64, 64))  # fmt: skip
    for t, (cy, cx) in enumerate([(30, 20), (2, 62)]):
        state = state.replace(position=jnp.array([[cy], [cx]], jnp.float32))
        frame = np.asarray(draw_distractors(built, state, np.zeros((3, 64, 64), np.uint8), t))
        (degrees,) = drawn_distractors(built, state.seed, t).degrees
        np.testing.assert_array_equal(frame[0] == 255, paint(degrees, cx, cy))
        assert set(map(tuple, frame.reshape(3, -1).T)) == {(0, 0, 0), (255, 127, 80)}


# --- filters ---


def numpy_blur(v, a):
    padded = np.pad(v, ((0, 0), (1, 1), (1, 1)), mode="edge")
    h, w = v.shape[1:]
    return sum(padded[:, i : i + h, j : j + w] for i in range(3) for j in range(3)) / 9 * a + v * (1 - a)


def numpy_distance(h, w):
    y, x = np.mgrid[:h, :w]
    return np.hypot(y - h / 2, x - w / 2) / np.hypot(h / 2, w / 2)


def numpy_pixelate(v, f):
    def source(n):
        small = n // f
        down = [int((i + 0.5) * n / small) for i in range(small)]
        return [down[int((i + 0.5) * small / n)] for i in range(n)]

    return v[:, source(v.shape[1])][:, :, source(v.shape[2])]


@pytest.mark.parametrize("size", [(32, 40), (33, 47)])
@pytest.mark.parametrize("name,value,drawing", [
    ("blur_sigma", 1.0, lambda v: numpy_blur(v, 0.4)),
    ("blur_sigma", 9.0, lambda v: numpy_blur(v, 1.0)),
    ("sharpen_amount", 1.5, lambda v: v + 1.5 * (v - numpy_blur(v, 0.4))),
    ("pixelate_factor", 3, lambda v: numpy_pixelate(v, 3)),
    ("pixelate_factor", 5, lambda v: numpy_pixelate(v, 5)),
    ("vignette_strength", 1.3, lambda v: v * np.clip(1 - 1.3 * numpy_distance(*v.shape[1:]) ** 2, 0, 1)),
    ("radial_light_strength", 0.4, lambda v: v + np.clip(1 - numpy_distance(*v.shape[1:]) ** 1.5, 0, 1) * 0.4
        * np.array([255, 255, 200])[:, None, None]),
])  # fmt: skip
def test_filter_agrees_with_numpy(name, value, drawing, size):
    frame = picture(4, *size)
    expected = np.floor(np.clip(drawing(frame.astype(np.float64)), 0, 255))
    off = abs(apply(frame, **{name: value}).astype(int) - expected)
    assert off.max() <= 1 and (off == 0).mean() > 0.97


def test_presets_are_their_filters_in_their_order():
    frame = picture(5)
    names = {"color_temp": "color_temp", "vignette": "vignette_strength", "late_vignette": "vignette_strength",
             "sharpen": "sharpen_amount"}  # fmt: skip
    functions = {"saturation": lambda v, a: shift_hsv(v, a, 0.0),
                 "hue_shift": lambda v, a: shift_hsv(v, 1.0, a), "color_temp": temper,
                 "vignette": darken_corners, "late_vignette": darken_corners,
                 "contrast": stretch, "brightness": brighten, "sharpen": sharpen}  # fmt: skip
    assert set(names) < set(functions)
    for name, preset in PRESETS.items():
        if not preset:
            continue

        @jax.jit
        def by_hand(v, preset=preset):
            for filter_name, amount in preset.items():  # written in the order of the specification
                v = functions[filter_name](v, amount)
            return v

        v = by_hand(frame.astype(np.float32))
        off = abs(apply(frame, pop_filter_list=[name]).astype(int) - np.floor(np.asarray(v)))
        assert off.max() <= 1 and (off == 0).mean() > 0.99, name


def test_one_preset_is_drawn_per_episode_and_none_is_no_filter():
    frame = jnp.asarray(picture(6))
    built = filtering.build(FiltersConfig(pop_filter_list=["noir", "none"]))
    episodes = jax.jit(jax.vmap(lambda seed: filtering.apply(built, frame, seed)))
    out = np.asarray(episodes(jnp.arange(200, dtype=jnp.uint32)))
    same = (out == np.asarray(frame)).all((1, 2, 3))
    assert 60 < same.sum() < 140 and len(np.unique(out[~same], axis=0)) == 1
    assert filtering.build(FiltersConfig(pop_filter_list=["none"])) is None


@pytest.mark.parametrize("name", [n for n in PARAMETERS if n not in ("pop_filter_list", "poisson_noise_scale")])
def test_a_traced_neutral_strength_is_no_filter(name):
    frame = jnp.asarray(picture(7))
    built = filtering.Filters({name: jnp.asarray(PARAMETERS[name].neutral)})
    np.testing.assert_array_equal(filtered(built, frame), frame)


def test_gaussian_noise_has_its_moments_and_is_new_every_step():
    frame = np.full((3, 128, 128), 128, np.uint8)
    moments = ((1, 0), (1, 1), (2, 0))
    frames = [apply(frame, *moment, gaussian_noise_std=20.0).astype(float) + 0.5 - 128 for moment in moments]
    for noise in frames:
        assert abs(noise.mean()) < 0.5 and abs(noise.std() - 20) < 0.3
        np.testing.assert_allclose([(noise > 40).mean(), (noise < -60).mean()], [0.02275, 0.00135], atol=0.002)
    for other in frames[1:]:
        assert abs(np.corrcoef(frames[0].ravel(), other.ravel())[0, 1]) < 0.02
    for shift in ((0, 0, 1), (0, 1, 0), (1, 0, 0)):
        rolled = np.roll(frames[0], shift, (0, 1, 2))
        assert abs(np.corrcoef(frames[0].ravel(), rolled.ravel())[0, 1]) < 0.02
    np.testing.assert_array_equal(frames[1], apply(frame, 1, 1, gaussian_noise_std=20.0).astype(float) + 0.5 - 128)


def test_normal_numbers_are_normal():
    word = np.random.default_rng(0).integers(0, 2**32, 1_000_000, np.uint32)
    z = np.sort(np.asarray(jax.jit(normal)(word)))
    assert abs(z.mean()) < 0.004 and abs(z.std() - 1) < 0.003 and abs((z**4).mean() - 3) < 0.03
    quantiles = {0.0013499: -3, 0.0227501: -2, 0.1586553: -1, 0.5: 0, 0.8413447: 1, 0.9986501: 3, 0.9999683: 4}
    for p, value in quantiles.items():
        assert abs(z[int(p * len(z))] - value) < (0.2 if value == 4 else 0.03)


@pytest.mark.parametrize("scale", [0.05, 0.5, 1.0])
def test_poisson_noise_has_mean_v_and_variance_v_over_s(scale):
    shot, moment = tabulated(scale), Moment(1, 2, poisson.stream, whole=True)
    noisy = jax.jit(lambda v: poisson(v, shot, moment))
    for v in (0, 3, 40, 100):
        level = jnp.full((3, 128, 128), v, jnp.float32)
        out = np.asarray(noisy(level))
        if v == 0:
            assert (out == 0).all()
            continue
        inside = out < 255
        if inside.all():
            assert abs(out.mean() - v) < 5 * np.sqrt(v / scale / out.size)
            assert abs(out.var() / (v / scale) - 1) < 0.05
        number = np.round(out[inside] * scale).astype(int)
        log_mass = -v * scale + 0.0
        for k in range(8):  # probability of each number
            expected = np.exp(log_mass)
            assert abs((number == k).sum() / out.size - expected) < 5 * np.sqrt(expected / out.size) + 1e-4
            log_mass += np.log(v * scale / (k + 1))


def test_poisson_of_levels_between_whole_numbers():
    two = np.full((3, 128, 128), 2, np.uint8)
    out = apply(two, 1, 2, poisson_noise_scale=1.0, brightness=0.006).astype(float)
    assert abs(out.mean() - 2.6) < 0.04 and abs(out.var() - 2.6) < 0.08
    assert abs((out == 0).mean() - np.exp(-2.6)) < 0.006


def test_colour_jitter_is_one_mix_per_frame():
    frame = picture(8)
    frames = [apply(frame, 1, t, color_jitter_std=0.3) for t in (0, 1)]
    assert (frames[0] != frames[1]).any()
    inside = ((frames[0] > 0) & (frames[0] < 255)).all(0)
    rgb, mixed = frame[:, inside].astype(float), frames[0][:, inside] + 0.5
    mix, *_ = np.linalg.lstsq(rgb.T, mixed.T, rcond=None)
    assert abs(mix.T @ rgb - mixed).max() < 1.5 and abs(abs(mix).sum(0) - 1).max() < 0.02


def test_colour_jitter_has_its_distribution():
    """Rows of M = I + N(0, std), each over the sum of its absolute values; read off three pure colours."""
    pure = jnp.broadcast_to(255 * jnp.eye(3)[:, :, None], (3, 3, 1))  # column i is pure in channel i
    mix = jax.jit(jax.vmap(lambda t: jnp.stack(jitter(tuple(pure), 0.5, Moment(1, t, jitter.stream, whole=True)))))
    mixes = mix(jnp.arange(4000))
    ours = np.asarray(mixes)[..., 0] / 255
    rows = np.eye(3) + np.random.default_rng(0).normal(0, 0.5, (4000, 3, 3))
    rows = np.clip(rows / abs(rows).sum(2, keepdims=True), 0, 1)
    np.testing.assert_allclose(ours.mean(0), rows.mean(0), atol=0.02)
    np.testing.assert_allclose(np.quantile(ours, (0.7, 0.9, 0.99), axis=0), np.quantile(rows, (0.7, 0.9, 0.99), axis=0), atol=0.04)


# --- lights ---


def test_lights_are_sums_of_falling_discs():
    config = EffectsConfig(point_light_enabled=True, point_light_count=3, point_light_intensity=0.7,
                           point_light_radius=0.2, point_light_falloff=1.7)  # fmt: skip
    built = effects.build(config)
    positions = effects.positions(jax.random.key(0))
    assert positions.shape == (5, 2) and (positions >= 0.15).all() and (positions <= 0.85).all()
    frame = picture(9)
    y, x = np.mgrid[:32, :40]
    total = frame.astype(float)
    for (px, py), color in zip(np.asarray(positions)[:3], ((100, 150, 255), (255, 150, 200), (255, 215, 0)), strict=True):
        mask = 1 / (1 + (np.hypot(x - px * 40, y - py * 32) / (0.2 * np.hypot(32, 40))) ** 1.7)
        total = total + mask * 0.7 * np.array(color)[:, None, None]
    off = abs(np.asarray(effects.draw(built, positions, jnp.asarray(frame))) - np.floor(np.minimum(total, 255)))
    assert off.max() <= 1 and (off == 0).mean() > 0.99


# --- whole looks ---


EVERYTHING = {
    "background": {"mode": "image", "image_paths": ["assets/backgrounds/bg-1.png", "assets/backgrounds/bg-2.png"]},
    "character": SPRITE,
    "npc": {"enabled": True, "sprite_path": SKELETON, "sticky_enabled": True, "sticky_sprite_path": SKELETON},
    "distractors": {"enabled": True},
    "filters": {"hue_shift": 30.0, "gaussian_noise_std": 5.0, "poisson_noise_scale": 0.5, "blur_sigma": 1.0},
    "effects": {"point_light_enabled": True},
}


def test_a_scene_is_its_layers_back_to_front(skins, monkeypatch):
    """Background, distractors, ground, world NPCs, sticky NPCs, agent: all over one another, against plain NumPy."""
    big, wide = str(skins / "big"), str(skins / "wide")
    params = params_of(
        background={"mode": "color", "color_names": ["brown"]},
        distractors={"enabled": True, "count": 2, "shape_types": ["square"], "shape_colors": ["red"], "min_size": 9,
                     "max_size": 9, "can_move": False, "can_rotate": False},
        npc={"enabled": True, "sprite_paths": [big, wide], "min_npc_count": 3, "max_npc_count": 4, "animation_fps": 20.0,
             "sticky_enabled": True, "sticky_sprite_path": big, "min_sticky_count": 2, "max_sticky_count": 2,
             "sticky_x_offsets": [3, -5], "sticky_can_jump": False},
        character={"use_sprites": True, "use_shape": False, "sprite_path": wide},
    )  # fmt: skip
    state, moving = reset(jax.random.key(2), params), 0
    for _ in range(40):
        state, _ = step(state, 2, params)
        moving = moving + 1 if abs(state.latent.vx) > 0.1 else 0
    latent, visual = state.latent, state.visual
    camera, x, y = (round(float(number)) for number in (latent.camera_x, latent.x, latent.y))
    stands = x + np.array([-9, -3, 2, 5]), y + np.array([0, 4, -3, 2])
    squares, jumping, drawn = [(y, x - camera - 8), (100, 30)], np.array([y - 3, y + 2]), [0, 1, 0, 1]
    placed = figures.Stands(count=jnp.int32(3), skin=jnp.array(drawn), x=jnp.array(stands[0]), y=jnp.array(stands[1]))
    monkeypatch.setattr(figures, "stands", lambda *_: placed)
    upright = distractors.drawn(params.look.distractors, visual.distractors.seed, 0).replace(degrees=jnp.zeros(2))
    monkeypatch.setattr(distractors, "drawn", lambda *_: upright)
    sticky = visual.sticky.replace(y=jnp.array(jumping, jnp.float32))
    drifting = visual.distractors.replace(position=jnp.array(squares, jnp.float32).T)
    state = state.replace(visual=visual.replace(sticky=sticky, distractors=drifting))

    expected = np.empty((3, 128, 128))
    expected[:] = np.array([139, 69, 19])[:, None, None]
    for row, column in squares:
        expected[:, row - 4 : row + 5, column - 4 : column + 5] = np.array([255, 0, 0])[:, None, None]
    top = 96 - 2 * np.asarray(latent.heights, int)[np.arange(2048) // 25]
    for column in range(128):
        here, before = top[column + camera], top[max(column + camera - 1, 0)]
        for first, end in ((here, here + 2), (min(here, before), max(here, before))):
            expected[:, first:end, column] = np.array([0, 255, 255])[:, None]

    def sprite(folder, index):
        pictures = files.images_in(skins / folder)
        return np.asarray(Image.open(pictures[index % len(pictures)])).astype(float)

    for stand, row, skin in list(zip(*stands, drawn))[:3]:  # the fourth has room and is not there
        blend(expected, sprite(("big", "wide")[skin], 40 * 20 // 60), stand - camera, row + 12)
    for offset, row in zip((3, -5), jumping):
        blend(expected, sprite("big", 40 * 20 // 60), x - camera + offset, row + 12)
    blend(expected, sprite("wide", moving * 12 // 60), x - camera, y + 1 + 12)
    shown = jax.jit(lambda state: env.render(state, params))(state)  # a new function, with what is replaced here
    off = abs(np.asarray(shown).astype(int) - expected)
    assert off.max() <= 2 and (off == 0).mean() > 0.999


NOISES = {"gaussian_noise_std": 20.0, "poisson_noise_scale": 0.1, "color_jitter_std": 0.3}


@pytest.mark.parametrize("name", NOISES)
def test_noise_differs_between_steps_and_episodes_and_the_same_is_the_same(name):
    """The picture of a seed and a step is one picture; those of another step or seed have nothing in common with it."""
    frame = picture(10)
    first, same, later, other = (apply(frame, *moment, **{name: NOISES[name]}) for moment in ((1, 0), (1, 0), (1, 1), (2, 0)))
    np.testing.assert_array_equal(first, same)
    for a, b in ((first, later), (first, other), (later, other)):
        assert (a != b).mean() > 0.5


def test_same_key_same_frame_and_noise_differs_between_environments_and_steps():
    params = params_of(**EVERYTHING)
    keys = jax.random.split(jax.random.key(0), 2)
    states = reset_all(keys, params)
    frames = np.asarray(render_all(states, params))
    np.testing.assert_array_equal(frames, render_all(reset_all(keys, params), params))
    assert frames.dtype == np.uint8 and frames.shape == (2, 3, 128, 128)
    noisy = params_of(filters={"gaussian_noise_std": 20.0}, background={"mode": "color", "color_names": ["gray"]})
    states = reset_all(keys, noisy)
    first = np.asarray(render_all(states, noisy)).astype(int)
    later = jax.jit(jax.vmap(env.step, (0, None, None)))(states, 0, noisy)[0]
    assert (first[0] != first[1]).mean() > 0.5 and (first != np.asarray(render_all(later, noisy))).mean() > 0.5


def test_colours_of_episodes_are_uniform():
    params = params_of(background={"mode": "color", "color_names": ["red", "green", "blue"]},
                       layout={"layout_colors": ["white", "lime"]})  # fmt: skip
    states = reset_all(jax.random.split(jax.random.key(5), 600), params)
    draw = jax.vmap(lambda state: background.draw(params.look.background, state, 0.0, 1, 1))
    colors = np.asarray(draw(states.visual.background))
    for counts in (np.unique(colors.reshape(600, 3), axis=0, return_counts=True)[1], np.bincount(states.visual.layout)):
        assert counts.min() > 0.75 * counts.mean()


def test_a_grid_of_doses_is_one_compilation():
    config = {"filters": {"brightness": 0.1, "hue_shift": 10.0}, "effects": {"point_light_enabled": True},
              "H": 32, "W": 32, "layout": {"height_px": 32}}  # fmt: skip
    params = params_of(**config)
    state = reset(jax.random.key(0), params)
    traces = 0

    @jax.jit
    @partial(jax.vmap, in_axes=(None, 0, 0, 0))
    def doses(params, brightness, hue, intensity):
        nonlocal traces
        traces += 1
        strength = {"brightness": brightness, "hue_shift": hue}
        look = params.look.replace(filters=params.look.filters.replace(strength=strength),
                                   lights=params.look.lights.replace(intensity=intensity))  # fmt: skip
        return env.render(state, params.replace(look=look))

    for scale in (0.0, 1.0):
        grid = jnp.linspace(0, scale, 4)
        out = np.asarray(doses(params, grid, 90 * grid, 0.1 + grid))
        assert out.shape == (4, 3, 32, 32)
    assert traces == 1 and (out[0] != out[3]).any()


def test_numbers_of_npcs_up_to_their_most_are_one_compilation():
    params = params_of(npc={"enabled": True, "max_npc_count": 9, "sprite_path": SKELETON, "sticky_enabled": True,
                            "max_sticky_count": 4, "sticky_sprite_path": SKELETON})  # fmt: skip
    traces = 0

    @jax.jit
    @partial(jax.vmap, in_axes=(None, 0, 0))
    def crowds(params, world, sticky):
        nonlocal traces
        traces += 1
        look = params.look.replace(world=params.look.world.replace(count_range=world),
                                   sticky=params.look.sticky.replace(count_range=sticky))  # fmt: skip
        params = params.replace(look=look)
        state = env.reset(jax.random.key(0), params)
        stands = figures.stands(look.world, state.visual.world, state.latent, params.physics)
        homes = npc.homes(look.sticky, state.visual.sticky.seed, params.physics)
        return stands.count, homes.count, env.masks(state, params).npc.sum()

    for most in (4, 2):
        world, sticky = 2 * jnp.arange(most + 1), jnp.minimum(jnp.arange(most + 1), 4)
        world, sticky = (jnp.resize(n, 5).astype(jnp.int32) for n in (world, sticky))
        counts, beside, pixels = crowds(params, *(jnp.stack([n, n], 1) for n in (world, sticky)))
        np.testing.assert_array_equal(counts, world)
        np.testing.assert_array_equal(beside, sticky)
        assert pixels[0] == 0 and pixels[1] > 50
    assert traces == 1


def test_as_int_and_random_unit_cover_what_layers_expect():
    assert as_int(jnp.array([0.5, 1.5, -0.5])).tolist() == [0, 2, 0]
    u = np.asarray(random_unit(jnp.array([0, 2**32 - 1], jnp.uint32)))
    assert u[0] == 0 and 0.9999 < u[1] < 1
