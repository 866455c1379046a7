"""A policy that was trained on levels of one size is trained further on single levels of another."""

import jax
import numpy as np
import pytest

pytest.importorskip("jax2d", reason="the extra kinetix is not installed")

from refusals import refused

from kage.launch.compose import cells
from kage.runs.policy import read_policy
from kage.runs.run import Run

SMALL = ["task=kinetix", "agent.hidden=[8]", "agent.num_envs=2", "agent.num_steps=4", "agent.piece=4", "agent.minibatches=1",
         "encoder.width=8", "encoder.heads=4", "encoder.inner=4", "encoder.layers=1", "curriculum=fixed"]  # fmt: skip
FURTHER = [*SMALL, "task.size=m", "curriculum.levels=[m/arm_left, s/h2_one_wheel_car]"]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """The folder of a training at size s, as a run leaves it, and the policy in it."""
    recipe = cells([*SMALL, "curriculum.levels=[s/h5_rotate_fall]"])[0].recipe
    method = recipe.method()
    rng = np.random.default_rng(0)
    params = jax.tree.map(lambda x: rng.normal(size=x.shape).astype(x.dtype), jax.eval_shape(method.init, jax.random.key(0)).params)
    folder = tmp_path_factory.mktemp("source")
    with Run(folder / "seed=0") as run:
        run.describe(recipe.to_dict() | {"budget": {"total_steps": recipe.total_steps}, "training_id": recipe.id}, {})
        run.checkpoint(640, params)
    return folder, params


def test_a_policy_of_one_size_begins_a_training_on_named_levels_of_another(source):
    folder, params = source
    recipe = cells([*FURTHER, f"start.run={folder}"])[0].recipe
    assert recipe.start.step == 640 and recipe.label == "ppo-fixed2-tuned" and recipe.track == "informed"
    _, kept = read_policy(folder / "seed=0", recipe.start.step)
    jax.tree.map(np.testing.assert_array_equal, kept, params)
    method = recipe.method()
    learner = jax.jit(method.init)(jax.random.key(3), kept)
    jax.tree.map(np.testing.assert_array_equal, learner.params, params)
    assert learner.obs.polygons.shape == (2, 6, 27) and len(jax.tree.leaves(learner.curriculum)[0]) == 2
    after, metrics = jax.eval_shape(method.update, learner, 0)
    assert jax.tree.map(np.shape, after) == jax.tree.map(np.shape, learner) and {"success_rate", "entropy"} <= metrics.keys()


@pytest.mark.parametrize("given, words", [
    (["agent.hidden=[9]"], ["a run with the same agent.hidden: it has [8]"]),
    (["task.controls=discrete"], ["a run with the same actions: it has multi_discrete"]),
    (["curriculum.levels=[m/arm_lefft]"], ["curriculum.levels='m/arm_lefft'", "nearest valid: m/arm_left"]),
    (["task.size=s"], ["curriculum.levels='m/arm_left'"]),
])  # fmt: skip
def test_what_does_not_fit_is_refused(source, given, words):
    keys = [one.partition("=")[0] for one in given]
    refused([*(one for one in FURTHER if one.partition("=")[0] not in keys), f"start.run={source[0]}", *given], words)
