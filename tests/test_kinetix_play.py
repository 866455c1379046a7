"""A person plays levels of Kinetix: each key does what it says, the window shows the level, and R goes on to the next."""

import jax
import jax.numpy as jnp
import numpy as np
import pygame
import pytest

pytest.importorskip("jax2d", reason="the extra kinetix is not installed: pip install 'kage-lab[kinetix]'")

from test_play import Script, down, up

from kage.kinetix import KinetixTask, load_level
from kage.kinetix.keyboard import HELP, KEYS, action
from kage.launch.cli import main
from kage.launch.level_stage import after, begin
from kage.launch.play import press

LEVELS = ["s/h3_point_the_thruster", "s/h8_unicycle_balance"]


@pytest.mark.parametrize("keys, several, single", [
    ([], [0, 0, 0, 0, 0, 0], 8), (["left"], [1, 0, 0, 0, 0, 0], 1), (["right"], [2, 0, 0, 0, 0, 0], 0),
    (["left", "right"], [0, 0, 0, 0, 0, 0], 8), (["down", "a", "s"], [0, 2, 1, 2, 0, 0], 2), (["w"], [0, 0, 0, 1, 0, 0], 7),
    (["space"], [0, 0, 0, 0, 1, 0], 9), (["return", "up"], [0, 1, 0, 0, 0, 1], 3), (["return"], [0, 0, 0, 0, 0, 1], 10),
])  # fmt: skip
def test_keys_run_motors_and_thrusters(keys, several, single):
    bits, _ = press(set(), down(*keys), KEYS)
    assert action(bits, KinetixTask("s")).tolist() == several
    assert action(bits, KinetixTask("s", controls="discrete")).tolist() == [single]
    assert all(f"{key}" in HELP for key in KEYS) and all(pygame.key.key_code(key) for key in KEYS)


def test_a_person_plays_one_level_after_the_other(monkeypatch, capsys):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    script = Script([[], down("right", "space"), [], up("space"), down("r"), []])
    monkeypatch.setattr(pygame.time, "Clock", script)
    arguments = ["task=kinetix", "agent=noop", f"eval.levels=[{','.join(LEVELS)}]", "--scale", "1"]
    assert main(["play", *arguments]) == 0
    task = KinetixTask("s")
    state = begin(task, load_level(LEVELS[0]))
    for step in [[2, 0, 0, 0, 1, 0]] * 2 + [[2, 0, 0, 0, 0, 0]]:
        state, over, metrics = after(task, state, jnp.array(step))
    picture = np.asarray(jax.jit(task.draw, static_argnums=1)(state, 25))
    assert not over and script.screens[4] == picture.tobytes() != script.screens[1]
    keys = "left, right: yellow motors"
    assert script.titles[1] == f"KAGE, {LEVELS[0]}: step 0, return 0.00; {keys}; space: yellow thrusters"
    assert script.titles[4].startswith(f"KAGE, {LEVELS[0]}: step 3, return {metrics['return']:.2f}; ")
    assert script.titles[5] == f"KAGE, {LEVELS[1]}: step 0, return 0.00; up, down: magenta motors"
    assert script.rates == {30} and not pygame.display.get_init()
    out = capsys.readouterr().out
    assert HELP in out and LEVELS[0] in out and LEVELS[1] in out


@pytest.mark.parametrize("arguments, words", [
    (["--eval"], "it is for looks"), (["--record", "a"], "it is for looks"), (["eval.levels=[]"], "name some with eval.levels"),
])  # fmt: skip
def test_what_is_wrong_is_one_line(arguments, words, capsys):
    assert main(["play", "task=kinetix", "agent=noop", *arguments]) == 2
    assert words in capsys.readouterr().err
