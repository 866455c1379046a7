"""A training may begin with the policy that another one kept."""

import shutil

import jax
import numpy as np
import pytest
from refusals import refused

from kage.launch.cli import main
from kage.launch.compose import cells
from kage.runs.policy import read_policy


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """The folder of a training that kept its policies."""
    outputs = tmp_path_factory.mktemp("source")
    smoke = ["seed=range(2)", "budget=smoke", "budget.agreement_episodes=0"]  # two seeds, as other tests: compiled once
    assert main(["run", "pair=background_2", *smoke, f"outputs={outputs}"]) == 0
    (folder,) = (outputs / "default" / "runs").iterdir()
    return folder


def recipe(*overrides):
    return cells(["budget=smoke", *overrides])[0].recipe


def test_a_training_begins_with_the_kept_weights_and_learns_from_there(source, outputs):
    assert main(["run", "budget=smoke", "budget.agreement_episodes=0", "pair=background_2", "layout=red", f"start.run={source}", "start.step=96", f"outputs={outputs}"]) == 0
    (folder,) = (outputs / "default" / "runs").iterdir()
    begun, kept = read_policy(folder / "seed=0", 0), read_policy(source / "seed=0", 96)
    jax.tree.map(np.testing.assert_array_equal, begun[1], kept[1])
    assert begun[0].label == "ppo-tuned" and begun[0].track == "informed"
    last = jax.tree.leaves(read_policy(folder / "seed=0")[1])
    assert any((a != b).any() for a, b in zip(last, jax.tree.leaves(kept[1]), strict=True))


def test_the_id_knows_the_run_and_the_step_and_not_the_folder(source, tmp_path):
    copy = shutil.copytree(source, tmp_path / "elsewhere")
    one, moved, last = (recipe(f"start.run={folder}") for folder in (source, copy, source))
    assert one.id == moved.id == last.id == recipe(f"start.run={source}", "start.step=288").id
    assert len({recipe().id, one.id, recipe(f"start.run={source}", "start.step=96").id}) == 3
    assert one.track == "agnostic" and recipe(f"start.run={source}", "background=purple").track == "informed"


@pytest.mark.parametrize("given, words", [
    (["start.run=SOURCE", "start.step=100"], ["start.step=100", "0, 96, 192, 288", "nearest valid: 96"]),
    (["start.run=SOURCE", "start.seed=4"], ["start.run", "with seed=4 in it"]),
    (["start.run=SOURCE", "encoder.dense=9"], ["a run with the same encoder", "dense=8", "dense=9"]),
    (["start.run=SOURCE", "agent.hidden=[9]"], ["a run with the same agent.hidden: it has []", "[9]"]),
    (["start.run=SOURCE", "task.pool=2"], ["a run with the same observation", "(3, 32, 32)"]),
    (["start.run=nowhere"], ["start.run='nowhere'", "the folder of a training"]),
    (["start.step=3"], ["only with start.run"]), (["start.track=informed"], ["never set"]),
    (["agent=random", "start.run=SOURCE"], ["agent=random uses no start"]),
])  # fmt: skip
def test_what_cannot_be_begun_with_is_refused(source, given, words):
    refused(["budget=smoke", *(one.replace("SOURCE", str(source)) for one in given)], words)
