"""Certificates: what ships keeps the benchmark's promise, and each way of breaking it is caught."""

from pathlib import Path

import jax
import numpy as np
import pytest
from conftest import T1, optimised, t1, thorough

import kage.platformer.env
from kage import conf
from kage.certificate import Recording, axis_of, compare, first_difference
from kage.launch.cli import main
from kage.launch.compose import cells
from kage.platformer.certify import certify, play, record
from kage.platformer.config import from_dict
from kage.platformer.family import Platformer
from kage.train import Trainer

pytestmark = optimised
PAIRS = sorted(path.stem for path in (Path(conf.__file__).parent / "pair").glob("*.yaml"))


def of(*overrides):
    """The certificate of a pair as composed, over few episodes."""
    (cell,) = cells(overrides)
    return certify(cell.world.env, cell.shifted.env, axis_of(cell.shift.suite, cell.recipe.family.sections), episodes=6)


LAST = {pair.rpartition("_")[0]: pair for pair in PAIRS}.values()
OFTEN = ("layout_1",)


@pytest.mark.parametrize("pair", [*OFTEN, *thorough(*(pair for pair in LAST if pair not in OFTEN))])
def test_shipped_pairs_certify(pair):
    """The last of each suite; `kage certify suite=all` has all, and every look has the same latent program."""
    certificate = of(f"pair={pair}")
    assert certificate.ok, certificate.violations
    assert certificate.steps >= 500 and certificate.frames_differing > 0


@pytest.mark.parametrize("change, physics, latent", [
    ("physics.gravity=0.5", "gravity", "vy"),
    ("jump_penalty=9.0", "jump_penalty", "reward"),
    ("layout.p_change=0.2", "p_change", "heights"),
    *thorough(
        ("episode_length=499", "episode_length", "truncated"),
        ("layout.run_width=24", "run_width", "heights"),
        ("character.width=20", "half_width", "x"),
    ),
])  # fmt: skip
def test_a_change_of_the_task_is_caught(change, physics, latent):
    certificate = of("pair=background_2", "shift.suite=background", f"eval.{change}")
    assert certificate.physics == (physics,)
    assert latent in certificate.diverged
    assert certificate.stray == (change.split("=")[0],)
    assert len(certificate.violations) == 3 and not certificate.ok


def test_a_change_of_the_task_is_caught_inside_the_declared_axis_and_where_none_is_declared():
    inside = of("pair=layout_1", "shift.suite=layout", "eval.layout.min_step_height=6")
    assert not inside.stray and inside.physics == ("min_step_height",) and inside.diverged["heights"] == 0
    assert not of("eval.filters.brightness=0.5", "eval.physics.move_speed=2").ok


def test_a_change_of_another_axis_is_caught():
    certificate = of("pair=background_2", "shift.suite=background", "eval.layout.layout_colors=[red]")
    assert (certificate.physics, certificate.diverged, certificate.stray) == ((), {}, ("layout.layout_colors",))
    (line,) = certificate.violations
    assert "layout.layout_colors" in line and "background" in line


UNSEEN = ["filters.contrast=1.0", "layout.layout_colors=[cyan]"]


@pytest.mark.parametrize("change", UNSEEN)
def test_a_change_that_nobody_sees_is_caught(change):
    (line,) = of("pair=background_2", "eval.background.mode=black", f"eval.{change}").violations[-1:]
    assert "nothing visible" in line


def test_a_look_that_leaks_into_the_transition_is_caught(monkeypatch):
    honest = kage.platformer.env.step

    def leaking(state, action, params):
        state, reward = honest(state, action, params)
        return state, reward + 1e-6 * params.look.background.colors[0, 0]

    monkeypatch.setattr(kage.platformer.env, "step", leaking)
    train, shifted = from_dict(T1), t1(background__mode="color", background__color_names=["purple"])
    play.clear_cache()  # it must be traced with the step above, and again without it
    certificate = certify(train, shifted, ("background",), episodes=5)
    play.clear_cache()
    assert not certificate.physics and certificate.diverged == {"reward": 1}
    assert certificate.violations == ["changes trajectories: reward from step 1"]


def test_recordings_visit_more_than_the_spawn_point():
    recording = record(from_dict(T1), episodes=48)
    x, truncated = recording.latent["x"], recording.latent["truncated"]
    assert np.all(truncated[500]) and not np.any(truncated[:500])
    assert len(np.unique(recording.latent["heights"][0], axis=0)) == 48
    assert np.median(x.max(axis=0) - x[0]) > 20 and len(np.unique(x[-1])) > 24
    assert 0.1 < recording.latent["grounded"].mean() < 0.9


def test_bits_not_values_are_compared():
    zeros = np.zeros((3, 2), np.float32)
    negative = np.array([[0, 0], [0, 0], [-0.0, 0]], np.float32)
    assert first_difference(zeros, negative) == 2
    assert first_difference(zeros, zeros[:2]) == 2
    nan = np.full((1, 1), np.nan)
    assert first_difference(nan, nan.copy()) is None
    frames = np.zeros((1, 1, 3, 32, 32), np.uint8)
    a, b = (Recording({"g": np.float32(1)}, {"x": zeros}, pixels) for pixels in (frames, np.pad(frames, 1)))
    assert compare(a, b, {}, None).pixels_differing == 1.0


def test_the_command_prints_a_table_and_fails_on_a_violation(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert main(["certify", "pair=background_2,layout_1", "seed=range(3)", "--episodes", "6"]) == 0
    out = capsys.readouterr().out
    assert "2 of 2 certified" in out and out.count("background_2") == 1
    (tmp_path / "pair").mkdir()
    (tmp_path / "pair" / "mine.yaml").write_text(
        "# @package _global_\nshift: {suite: background, pair: mine}\neval: {layout: {layout_colors: [red]}}\n"
    )
    assert main(["certify", "--episodes=6", "pair=mine,layout_1", f"hydra.searchpath=[{tmp_path}]"]) == 1
    out = capsys.readouterr().out
    assert "1 of 2 certified" in out and "mine changes layout.layout_colors" in " ".join(out.split())
    assert main(["certify", "--episodes=6", "eval.layout.layout_colors=[red],[green]"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "layout.layout_colors cyan -> red" in out and "layout.layout_colors cyan -> green" in out
    for arguments, words in (([], "nothing to compare"), (["pair=layout_1", "--episodes=0"], "at least 1")):
        assert main(["certify", *arguments]) == 2
        assert words in capsys.readouterr().err


@pytest.mark.parametrize("pair", ["background_5", *thorough("distractors_4", "effects_1")])
def test_no_look_changes_what_a_policy_of_the_state_does(pair):
    """The gap is exactly 0, decisions agree always, and their KL is 0, bit by bit. That what is observed agrees on all
    pairs is part of their certificates; these three have the most different programs."""
    cell, *_ = cells([f"pair={pair}", "task=state", "budget=smoke", "episode_length=16", "dist_to_success=4"])
    trainer = Trainer(cell.recipe.method(), seeds=[0])
    params = trainer.policies(trainer.init())
    heads = jax.tree.map(lambda x: 300 * x, params["params"]["Dense_0"])  # an untrained actor has no opinions
    params = params | {"params": params["params"] | {"Dense_0": heads}}
    tasks = [Platformer().task(case.world) for case in cell.cases]
    train, shifted = trainer.evaluate(params, [(task, None) for task in tasks], step=0, episodes=3)
    assert {name: value.tobytes() for name, value in train.items()} == {name: value.tobytes() for name, value in shifted.items()}
    (agreed,) = trainer.agreement(params, tasks[1:], step=0, episodes=3)
    assert agreed["agreement"] == 1 and agreed["kl"] == 0 and train["distance"] != 0
