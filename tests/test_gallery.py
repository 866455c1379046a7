"""Contact sheets show every look over its range as the environment draws it; films show what happened, frame by frame."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import imageio_ffmpeg
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import serialization
from PIL import Image, ImageSequence
from probes import Clock

from kage.launch import captions, gallery, look_film
from kage.launch.case_film import episode, one_case, player, write_case_film
from kage.launch.cli import main
from kage.launch.compose import cells, one_world
from kage.launch.episode import Stage
from kage.look.filters import PARAMETERS
from kage.params import ConfigError
from kage.platformer import env, people
from kage.platformer.config import EffectsConfig, FiltersConfig
from kage.runs.run import Run, checkpoints, unpack

FFMPEG = [imageio_ffmpeg.get_ffmpeg_exe(), "-i"]
TILE, PITCH = 128, (128 + 16 + 4, 128 + 4)  # px of a tile; rows and columns from one tile to the next
HEAD = 24  # px of a title of one line


def tiles(path: Path, count: int) -> list[np.ndarray]:
    """The pictures of a sheet, without their captions."""
    sheet = np.asarray(Image.open(path))
    corners = [(HEAD + 4 + 16 + i // 8 * PITCH[0], 4 + i % 8 * PITCH[1]) for i in range(count)]
    return [sheet[y : y + TILE, x : x + TILE] for y, x in corners]


def frames_of(config, actions, seed=0) -> np.ndarray:
    """What the environment shows after each action, (T, H, W, 3) u8."""
    params = env.build(config)
    state, step, draw = jax.jit(env.reset)(jax.random.key(seed), params), jax.jit(env.step), jax.jit(env.render)
    frames = []
    for action in actions:
        state, _ = step(state, np.int32(action), params)
        frames.append(np.moveaxis(np.asarray(draw(state, params)), 0, -1))
    return np.stack(frames)


def run_right(steps: int) -> list[int]:
    """Jump at the start of every twelve steps."""
    return [6 if t % 12 < 2 else 2 for t in range(steps)]


def test_a_sheet_shows_the_environments_frames_from_one_end_of_the_range_to_the_other(tmp_path, capsys):
    assert main(["gallery", str(tmp_path), "--only", "filter_brightness"]) == 0
    path = tmp_path / "filter_brightness.png"
    assert capsys.readouterr().out.split() == [str(path)] and list(tmp_path.iterdir()) == [path]
    assert Image.open(path).format == "PNG" and Image.open(path).size == (4 + 8 * PITCH[1], HEAD + 4 + PITCH[0])
    (sheet,) = gallery.chosen_sheets("filter_brightness")
    looks = {text: stage.config for text, stage in sheet.stages.items()}
    shown = tiles(path, len(looks))
    assert len(looks) == 8 and len({tile.tobytes() for tile in shown}) == 8
    assert np.all(np.diff([tile.mean() for tile in shown]) > 0)
    for caption in ("-1", "0.75"):
        tile = shown[list(looks).index(caption)]
        np.testing.assert_array_equal(tile, frames_of(looks[caption], run_right(people.STEPS))[-1])


def test_a_sheet_of_many_looks_has_rows_and_the_seed_chooses_the_level(tmp_path):
    for seed in ("0", "1"):
        assert main(["gallery", str(tmp_path / seed), "--only", "^layout_colors$", "--seed", seed]) == 0
    first, other = (tiles(tmp_path / seed / "layout_colors.png", 16) for seed in ("0", "1"))
    assert Image.open(tmp_path / "0" / "layout_colors.png").size == (4 + 8 * PITCH[1], HEAD + 4 + 2 * PITCH[0])
    assert len({tile.tobytes() for tile in first}) == 15  # the reference paints lime ground like green ground
    assert all((a != b).any() for a, b in zip(first, other))


@pytest.mark.parametrize("group, ranges", [
    (FiltersConfig, gallery.RANGES), (EffectsConfig, {f"point_light_{k}": v for k, v in gallery.LIGHT_RANGES.items()}),
], ids=["filters", "lights"])  # fmt: skip
def test_every_strength_is_shown_over_its_whole_range(group, ranges):
    specs = {field.name: field.metadata["spec"] for field in dataclasses.fields(group) if field.type in (int, float)}
    assert set(specs) == set(ranges)
    for name, values in ranges.items():
        assert sorted(set(values)) == list(values)
        circle = name == "hue_shift"  # both its ends are the same look
        assert specs[name].low is None or min(values) == specs[name].low or circle, name
        assert specs[name].high is None or max(values) == specs[name].high, name
        assert name not in PARAMETERS or PARAMETERS[name].neutral in values, name


@pytest.mark.parametrize("name, low, high", [
    ("brightness", -1, 1), ("contrast", 0.1, 128), ("gamma", 0.5, 2), ("saturation", 0, 2), ("color_temp", -1, 1),
    ("gaussian_noise_std", 0, 200), ("pixelate_factor", 1, 6), ("vignette_strength", 0, 10), ("radial_light_strength", 0, 2),
])  # fmt: skip
def test_the_sheets_reach_as_far_as_the_papers(name, low, high):
    """Figures 25 to 35 of its appendix D."""
    assert min(gallery.RANGES[name]) <= low and max(gallery.RANGES[name]) >= high


def test_there_is_a_sheet_of_everything_that_can_be_seen():
    count = {sheet.name: len(sheet.stages) for sheet in gallery.sheets()}
    assert set(count) == set(gallery.TITLES)
    assert (count["backgrounds"], count["skins"], count["shapes"], count["filter_presets"]) == (128, 27, 9, 6)
    assert (count["background_colors"], count["shape_colors"], count["layout_colors"], count["light_colors"]) == (17, 21, 16, 12)


def test_npcs_stand_where_the_sheet_looks():
    (sheet,) = gallery.chosen_sheets("npcs")
    family, world = one_world([gallery.SKELETON])
    stages = {name: sheet.stages[name] for name in ("20 in the level", "1 beside")} | {"bare": Stage(family, world.env)}
    shown = {name: gallery.scene_under(family, jax.random.key(0), stage.params) for name, stage in stages.items()}
    bare = shown.pop("bare")
    for name, frame in shown.items():
        assert (np.asarray(frame != bare).any(axis=-1)).sum() > 50, name


def read_film(path: Path) -> np.ndarray:
    """Its frames, (T, H, W, 3) u8."""
    if path.suffix == ".mp4":
        raw = subprocess.run([*FFMPEG, path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], capture_output=True, check=True)
        return np.frombuffer(raw.stdout, np.uint8).reshape(-1, 256, 256, 3)
    return np.stack([np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(Image.open(path))])


@pytest.mark.parametrize("suffix, most", [(".gif", 0), (".mp4", 0.5)])
def test_a_film_shows_every_second_frame_of_the_look_asked_for(tmp_path, suffix, most):
    (cell,) = cells(["pair=layout_1"])
    for flags, config in (([], cell.world.env), (["--eval"], cell.shifted.env)):
        path = tmp_path / f"film{suffix}"
        assert main(["gallery", str(path), "pair=layout_1", "--steps", "13", *flags]) == 0
        true = frames_of(config, run_right(13))[::2].repeat(2, 1).repeat(2, 2)
        film = read_film(path)
        assert film.shape == true.shape == (7, 256, 256, 3)
        assert abs(film.astype(int) - true).mean(axis=(1, 2, 3)).max() <= most
        assert len(list(tmp_path.iterdir())) == 1


def test_a_film_of_both_looks_shows_each_below_its_caption(tmp_path):
    (cell,) = cells(["pair=layout_1"])
    path = tmp_path / "film.gif"
    assert main(["gallery", str(path), "pair=layout_1", "--steps", "5", "--both"]) == 0
    film = read_film(path)
    for look, x in ((cell.world.env, 0), (cell.shifted.env, 256 + 8)):
        own = film[:, -256:, x : x + 256]
        assert abs(own.astype(int) - frames_of(look, run_right(5))[::2].repeat(2, 1).repeat(2, 2)).max() == 0
    heads = film[:, :-256]
    assert heads.shape[1] > 40 and (heads == heads[0]).all()  # two lines: evaluation look: ground cyan -> red
    assert (heads[0, :, :256] != heads[0, :, 264:]).any() and film.shape[2] == 256 + 8 + 256


def test_a_caption_breaks_between_words_and_keeps_all_of_them():
    text = "evaluation look: " + "background black -> purple, " * 4
    lines = list(captions.wrapped(text, 256))
    assert " ".join(lines).split() == text.split() and len(lines) > 2
    assert all(captions.font(14).getlength(line) <= 256 for line in lines)
    assert captions.caption(text, 256).shape[0] % 2 == 0 and captions.caption("x", 256).shape == (HEAD, 256, 3)


def test_a_film_of_pictures_plays_at_thirty_frames_a_second(tmp_path):
    look = ["background=image_1", "character=skeleton"]
    (cell,) = cells(look)
    true = frames_of(cell.world.env, run_right(12), seed=3)[::2].repeat(2, 1).repeat(2, 2)
    for name, most in (("film.gif", 1), ("film.mp4", 3)):
        assert main(["gallery", str(tmp_path / name), *look, "--steps", "12", "--seed", "3"]) == 0
        assert abs(read_film(tmp_path / name).astype(int) - true).mean() < most
    about = subprocess.run([*FFMPEG, tmp_path / "film.mp4", "-f", "null", "-"], capture_output=True, text=True).stderr
    assert "h264" in about and "yuv420p" in about and " 30 fps" in about
    assert Image.open(tmp_path / "film.gif").info["duration"] in (30, 33)  # stored in hundredths of a second


def test_random_and_scripted_policies_play_differently(tmp_path):
    for name in ("random", "scripted"):
        assert main(["gallery", str(tmp_path / f"{name}.gif"), "--steps", "24", "--policy", name]) == 0
    random, scripted = (read_film(tmp_path / f"{name}.gif") for name in ("random", "scripted"))
    assert random[-1].tobytes() != scripted[-1].tobytes()


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A run folder with kept policies."""
    outputs = tmp_path_factory.mktemp("outputs")
    assert main(["run", "pair=background_2,layout_1", "seed=range(2)", "budget=smoke", "budget.agreement_episodes=0", f"outputs={outputs}"]) == 0
    (folder,) = outputs.glob("*/runs/*/seed=0")
    return folder


def test_the_policy_of_a_run_folder_is_its_newest_one(trained, tmp_path):
    newest = max(checkpoints(trained))
    params = serialization.msgpack_restore(unpack(checkpoints(trained)[newest])[1])
    heads = [layer for layer in jax.tree.leaves(params, is_leaf=lambda x: isinstance(x, dict) and "bias" in x)
             if layer["bias"].shape == (env.NUM_ACTIONS,)]  # fmt: skip
    assert len(heads) == 2  # eight actions, and as many channels of width eight
    for head in heads:
        head["bias"] = np.where(np.arange(env.NUM_ACTIONS) == 6, 1e6, 0).astype(np.float32)
    family, world = one_world(["budget=smoke"])
    stage = Stage(family, world.env)
    state = stage.start(0)
    before = look_film.policy(str(trained), stage)
    Run(trained).checkpoint(newest + 1, params)
    after = look_film.policy(str(trained), stage)
    checkpoints(trained)[newest + 1].unlink()
    assert [int(after(state, t)) for t in range(8)] == [6] * 8
    assert len({int(before(state, t)) for t in range(8)}) > 1  # untrained: it still tries everything
    assert main(["gallery", str(tmp_path / "film.gif"), "budget=smoke", "--policy", str(trained), "--steps", "24"]) == 0
    assert read_film(tmp_path / "film.gif").shape[1:] == (256, 256, 3)


def test_a_policy_films_only_what_it_was_trained_to_see(trained, tmp_path, capsys):
    size = ["H=96", "W=96", "layout.height_px=96"]
    assert main(["gallery", str(tmp_path / "a.gif"), *size, "--policy", str(trained)]) == 2
    assert "H=128, W=128" in capsys.readouterr().err
    (tmp_path / "config.yaml").write_text((trained / "config.yaml").read_text())
    assert main(["gallery", str(tmp_path / "a.gif"), "--policy", str(tmp_path)]) == 1
    assert "keeps no policies" in capsys.readouterr().err and not (tmp_path / "a.gif").exists()


@pytest.mark.parametrize("content, words", [
    ("env: {H: 128", "ParserError"), ("", "NoneType"), ("env: {H: 128, W: 128}", "KeyError: 'budget'"), ("\0", "ReaderError"),
    ("dense: 8", "nearest valid: encoder.dense"), ("pool: 4", "task.pool=400 is not allowed"),
])  # fmt: skip
def test_a_damaged_description_of_a_policy_is_one_line(content, words, trained, tmp_path, capsys):
    """Broken as a whole, or a good one with one wrong key or value."""
    (tmp_path / "checkpoints").symlink_to(trained / "checkpoints")
    wrong = {"dense: 8": "denes: 8", "pool: 4": "pool: 400"}
    whole = (trained / "config.yaml").read_text()
    (tmp_path / "config.yaml").write_text(whole.replace(content, wrong[content]) if content in wrong else content)
    assert main(["gallery", str(tmp_path / "a.gif"), "--policy", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert f"{tmp_path / 'config.yaml'} is damaged" in error and words in error and error.count("\n") == 1
    assert not (tmp_path / "a.gif").exists()


def test_a_policy_of_an_earlier_version_says_that_it_needs_that_version(trained, tmp_path, capsys):
    (tmp_path / "checkpoints").symlink_to(trained / "checkpoints")
    (tmp_path / "config.yaml").write_text("env: {}\ntask: {name: kage}\nagent: {name: ppo, dense: 8}\nbudget: {total_steps: 8}")
    assert main(["gallery", str(tmp_path / "a.gif"), "--policy", str(tmp_path)]) == 1
    assert "an earlier version of the code made this run" in capsys.readouterr().err


WRONG = [
    (["a.avi"], "a.gif"), (["a.gif", "--policy", "best"], "random, scripted"), (["a.gif", "--steps", "0"], "1 .. 500"),
    (["a.gif", "--steps", "501"], "1 .. 500"), (["a.gif", "--eval"], "no evaluation look"), (["a.gif", "--only", "x"], "for sheets"), (["a.gif", "--both"], "no evaluation look"),
    (["a.gif", "pair=layout_1", "--both", "--eval"], "--both shows the evaluation look, too"), (["sheets", "--both"], "for a film"),
    (["a.gif", "pair=layout_1,background_2", "--eval"], "2 looks"), (["a.gif", "layot=red"], "layot"), (["a.gif", "--seed", "-1"], "seed"),
    (["a.gif", "seed=3"], "seed='3' is not allowed: a look has no seed; --seed"), (["sheets", "pair=layout_1"], "for a film"), (["sheets", "--steps", "9"], "for a film"),
    (["sheets", "--only", "npc$"], "nearest valid: npcs"), (["sheets", "--only", "("], "regular expression"),
]  # fmt: skip


@pytest.mark.parametrize("arguments, words", WRONG, ids=lambda x: " ".join(x) if isinstance(x, list) else None)
def test_what_is_wrong_is_one_line_and_writes_nothing(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["gallery", *arguments]) == 2
    assert words in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_a_film_without_its_library_says_how_to_get_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    assert main(["gallery", str(tmp_path / "a.mp4")]) == 2
    assert "pip install 'kage-lab[video]'" in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_one_line(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["gallery", str(tmp_path / "file" / "a.gif"), "--steps", "2"]) == 1
    assert "cannot write" in capsys.readouterr().err


def test_the_command_starts_without_what_films_and_windows_need():
    code = "import sys; import kage.launch.cli, kage.launch.gallery, kage.launch.play; assert not {'imageio_ffmpeg', 'pygame'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name, steps, frames", [("noop", 9, [0, 1, 2, 3]), ("random", 2, [0, 1, 2])])
def test_a_world_that_draws_its_states_is_filmed_until_its_episode_ends(name, steps, frames):
    """Any family: pictures of the start and after each step, of a policy for actions of any parts."""

    class Drawn(Clock):
        def draw(self, state):
            return jnp.broadcast_to(state.t.astype(jnp.uint8), (4, 6, 3))

    task = Drawn(horizon=None)
    actor, params = player(name, None, task)
    found = episode(actor, params, task, jnp.float32(0.5), jax.random.key(0), steps)
    assert [frame[0, 0, 0] for frame in found] == frames and found[0].shape == (4, 6, 3)


def test_only_one_level_is_filmed_and_only_by_a_policy_that_can(tmp_path):
    with pytest.raises(ConfigError, match="a film shows one level, 2 are asked for"):
        one_case(["pair=filters_1,filters_2"], True)
    family, case = one_case(["pair=filters_1"], True)
    assert case.pair == "filters_1"
    with pytest.raises(ConfigError, match="task=kage draws no pictures"):
        write_case_film(tmp_path / "a.gif", family, case, "random", 3, 0)
    with pytest.raises(ConfigError, match="--policy='nobody' is not allowed: random, noop, or a run folder"):
        player("nobody", family, Clock())
