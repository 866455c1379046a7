"""A level is everything that decides an episode before its first action."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import t1, task_of, thorough

from kage.params import ConfigError
from kage.platformer.family import Platformer, PlatformerWorld, TaskConfig
from kage.task import reset_levels

SCENE = {"background__mode": "noise", "effects__point_light_enabled": True, "distractors__enabled": True,
         "distractors__count": 3, "filters__gaussian_noise_std": 20.0}  # fmt: skip


def varied(config, **vary):
    """The task of a look whose levels hold doses."""
    world = PlatformerWorld(config, TaskConfig(pool=2))
    return Platformer().task(world, {key.replace("__", "."): ends for key, ends in vary.items()})


def played(task, levels, steps=12, key=0):
    """States at the end, and the frames (steps + 1, n, ...), of the same actions in these levels."""
    return jax.tree.map(np.asarray, play(task, levels, jax.random.key(key), steps))


@partial(jax.jit, static_argnames="steps")
def play(task, levels, key, steps):
    states, obs = reset_levels(task, key, levels)

    def act(states, t):
        action = jnp.full((len(obs), 1), jnp.where(t % 6 == 0, 6, 2))
        states, step = jax.vmap(task.step)(states, action)
        return states, step.obs

    states, frames = jax.lax.scan(act, states, jnp.arange(steps))
    return states, jnp.concatenate([obs[None], frames])


def test_a_level_leaves_nothing_to_the_key_of_the_reset():
    task = task_of(t1(**SCENE), pool=2)
    levels = task.sample_levels(jax.random.key(1), 4)
    (one, frames), (two, others) = (played(task, levels, key=key) for key in (0, 9))
    np.testing.assert_array_equal(frames, others)
    jax.tree.map(np.testing.assert_array_equal, one, two)


def test_levels_drawn_together_differ_in_stairs_and_in_what_the_look_draws():
    task = task_of(t1(**SCENE), pool=2)
    levels = task.sample_levels(jax.random.key(1), 4)
    assert levels.doses == {} and len(set(np.asarray(levels.chance).tolist())) == 4
    assert len({row.tobytes() for row in np.asarray(levels.heights)}) == 4
    same_stairs = levels.replace(heights=jnp.broadcast_to(levels.heights[:1], levels.heights.shape))
    states, frames = played(task, same_stairs)
    np.testing.assert_array_equal(states.latent.x, np.full(4, states.latent.x[0]))
    lights = np.asarray(states.visual.chance.lights)
    assert len({frame.tobytes() for frame in frames[0]}) == 4 and len({row.tobytes() for row in lights}) == 4
    assert (0.15 <= lights).all() and (lights <= 0.85).all()


@pytest.mark.parametrize("key, value", [("physics__gravity", 0.5), *thorough(
    ("filters__brightness", 0.5), ("filters__hue_shift", 90.0), ("effects__point_light_intensity", 2.5))])  # fmt: skip
def test_a_dose_is_the_parameter_at_that_value(key, value):
    """Frames and latent states of a level with a dose are those of a look that has the value, for each level its own."""
    base = t1(effects__point_light_enabled=True)
    task = varied(base, **{key: (value, 2 * value)})
    levels = task.sample_levels(jax.random.key(2), 3)
    name = key.replace("__", ".")
    assert set(levels.doses) == {name} and len(set(np.asarray(levels.doses[name]).tolist())) == 3
    assert ((value <= levels.doses[name]) & (levels.doses[name] <= 2 * value)).all()
    levels = levels.replace(doses={name: levels.doses[name].at[0].set(value)})
    states, frames = played(task, levels)
    plain = task_of(t1(effects__point_light_enabled=True, **{key: value}), pool=2)
    expected, others = played(plain, jax.tree.map(lambda x: x[:1], levels.replace(doses={})))
    np.testing.assert_array_equal(frames[:, :1], others)
    np.testing.assert_array_equal(states.latent.y[0], expected.latent.y[0])
    assert (frames[:, 0] != frames[:, 1]).any()


def test_a_state_is_seen_anew_as_the_look_with_that_dose_shows_it():
    """Also where something moves by itself, and a filter is drawn that the state's own look does not have."""
    scene = t1(distractors__enabled=True, distractors__count=2)
    task, twin = task_of(scene, pool=2), varied(scene, filters__brightness=(0.5, 0.5))
    levels = task.sample_levels(jax.random.key(3), 2)
    states, _ = played(task, levels)
    _, frames = played(task_of(t1(distractors__enabled=True, distractors__count=2, filters__brightness=0.5), pool=2), levels)
    anew = jax.jit(jax.vmap(twin.observe_anew))(jax.random.split(jax.random.key(0), 2), states)
    np.testing.assert_array_equal(anew, frames[-1])
    wide = varied(scene, filters__brightness=(-0.5, 0.5))
    drawn = jax.jit(jax.vmap(wide.observe_anew, (0, None)))(jax.random.split(jax.random.key(0), 4), jax.tree.map(lambda x: x[0], states))
    assert len({frame.tobytes() for frame in np.asarray(drawn)}) == 4


@pytest.mark.parametrize("key, words", [
    ("filters.brigtness", "nearest valid: filters.brightness"), ("character.width", "one of physics.gravity"),
    ("effects.point_light_radius", "effects.point_light_enabled=true"),
])  # fmt: skip
def test_what_cannot_be_dosed_is_refused(key, words):
    with pytest.raises(ConfigError, match=words):
        Platformer().task(PlatformerWorld(t1(), TaskConfig()), {key: (0.0, 1.0)})
