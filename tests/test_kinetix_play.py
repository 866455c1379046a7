"""A person plays levels of Kinetix: each key does what it says, the window shows the level, and R goes on to the next."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import pygame
import pytest

pytest.importorskip("jax2d", reason="the extra kinetix is not installed: pip install 'kage-lab[kinetix]'")

from test_play import Script, down, up

from kage.kinetix import KinetixTask, keyboard, load_level
from kage.kinetix.family import Kinetix
from kage.kinetix.keyboard import HELP, KEYS, action, used
from kage.launch.cli import main
from kage.launch.play import press
from kage.task import Step


@pytest.mark.parametrize("keys, several, single", [
    ([], [0, 0, 0, 0, 0, 0], 8), (["left"], [1, 0, 0, 0, 0, 0], 1), (["right"], [2, 0, 0, 0, 0, 0], 0),
    (["left", "right"], [0, 0, 0, 0, 0, 0], 8), (["down", "a", "s"], [0, 2, 1, 2, 0, 0], 2), (["w"], [0, 0, 0, 1, 0, 0], 7),
    (["space"], [0, 0, 0, 0, 1, 0], 9), (["return", "up"], [0, 1, 0, 0, 0, 1], 3), (["return"], [0, 0, 0, 0, 0, 1], 10),
])  # fmt: skip
def test_keys_run_motors_and_thrusters(keys, several, single):
    bits, _ = press(set(), down(*keys), KEYS)
    assert action(bits, KinetixTask("s")).tolist() == several
    assert action(bits, KinetixTask("s", controls="discrete")).tolist() == [single]
    assert all(key in HELP for key in KEYS)


def test_the_title_names_the_keys_of_a_level():
    def keys(name):
        level = load_level(name)
        return used(SimpleNamespace(sim=level, motor_auto=level.joint.motor_auto, motor_binding=level.joint.binding,
                                    thruster_binding=level.thruster.binding))  # fmt: skip

    both = "left, right: yellow motors; up, down: magenta motors"
    assert keys("s/h3_point_the_thruster") == "left, right: yellow motors; space: yellow thrusters"
    assert keys("s/h8_unicycle_balance") == "up, down: magenta motors" and keys("m/arm_up") == both


class Count:
    """In place of a task of Kinetix, which compiles for seconds: a level is a number, which keys add to, up to 10."""

    controls, actions = "multi_discrete", KinetixTask("s").actions

    def reset(self, key, level):
        return level, ()

    def step(self, state, action):
        state = state + action.sum()
        metrics = {"success_rate": jnp.float32(state >= 10), "return": jnp.float32(state)}
        return state, Step((), jnp.float32(0), state >= 10, jnp.bool_(False), metrics)


jax.tree_util.register_static(Count)
LEVELS = {"s/h3_point_the_thruster": 3, "s/h8_unicycle_balance": 8}


def test_a_person_plays_one_level_after_the_other(monkeypatch, capsys):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setattr(Kinetix, "task", lambda self, world: Count())
    monkeypatch.setattr(Kinetix, "level", lambda self, case: jnp.int32(LEVELS[case.level]))
    monkeypatch.setattr(keyboard, "used", lambda state: f"{state} at first")
    monkeypatch.setattr(keyboard, "view", lambda task, state, scale: jnp.full((4 * scale, 6 * scale, 3), state, jnp.uint8))
    script = Script([[], down("right", "space"), [], up("space"), down("r"), [], up("right"), []])
    monkeypatch.setattr(pygame.time, "Clock", script)
    arguments = ["task=kinetix", "agent=noop", f"eval.levels=[{','.join(LEVELS)}]", "--scale", "2"]
    assert main(["play", *arguments]) == 0
    first, second = LEVELS
    assert [screen[0] for screen in script.screens] == [3, 3, 6, 9, 12, 8, 10, 10, 10] and script.rates == {30}
    assert {len(screen) for screen in script.screens} == {8 * 12 * 3}
    assert script.titles[1] == f"KAGE, {first}: step 0, return 0.00; 3 at first"
    assert script.titles[3] == f"KAGE, {first}: step 2, return 9.00; 3 at first"
    assert script.titles[4] == f"KAGE, {first}: solved, R goes on, return 12.00; 3 at first"
    assert script.titles[6] == f"KAGE, {second}: solved, R goes on, return 10.00; 8 at first"
    out = capsys.readouterr().out
    assert HELP in out and [f"{first} │     3 │  12.00 │         1.00" in out, f"{second} │     1 │  10.00" in out] == [True] * 2


@pytest.mark.parametrize("arguments, words", [
    (["--eval"], "it is for looks"), (["--record", "a"], "it is for looks"), (["eval.levels=[]"], "name some with eval.levels"),
])  # fmt: skip
def test_what_is_wrong_is_one_line(arguments, words, capsys):
    assert main(["play", "task=kinetix", "agent=noop", *arguments]) == 2
    assert words in capsys.readouterr().err
