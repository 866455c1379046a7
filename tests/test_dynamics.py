"""The latent world: equal to the reference, bit by bit, and blind to the look."""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import T1, optimised, t1, thorough
from hypothesis import given, settings
from looks import doses, looks

from kage.certificate import compare
from kage.look.filters.presets import PRESETS
from kage.platformer import env, physics
from kage.platformer.certify import record
from kage.platformer.config import Config, from_dict
from kage.platformer.level import column_rows, ground_top, sample_heights, screen_rows

pytestmark = optimised
GOLDEN = np.load(Path(__file__).parent / "golden" / "dynamics.npz")
STATE_KEYS = ("x", "y", "vx", "vy", "grounded", "coyote", "camera_x", "jump_count", "x_max", "success_once")

reset, reset_all = jax.jit(env.reset), jax.jit(jax.vmap(env.reset, (0, None)))


@jax.jit
def roll(states, actions, params):
    """Step all environments through actions (N, T): latents, rewards, measures and truncations, each (N, T)."""

    def one(states, action):
        states, reward = jax.vmap(env.step, (0, 0, None))(states, action, params)
        measures = jax.vmap(env.measures, (0, None))(states.latent, params.physics)
        return states, (states.latent, reward, measures, env.truncated(states.latent, params.physics))

    states, out = jax.lax.scan(one, states, actions.T)
    return states, jax.tree.map(lambda x: jnp.swapaxes(x, 0, 1), out)


def golden_config(variant):
    config = from_dict(T1)
    for key, value in json.loads(str(GOLDEN[f"{variant}/overrides"])).items():
        group, name = key.split(".")
        config = from_dict({group: {name: value}}, config)
    return config


@pytest.mark.parametrize("variant", ["default", "low_gravity", *thorough("steep", "fast")])
def test_trajectories_equal_the_reference_bit_by_bit(variant):
    params = env.build(golden_config(variant))
    keys = jax.random.split(jax.random.PRNGKey(int(GOLDEN[f"{variant}/key_seed"])), 12)
    start = reset_all(keys, params)
    stair = jnp.arange(2048) // params.physics.run_width
    tops = jax.vmap(lambda heights: ground_top(heights, stair, params.physics))(start.latent.heights)
    _, (latent, reward, measures, truncated) = roll(start, jnp.asarray(GOLDEN[f"{variant}/actions"], jnp.int32), params)
    ours = {name: getattr(latent, name) for name in STATE_KEYS} | {
        "x0": start.latent.x, "y0": start.latent.y, "camera_x0": start.latent.camera_x, "ground_top": tops,
        "ret": latent.ret, "reward": reward, "truncated": truncated, "terminated": jnp.zeros_like(truncated),
        "passed_distance": measures["passed_distance"], "progress": measures["progress"], "success": measures["success"],
    }  # fmt: skip
    names = {key.split("/")[1] for key in GOLDEN.files if key.startswith(variant + "/")}
    assert names - {"overrides", "key_seed", "actions"} == set(ours)
    for name, value in ours.items():
        golden = GOLDEN[f"{variant}/{name}"]
        if name in ("vx", "progress"):  # other processors fuse differently
            np.testing.assert_allclose(value, golden, rtol=0, atol=1e-6, err_msg=name)
            assert np.mean(np.asarray(value) == golden) > 0.99, name
        else:
            np.testing.assert_array_equal(value, golden, err_msg=name)


def test_solid_rows_equal_a_stored_mask():
    params = env.build(t1(layout__run_width=12, layout__p_change=1.0, layout__pix_per_unit=3))
    physics = params.physics
    heights, columns = reset(jax.random.PRNGKey(3), params).latent.heights, np.arange(physics.level_length)
    tops = np.asarray(jax.jit(ground_top)(heights, columns // 12, physics))
    mask = np.zeros((physics.level_height, physics.level_length), bool)
    for c, top in enumerate(tops):
        mask[top : top + int(physics.ground_thickness), c] = True
        if c and tops[c - 1] != top:
            mask[min(top, tops[c - 1]) : max(top, tops[c - 1]), c] = True
    first, last = (np.asarray(v) for v in jax.jit(column_rows)(heights, columns, physics))
    rows = np.arange(physics.level_height)[:, None]
    np.testing.assert_array_equal((first <= rows) & (rows <= last), mask)


@pytest.mark.parametrize("level", [
    {}, {"run_width": 1, "length": 300}, {"run_width": 60, "length": 128}, {"run_width": 7, "length": 130},
    {"run_width": 25, "length": 2049, "pix_per_unit": 3, "ground_thickness": 10},
])  # fmt: skip
def test_the_rows_of_a_screen_are_those_of_its_columns(level):
    physics = env.build(t1(**{f"layout__{name}": value for name, value in level.items()})).physics
    heights = jax.jit(sample_heights)(jax.random.key(7), physics)
    lefts = np.arange(physics.level_length - 128 + 1)
    seen = jax.jit(jax.vmap(lambda left: screen_rows(heights, left, 128, physics)))(lefts)
    all_columns = jax.jit(column_rows)(heights, np.arange(physics.level_length), physics)
    for rows, whole in zip(seen, all_columns, strict=True):
        np.testing.assert_array_equal(rows, np.lib.stride_tricks.sliding_window_view(np.asarray(whole), 128))


DEFAULT = Config(episode_length=64)


def unseen(key, action, params):
    """All of an episode's first two moments that is not seen."""
    state = env.reset(key, params)
    after, reward = env.step(state, action, params)
    return state.latent, after.latent, reward, env.measures(after.latent, params.physics)


def program(look):
    """What the compiler gets of `unseen`, as text: all that needs no result, and each input read by that alone, is gone."""
    return jax.jit(unseen).lower(jax.random.key(0), jnp.int32(0), env.build(look)).as_text()


def test_every_look_has_the_same_latent_program():
    """Whatever its layers, lists, flags and numbers: no operation of transition and reward is another one or reads it."""
    expected = program(DEFAULT)

    @settings(max_examples=40, deadline=None)
    @given(looks(DEFAULT))
    def check(look):
        same = program(look) == expected
        assert same
        jax.tree.map(np.testing.assert_array_equal, physics.build(look), physics.build(DEFAULT))

    check()


SKELETON, SKINS = "assets/sprites/skeleton", ["assets/sprites/dog", "assets/sprites/knight"]
PICTURES = ["assets/backgrounds/bg-1.png", "assets/backgrounds/bg-2.png"]
EVERY_FILTER = {
    "brightness": 0.1, "contrast": 1.2, "gamma": 1.1, "saturation": 0.8, "hue_shift": 30.0, "color_temp": 0.3,
    "color_jitter_std": 0.1, "gaussian_noise_std": 10.0, "poisson_noise_scale": 0.1, "blur_sigma": 1.0,
    "sharpen_amount": 0.5, "pixelate_factor": 2, "vignette_strength": 1.0, "radial_light_strength": 0.3,
    "pop_filter_list": list(PRESETS),
}  # fmt: skip
RICH = {  # between them every layer, in each way in which it can move
    "pictures": {
        "background": {"mode": "image", "image_paths": PICTURES, "switch_frequency": 0.1},
        "character": {"sprite_paths": SKINS},
        "npc": {"sprite_path": SKELETON, "sticky_enabled": True, "sticky_sprite_path": SKELETON},
        "distractors": {"enabled": True}, "filters": EVERY_FILTER, "effects": {"point_light_enabled": True},
    },
    "noise": {
        "background": {"mode": "noise", "switch_frequency": 0.1},
        "character": {"use_shape": True, "shape_types": ["circle", "square", "star"]},
        "npc": {"enabled": False, "sticky_enabled": True, "sticky_sprite_dirs": SKINS, "sticky_can_jump": False,
                "sticky_x_offsets": [10, -20]},
        "distractors": {"enabled": True, "can_move": False, "shape_types": ["triangle", "cross", "diamond", "ellipse"]},
        "filters": {"hue_shift": 5.0}, "effects": {"point_light_enabled": True},
    },
    "colours": {
        "background": {"mode": "color", "switch_frequency": 0.1}, "npc": {"sprite_paths": SKINS},
        "character": {"use_shape": True, "shape_types": ["polygon", "line"], "shape_rotate": False},
        "distractors": {"enabled": True, "can_rotate": False}, "filters": {"brightness": 0.5, "gaussian_noise_std": 5.0},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def plain():
    return record(DEFAULT, episodes=4)


@pytest.mark.thorough
@pytest.mark.parametrize("look", RICH)
def test_no_dose_of_a_look_reaches_the_compiled_trajectories(look, plain):
    """Stepped and drawn in one program, as training does; `certify.compare` asks for equality in every bit."""

    @settings(max_examples=8, deadline=None)
    @given(doses(from_dict(RICH[look], DEFAULT)))
    def check(shown):
        certificate = compare(plain, record(shown, episodes=4), {}, axis=None)
        assert certificate.ok, certificate.violations

    check()


@pytest.mark.parametrize("look", RICH)
def test_every_number_of_a_look_is_traced(look):
    """What is compiled for a look serves all its doses: they have the same structure, shapes and types."""
    base = from_dict(RICH[look], DEFAULT)
    program = jax.tree.map(jax.typeof, env.build(base))

    @settings(max_examples=40, deadline=None)
    @given(doses(base))
    def check(shown):
        assert jax.tree.map(jax.typeof, env.build(shown)) == program

    check()


ACTIONS = jax.random.randint(jax.random.key(7), (4, 60), 0, 8)
KEYS = jax.random.split(jax.random.key(0), 4)


def test_batched_jitted_and_plain_steps_agree():
    params = env.build(from_dict(T1))
    states = reset_all(KEYS, params)
    batched, rewards = jax.jit(jax.vmap(env.step, (0, 0, None)))(states, ACTIONS[:, 0], params)
    for i in range(len(KEYS)):
        alone, reward = env.step(jax.tree.map(lambda x, i=i: x[i], states), ACTIONS[i, 0], params)
        # Unjitted arithmetic is not fused; everything but vx is whole numbers or exact.
        jax.tree.map(lambda a, b, i=i: np.testing.assert_allclose(a, b[i], atol=1e-6), (alone, reward), (batched, rewards))


def test_an_episode_truncates_at_its_length_and_never_terminates():
    kage = env.KAGE_Env(t1(episode_length=3))
    _, info = jax.jit(kage.reset)(jax.random.key(0))
    step = jax.jit(kage.step)
    flags = []
    for _ in range(3):
        _, _, terminated, truncated, info = step(info["state"], jnp.int32(2))
        flags.append((bool(terminated), bool(truncated)))
    assert flags == [(False, False), (False, False), (False, True)]


def test_state_is_small_and_holds_no_pixels():
    state = jax.eval_shape(env.reset, jax.random.PRNGKey(0), env.build(from_dict(T1)))
    assert sum(x.size * x.dtype.itemsize for x in jax.tree.leaves(state)) < 512


def test_doses_of_physics_and_look_share_one_trace():
    traces = []

    @jax.jit
    def frame(params, key):
        traces.append(1)
        state = env.reset(key, params)
        return env.render(env.step(state, jnp.int32(6), params)[0], params)

    for gravity, brightness in [(0.3, 0.1), (0.5, 0.4), (0.9, -0.7)]:
        frame(env.build(t1(physics__gravity=gravity, filters__brightness=brightness)), jax.random.PRNGKey(0))
    assert len(traces) == 1


def test_same_key_same_frame_and_noise_differs_between_episodes():
    params = env.build(t1(background__mode="noise"))
    frame = jax.jit(lambda key: env.render(env.reset(key, params), params))
    a, b, c = (np.asarray(frame(jax.random.PRNGKey(seed))) for seed in (0, 0, 1))
    np.testing.assert_array_equal(a, b)
    assert (a != c).mean() > 0.9
    assert abs(a.mean() - 127.5) < 3 and abs(a.std() - 255 / np.sqrt(12)) < 3
    assert abs(np.corrcoef(a[0].ravel(), a[1].ravel())[0, 1]) < 0.05


def test_each_named_colour_is_drawn_for_a_fair_share_of_episodes():
    names = ["red", "green", "blue"]
    params = env.build(t1(background__mode="color", background__color_names=names, layout__layout_colors=names))
    states = jax.jit(jax.vmap(env.reset, (0, None)))(jax.random.split(jax.random.key(1), 900), params)
    for draws in (states.visual.background % 3, states.visual.layout):
        assert np.all(np.bincount(np.asarray(draws), minlength=3) > 240)
    assert np.mean(np.asarray(states.visual.background % 3) == np.asarray(states.visual.layout)) < 0.42


def test_background_switches_with_the_given_frequency():
    params = env.build(t1(background__mode="noise", background__switch_frequency=0.2))
    states = reset_all(jax.random.split(jax.random.key(0), 64), params)
    changes = []
    step = jax.jit(jax.vmap(env.step, (0, None, None)))
    for _ in range(50):
        before = states.visual.background
        states, _ = step(states, jnp.int32(0), params)
        changes.append(np.asarray(before != states.visual.background))
    assert abs(np.mean(changes) - 0.2) < 0.03
