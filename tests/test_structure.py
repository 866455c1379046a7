"""What speed stands on, as structure and not as seconds: of programs as they are traced, and of the memory of some."""

import math
from unittest import mock

import jax
import jax.numpy as jnp
import pytest
from conftest import T1, optimised, small_method, thorough
from jax.extend.core import ClosedJaxpr, Jaxpr

import kage.train
from kage.launch.bench import LOOKS, drawn, rollout
from kage.launch.compose import cells
from kage.launch.footprint import bytes_per_environment
from kage.look.filters import PARAMETERS
from kage.platformer import env
from kage.platformer.config import from_dict
from kage.train import Trainer

pytestmark = optimised
SMALL = ["budget=smoke", "agent.num_envs=16", "agent.num_steps=64", "encoder.channels=[4,8]", "encoder.kernels=[8,4]",
         "encoder.strides=[4,2]", "encoder.dense=16", "task.pool=1"]  # fmt: skip


def equations(jaxpr, inside=()):
    """Every equation of a program and of the programs in it, with the names of the loops and branches around it."""
    jaxpr = jaxpr.jaxpr if isinstance(jaxpr, ClosedJaxpr) else jaxpr
    for equation in jaxpr.eqns:
        yield equation, inside
        for value in jax.tree.leaves(list(equation.params.values()), is_leaf=lambda x: isinstance(x, ClosedJaxpr | Jaxpr)):
            if isinstance(value, ClosedJaxpr | Jaxpr):
                yield from equations(value, (*inside, equation.primitive.name))


@pytest.fixture(scope="module", params=["in turn", "side by side"])
def training(request):
    """The equations of a training program of two seeds on T6, with what surrounds each, and how many seeds one equation
    computes: one, as on a CPU, or both, as on an accelerator."""
    (cell,) = cells([*LOOKS["T6: picture, skeleton sprite"], *SMALL])
    trainer = Trainer(cell.recipe.method(), [0, 1])
    learners = jax.eval_shape(trainer.init)
    together = request.param == "side by side"
    with mock.patch.object(kage.train, "in_turn", jax.vmap if together else kage.train.in_turn):
        program = jax.make_jaxpr(lambda learners: trainer._chunk(learners, jnp.int32(0), updates=2))(learners)
    return cell, list(equations(program)), 2 if together else 1


@pytest.mark.parametrize("look", LOOKS)
def test_a_state_holds_no_pictures(look):
    """No level mask, frame or sprite: nothing as large as one row of pixels, half a kilobyte together."""
    (cell,) = cells(LOOKS[look])
    env, config = cell.recipe.family.env, cell.world.env
    state = jax.tree.leaves(jax.eval_shape(env.reset, jax.random.key(0), env.build(config)))
    assert max(x.size for x in state) <= config.W
    assert sum(x.size * x.dtype.itemsize for x in state) <= 512


def whole_program(config):
    """Reset, step and frame of a look, as traced."""

    def unrolled(key, params):
        state, reward = env.step(env.reset(key, params), jnp.int32(2), params)
        return state, reward, env.render(state, params)

    return str(jax.make_jaxpr(unrolled)(jax.random.key(0), env.build(config)))


@pytest.mark.parametrize("group, off", [
    ("distractors", {"enabled": False, "count": 40}), ("distractors", {"enabled": True, "count": 0}),
    ("npc", {"enabled": False, "max_npc_count": 300, "sticky_enabled": False, "max_sticky_count": 50}),
    ("npc", {"enabled": True, "min_npc_count": 0, "max_npc_count": 0}),
    ("npc", {"sticky_enabled": True, "min_sticky_count": 0, "max_sticky_count": 0}),
    ("filters", {name: parameter.neutral for name, parameter in PARAMETERS.items()}),
    ("filters", {"pop_filter_list": ["none"]}),
    ("effects", {"point_light_enabled": False, "point_light_count": 5, "point_light_intensity": 3.0}),
    ("background", {"mode": "black", "image_dir": "nowhere"}), ("character", {"sprite_dir": "nowhere"}),
])  # fmt: skip
def test_a_layer_that_is_off_is_not_in_the_program(group, off):
    plain = from_dict(T1)
    assert whole_program(from_dict({group: off}, plain)) == whole_program(plain)


@pytest.mark.parametrize("change, frames", [
    (["distractors=mixed"], 0.5), *thorough(([], 0.5), (["filters.blur_sigma=1"], 4))])  # fmt: skip
def test_a_picture_is_drawn_in_place_and_filtered_in_parts(change, frames):
    """Bytes needed beside the frames, in frames. A copy of them costs as much time as the picture and the sprite."""
    config = cells([*LOOKS["T6: picture, skeleton sprite"], *change])[0].world.env
    needs = bytes_per_environment(*rollout(env, config, 128, drawn, 2))
    assert needs["working"] < frames * needs["frame"]


@pytest.mark.parametrize("look, loops", [("T6 + blur", 0), ("everything on", 3)])
def test_for_a_gpu_frames_are_drawn_without_the_loops_that_a_cpu_needs(look, loops, monkeypatch):
    """Lowered for CUDA, for which there need be none: barriers instead, and loops over NPCs and the bits of shapes only."""
    params = env.build(cells(LOOKS[look])[0].world.env)
    states = jax.eval_shape(jax.vmap(env.reset, (0, None)), jax.random.split(jax.random.key(0), 64), params)
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    draw = jax.jit(lambda states, params: drawn(env, states, params))
    program = draw.trace(states, params).lower(lowering_platforms=("cuda",)).as_text()
    assert "optimization_barrier" in program and program.count("stablehlo.while") == loops


def test_on_a_cpu_no_convolution_is_in_a_loop(training):
    """XLA's gradients of convolutions are an order of magnitude slower inside a loop there."""
    _, found, _ = training
    assert any(equation.primitive.name == "dot_general" and "scan" in inside for equation, inside in found)
    assert not [equation for equation, _ in found if equation.primitive.name == "conv_general_dilated"]


def test_frames_to_learn_from_stay_bytes(training):
    """A minibatch of floats would be four times as large, the patches of its convolutions sixteen times."""
    cell, found, seeds = training
    rollout = seeds * cell.recipe.agent.batch * 3 * cell.world.env.H * cell.world.env.W
    largest = {jnp.uint8: 0, jnp.float32: 0}
    for equation, _ in found:
        for out in equation.outvars:
            for kind in largest:
                if getattr(out.aval, "dtype", None) == kind:
                    largest[kind] = max(largest[kind], math.prod(out.aval.shape))
    assert largest[jnp.uint8] >= rollout > cell.recipe.agent.minibatches * largest[jnp.float32] > 0


def test_several_seeds_leave_the_reset_of_an_episode_a_branch(training):
    """`test_ppo` counts the resets of one seed; a condition that differed between seeds side by side would run both its
    branches. A step lies in the loops over updates and steps, and in turn in the loop over seeds."""
    _, found, seeds = training
    loops = {1: 3, 2: 2}[seeds]
    steps = [equation.primitive.name for equation, inside in found if inside.count("scan") == loops]
    assert "cond" in steps


def test_counting_multiply_adds_and_training_share_one_trace(monkeypatch):
    """Tracing takes seconds, and the count is made before every training."""
    traced = []
    monkeypatch.setattr(Trainer, "_chunk", lambda self, learners, done, updates: traced.append(updates) or (learners, {}))
    trainer = Trainer(small_method(from_dict(T1)), [0])
    trainer.multiply_adds(2)
    trainer.advance(trainer.init(), 0, 2)
    assert traced == [2]
