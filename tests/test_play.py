"""What a person plays is what the environment does, is kept whole, and is repeated exactly, under any look."""

import json
import sys

import jax
import numpy as np
import pygame
import pytest
from conftest import t1
from PIL import Image

from kage.launch import play
from kage.launch.cli import main
from kage.launch.compose import cells, one_world
from kage.launch.episode import Episode, Stage
from kage.launch.play import game, press, read
from kage.params import ConfigError
from kage.platformer import env
from kage.platformer.family import Platformer
from kage.platformer.people import KEYS, view

LENGTH = 40
TASK = [f"episode_length={LENGTH}", "dist_to_success=15"]
LOOK = [*TASK, "background=black", "eval.background.mode=noise", "eval.character.shape_types=[star]",
        "eval.distractors.enabled=true", "eval.filters.hue_shift=90", "eval.effects.point_light_enabled=true"]  # fmt: skip


def down(*names):
    return [(name, True) for name in names]


def up(*names):
    return [(name, False) for name in names]


@pytest.mark.parametrize("held, turn, action, after", [
    ([], down("right"), 2, ["right"]), (["right"], [], 2, ["right"]), (["right"], up("right"), 2, []),
    (["d"], down("space"), 6, ["d", "space"]), (["left", "right"], [], 3, ["left", "right"]), (["a"], down("w"), 5, ["a", "w"]),
    ([], down("space") + up("space"), 4, []), (["up"], up("up") + down("up"), 4, ["up"]), ([], down("x", "f1"), 0, ["x", "f1"]),
    ([], up("left"), 0, []),
])  # fmt: skip
def test_keys_become_the_bits_of_an_action(held, turn, action, after):
    keys = set(held)
    assert press(keys, turn, KEYS) == (action, {name for name, is_down in turn if is_down})
    assert keys == set(after)


@pytest.fixture(scope="module")
def stage():
    return Stage(Platformer(), t1(episode_length=5))


def watch(stage, turns, seed=3):
    """Seed, number of actions and the actions of the episode after each turn."""
    return [(episode.seed, list(episode.actions)) for episode in game(stage, seed, turns)]


def test_an_episode_begins_with_its_first_key_and_then_time_runs(stage):
    seen = watch(stage, [[], [], down("right"), [], up("right"), [], []])
    assert [actions for _, actions in seen] == [[], [], [], [2], [2, 2], [2, 2, 2], [2, 2, 2, 0], [2, 2, 2, 0, 0]]


def test_an_episode_that_is_over_stands_still_until_the_next_level(stage):
    seen = watch(stage, [down("space"), *[[]] * 7, up("space") + down("r"), [], down("left"), down("escape"), down("right")])
    assert seen[5:9] == [(3, [4] * 5)] * 4
    assert seen[9:] == [(4, []), (4, []), (4, [1])]  # Esc ends it at once


def test_the_level_after_the_last_seed_is_the_first(stage):
    assert [seed for seed, _ in watch(stage, [down("r")], seed=2**32 - 1)] == [2**32 - 1, 0]


class Script:
    """In place of pygame's clock: posts the keys of one turn after the other, then closes the window; sees the screen."""

    def __init__(self, turns):
        self.turns, self.screens, self.titles, self.rates, self.closed = list(turns), [], [], set(), False

    def __call__(self):
        return self

    def tick(self, rate):
        self.rates.add(rate)
        self.screens.append(pygame.image.tobytes(pygame.display.get_surface(), "RGB"))
        self.titles.append(pygame.display.get_caption()[0])
        if not self.turns:
            assert not self.closed, "the window stays open"
            self.closed = True
            pygame.event.post(pygame.event.Event(pygame.QUIT))
            return
        for name, is_down in self.turns.pop(0):
            kind = pygame.KEYDOWN if is_down else pygame.KEYUP
            pygame.event.post(pygame.event.Event(kind, key=pygame.key.key_code(name)))


@pytest.fixture
def person(monkeypatch):
    """A function that plays turns in a window that nobody sees."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")

    def sit_down(turns, *arguments):
        script = Script(turns)
        monkeypatch.setattr(pygame.time, "Clock", script)
        assert main(["play", *arguments]) == 0
        assert not pygame.display.get_init()
        return script

    return sit_down


RUN = [down("right"), *[[]] * 9, down("space"), up("space"), *[[]] * 8]
BACK = [up("right") + down("left"), *[[]] * 13]
TURNS = [[], *RUN, *BACK, down("r") + up("left"), down("left"), up("left"), down("d"), [], [], []]


@pytest.fixture
def recording(person, tmp_path, capsys):
    """A recording of two episodes, and what was printed when they were played."""
    path = tmp_path / "me.jsonl"
    person(TURNS, *LOOK, "--seed", "7", "--record", str(path), "--scale", "1")
    return path, table(capsys)


def table(capsys):
    """The table of what was reached, as printed."""
    return [line for line in capsys.readouterr().out.splitlines() if line[:1] in "│┃"]


def test_what_is_played_is_kept_with_what_it_reached(recording):
    path, printed = recording
    first, second = map(json.loads, path.read_text().splitlines())
    (cell,) = cells(LOOK)
    assert (first["seed"], first["actions"]) == (7, "2" * 10 + "66" + "2" * 8 + "3" + "1" * 13)
    assert (second["seed"], second["actions"]) == (8, "112222")
    assert first["look"] == second["look"] == cell.cases[0].id
    params, step = env.build(cell.world.env), jax.jit(env.step)
    for row in (first, second):
        state = jax.jit(env.reset)(jax.random.key(row["seed"]), params)
        for digit in row["actions"]:
            state, _ = step(state, np.int32(digit), params)
        reached = env.measures(state.latent, params.physics)
        names = {"distance": "passed_distance", "progress": "progress", "success": "success_once", "return": "return"}
        assert {name: row[name] for name in names} == {name: reached[source].item() for name, source in names.items()}
    assert first["success"] is True and second["success"] is False and first["distance"] < 15  # it was there, and left
    assert len(printed) == 3 and " yes " in printed[1] and " no " in printed[2]


def test_a_recording_is_repeated_exactly_under_every_look(recording, capsys):
    path, printed = recording
    for flags in ([], ["--eval"]):
        assert main(["play", *LOOK, *flags, "--actions", str(path)]) == 0
        assert table(capsys) == printed
    assert read(path, LENGTH)[0]["actions"]


def test_a_recording_is_filmed_episode_after_episode(recording, tmp_path, capsys):
    path, _ = recording
    film = tmp_path / "film.gif"
    assert main(["play", *LOOK, "--eval", "--actions", str(path), "--film", str(film)]) == 0
    with Image.open(film) as picture:
        assert picture.n_frames == (34 + 6) // 2 and picture.size == (256, 256)
        shown = np.asarray(picture.convert("RGB")).astype(int)[::2, ::2]
    family, world = one_world(LOOK, True)
    episode = Episode(Stage(family, world.env), 7)
    true = episode.stage.draw(episode.act(2))
    assert abs(shown - true).mean() < 20 and shown.std() > 40  # noise, in 256 colours


def test_another_task_is_not_what_was_recorded(recording, capsys):
    path, _ = recording
    changed = [part for part in LOOK if not part.startswith("dist")] + ["dist_to_success=4", "jump_penalty=0"]
    assert main(["play", *changed, "--actions", str(path)]) == 1
    out = capsys.readouterr().out
    (before,), (after,) = ({cell.cases[0].id for cell in cells(look)} for look in (LOOK, changed))
    assert "seed 7 is not what was recorded: progress was" in out and "return was" in out and "distance was" not in out
    assert before in out and after in out and before != after
    path.write_text(path.read_text().replace('"success":true', '"success":false'))
    assert main(["play", *LOOK, "--actions", str(path)]) == 1
    out = capsys.readouterr().out
    assert "success was False" in out and "training look" not in out and "seed 8" not in out


def test_the_window_shows_the_frame_and_how_it_goes(person):
    script = person([down("right"), []], *TASK, "--scale", "2", "--seed", "5")
    assert script.rates == {60}
    (cell,) = cells(TASK)
    params, step = env.build(cell.world.env), jax.jit(env.step)
    states = [jax.jit(env.reset)(jax.random.key(5), params)]
    for _ in range(2):
        states.append(step(states[-1], np.int32(2), params)[0])
    for state, screen in zip(states, script.screens):
        frame = np.asarray(view(state, params))
        assert screen == frame.repeat(2, 0).repeat(2, 1).tobytes()
    assert script.titles[0] == "KAGE, seed 5: step 0, progress 0%, return 0.0"
    assert script.titles[2] == f"KAGE, seed 5: step 2, progress 13%, return {states[-1].latent.ret:.1f}"


def test_nothing_is_kept_of_nothing(person, tmp_path, capsys):
    person([[], [], []], *TASK, "--record", str(tmp_path / "me.jsonl"))
    assert "nothing was played" in capsys.readouterr().out and not list(tmp_path.iterdir())


def test_ctrl_c_keeps_what_was_played(person, tmp_path, monkeypatch):
    path = tmp_path / "me.jsonl"
    honest = play.show

    def interrupted(episode, *rest):
        if len(episode.actions) == 3:
            raise KeyboardInterrupt
        honest(episode, *rest)

    monkeypatch.setattr(play, "show", interrupted)
    person(RUN, *TASK, "--record", str(path))
    assert json.loads(path.read_text())["actions"] == "222"


GOOD = {"look": "a" * 10, "seed": 1, "actions": "0123", "distance": 1.0, "progress": 0.5, "success": False, "return": -1.5}
DAMAGED = [
    ("", "holds no episode"), ("{", "line 1: is not a JSON object"), ("[1]", "is not a JSON object"),
    (GOOD | {"actions": "0128"}, r"actions\[3\]='8' is not allowed: a digit 0 .. 7"), (GOOD | {"actions": [1]}, "actions=.*text"),
    (GOOD | {"actions": ""}, f"0 actions are not allowed: 1 .. {LENGTH}"), (GOOD | {"actions": "1" * (LENGTH + 1)}, f"41 actions .* 1 .. {LENGTH}"),
    (GOOD | {"seed": -1}, "seed='-1' is not allowed"), (GOOD | {"seed": 1.0}, "seed=1.0 is not allowed: a whole number"),
    (GOOD | {"success": 1}, "success=1 is not allowed: true or false"), ({k: GOOD[k] for k in GOOD if k != "return"}, "return=None"),
    (GOOD | {"action": "1"}, "action='1'.*nearest valid: actions"),
]  # fmt: skip


@pytest.mark.parametrize("content, words", DAMAGED)
def test_a_damaged_recording_is_refused_by_line_and_key(content, words, tmp_path):
    path = tmp_path / "me.jsonl"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(ConfigError, match=f"{path}.*{words}"):
        read(path, LENGTH)


def test_the_damaged_line_is_named(tmp_path):
    path = tmp_path / "me.jsonl"
    path.write_text(f"{json.dumps(GOOD)}\n{json.dumps(GOOD)[:-5]}\n")
    with pytest.raises(ConfigError, match="line 2"):
        read(path, LENGTH)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is not text"):
        read(path, LENGTH)


@pytest.mark.parametrize("arguments, words", [
    (["--film", "a.gif"], "needs --actions"), (["--actions", "a", "--seed", "3"], "opens none"), (["--scale", "0"], "at least 1"),
    (["seed=3"], "a look has no seed; --seed"), (["--record", "there"], "does not exist yet"), (["--seed", "-1"], "seed='-1'"), (["--eval"], "no evaluation look"),
    (["--actions", "none.jsonl"], "cannot be read"), (["--actions", "there", "--film", "a.png"], "nearest valid: a.gif"),
])  # fmt: skip
def test_what_is_wrong_is_one_line(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").write_text(json.dumps(GOOD))
    assert main(["play", *arguments]) == 2
    assert words in capsys.readouterr().err and [path.name for path in tmp_path.iterdir()] == ["there"]


def test_without_a_screen_or_the_library_it_says_what_to_do(monkeypatch, capsys):
    monkeypatch.delenv("SDL_VIDEODRIVER", raising=False)
    monkeypatch.setattr(pygame.display, "get_driver", lambda: "offscreen")
    with monkeypatch.context() as patch:
        patch.setattr(pygame.display, "init", lambda: None)
        patch.setattr(pygame.display, "set_mode", lambda size: None)
        assert main(["play", *TASK]) == 1
    assert "no window can be opened: there is no display; --actions" in capsys.readouterr().err
    monkeypatch.setenv("SDL_VIDEODRIVER", "nonsense")
    assert main(["play", *TASK]) == 1
    assert "no window can be opened: " in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "pygame", None)
    assert main(["play", *TASK]) == 2
    assert "pip install 'kage-lab[play]'" in capsys.readouterr().err
