"""The Kinetix world plays as the reference does: tests/golden/kinetix holds levels, trajectories and observations."""

import sys
from functools import cache, partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

pytest.importorskip("jax2d", reason="the extra kinetix is not installed: pip install 'kage-lab[kinetix]'")

from conftest import thorough

from kage import ConfigError
from kage.kinetix import KinetixTask, level_names, load_level, stack_levels
from kage.kinetix.files import PARTS, read_levels, save_levels
from kage.kinetix.level import resize
from kage.kinetix.merge import merged
from kage.kinetix.physics import engine, jax2d, same_body
from kage.kinetix.sizes import SIZES

GOLDEN = Path(__file__).parent / "golden" / "kinetix"
TRAJECTORIES, OBSERVATIONS = np.load(GOLDEN / "trajectories.npz"), np.load(GOLDEN / "observations.npz")
PLAYED = [key.removesuffix("/horizon") for key in TRAJECTORIES if key.endswith("/horizon")]
SEEN = [key.removesuffix("/all/steps") for key in OBSERVATIONS if key.endswith("/all/steps")]


def small_first(names):
    """`make test` plays size s alone: the code of the larger sizes is the same, and their physics compiles longer."""
    return [*(name for name in names if name[0] == "s"), *thorough(*(name for name in names if name[0] != "s"))]


# Compiling is most of the time of these tests: programs that run a third as fast are ready in two thirds of it.
quick_jit = partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})


@cache
def programs(size: str):
    """The compiled reset and rollout of the three golden levels of a size, with the states after reset."""
    task = KinetixTask(size=size)
    levels = stack_levels([load_level(name) for name in PLAYED if name[0] == size])

    def act(state, action):
        state, step = task.step(state, action)
        return state, (task.bodies(state), step)

    states, obs = quick_jit(jax.vmap(task.reset, (None, 0)))(jax.random.key(0), levels)
    return quick_jit(jax.vmap(lambda state, actions: jax.lax.scan(act, state, actions)[1])), states, obs


@cache
def played(size: str):
    """Bodies and observations from the reset on, and rewards and ends, of the golden actions: name -> arrays."""
    names = [name for name in PLAYED if name[0] == size]
    play, states, obs = programs(size)
    actions = jnp.stack([TRAJECTORIES[f"{name}/actions"] for name in names]).astype(jnp.int32)
    bodies, steps = play(states, actions)
    join = lambda first, rest: np.concatenate([first[:, None], rest], axis=1)  # noqa: E731
    first = jax.jit(jax.vmap(KinetixTask(size=size).bodies))(states)
    results = jax.tree.map(join, first, bodies), jax.tree.map(join, obs, steps.obs), steps._replace(obs=())
    return {name: jax.tree.map(lambda x, i=i: np.asarray(x[i]), results) for i, name in enumerate(names)}


TOLERANCES = {"position": (1e-4, 1e-3), "rotation": (1e-3, 1e-2), "velocity": (3e-3, 3e-2), "angular_velocity": (3e-2, 3e-1)}


@pytest.mark.parametrize("name", small_first(PLAYED))
def test_bodies_move_as_in_the_reference(name):
    bodies, _, _ = played(name[0])[name]
    active, horizon = TRAJECTORIES[f"{name}/active"], int(TRAJECTORIES[f"{name}/horizon"])
    np.testing.assert_array_equal(bodies.active[0], active)
    for field, (near, far) in TOLERANCES.items():
        apart = np.abs(getattr(bodies, field) - TRAJECTORIES[f"{name}/{field}"])[:, active]
        assert apart[:33].max() <= near and apart[: horizon + 1].max() <= far, field


@pytest.mark.parametrize("name", small_first(PLAYED))
def test_rewards_and_ends_are_those_of_the_reference(name):
    *_, steps = played(name[0])[name]
    done, goal, horizon = (TRAJECTORIES[f"{name}/{key}"] for key in ("done", "goal", "horizon"))
    end = min(horizon, done.argmax() + 1 if done.any() else horizon)
    np.testing.assert_array_equal(steps.terminated[:end], done[:end])
    assert not steps.truncated.any()
    np.testing.assert_array_equal(steps.metrics["success_rate"][:end], np.cumsum(goal[:end]) > 0)
    wanted = TRAJECTORIES[f"{name}/reward_dense"]
    np.testing.assert_allclose(steps.reward[: min(end, 32)], wanted[: min(end, 32)], atol=1e-4)
    np.testing.assert_allclose(steps.reward[:end], wanted[:end], atol=1e-3)
    np.testing.assert_allclose(steps.metrics["return"], np.cumsum(steps.reward), atol=1e-5)


@pytest.mark.parametrize("name", small_first(SEEN))
def test_observations_are_those_of_the_reference(name):
    _, obs, _ = played(name[0])[name]
    for step in OBSERVATIONS[f"{name}/all/steps"]:
        wanted = {field: OBSERVATIONS[f"{name}/{step}/{field}"] for field in obs._fields}
        for field, value in wanted.items():
            mine, kind = getattr(obs, field)[step], field.rstrip("s").removesuffix("_indexe")
            assert mine.dtype == value.dtype and mine.shape == value.shape
            if "mask" in field:
                np.testing.assert_array_equal(mine, value, field)
                continue
            used = wanted[f"{kind}_mask"]
            assert (np.abs(mine - value)[used] <= 1e-3 * (1 + np.abs(value[used]))).all(), (step, field)


def test_hand_made_levels_are_those_of_the_reference():
    with np.load(GOLDEN / "levels.npz") as wanted:
        assert level_names() == tuple(wanted["name"])
        levels = stack_levels([load_level(name) for name in level_names()])
        for part in PARTS:
            for field, value in vars(getattr(levels, part)).items():
                key = f"{part}_{field}"
                np.testing.assert_array_equal(value, wanted.get(key, False), key)


def test_padding_a_level_and_cropping_it_again_changes_nothing():
    for name in level_names():
        level = load_level(name)
        assert level.size.name == name[0]
        jax.tree.map(np.testing.assert_array_equal, resize(load_level(name, size="l"), name[0]), level)
        assert load_level(name, size="l").polygon.active.sum() == level.polygon.active.sum()
    small = load_level("s/h2_one_wheel_car", size="m").joint  # the wheel, a circle, is shape 5 of size s and 6 of size m
    assert [small.a_index[0], small.b_index[0]] == [4, 6]


def test_bodies_of_several_joints_are_found_as_the_physics_package_finds_them():
    levels = stack_levels([load_level(name) for name in level_names()])
    find, room = jax2d()[0].calculate_collision_matrix, engine(SIZES["l"]).static_sim_params
    mine = jax.jit(jax.vmap(same_body))(levels)
    np.testing.assert_array_equal(~mine, jax.vmap(lambda joints: find(room, joints))(levels.joint))
    assert mine.sum() > 74 * 16  # some bodies have several shapes


NOTHING = jnp.zeros((3, 96, 6), jnp.int32)


def test_time_ends_an_episode_and_the_next_step_has_no_dense_reward():
    play, states, _ = programs("s")
    _, steps = play(states.replace(time=states.time + 200), NOTHING)
    at = PLAYED.index("s/h2_one_wheel_car")
    assert np.flatnonzero(steps.truncated[at])[0] == 55 and not steps.terminated[at].any()
    assert steps.reward[at, 0] == 0 == steps.reward[at, 56] and steps.reward[at, 1] != 0


def test_a_broken_simulation_ends_its_episode_and_shows_no_broken_number():
    play, states, _ = programs("s")
    position = states.sim.circle.position.at[0, 0].set(jnp.nan)
    _, steps = play(states.replace(sim=states.sim.replace(circle=states.sim.circle.replace(position=position))), NOTHING)
    assert steps.terminated[0].all() and not steps.terminated[1:, 0].any()
    assert all(np.isfinite(x).all() for x in jax.tree.leaves((steps.obs, steps.reward)) if x.dtype == jnp.float32)


def test_merged_vmaps_give_what_nested_ones_give():
    """Also in a loop, and where an input, or one of its parts, has no axis of an outer `vmap`."""
    passes = []

    @jax.custom_batching.custom_vmap
    def counted(x):
        return x

    @counted.def_vmap
    def batched(size, batched, x):
        passes.append(size)
        return counted(x), True

    def f(x, other):
        x = counted(x)
        return x + 2 * other["a"], x @ other["b"]

    def over(f):
        def walk(x, other):
            return jax.lax.scan(lambda x, _: f(x, other), x, length=3)

        inner = jax.vmap(walk, in_axes=(0, {"a": None, "b": 0}))
        return jax.jit(jax.vmap(inner, in_axes=(0, {"a": 0, "b": None})))

    x, other = jnp.arange(30.0).reshape(2, 5, 3), {"a": jnp.array([1.0, -2.0]), "b": jnp.arange(15.0).reshape(5, 3)}
    wanted = over(f)(x, other)
    assert {2, 5} <= set(passes)
    passes.clear()
    jax.tree.map(np.testing.assert_array_equal, over(merged(f))(x, other), wanted)
    assert set(passes) == {5, 10}, "the axes of 2 and 5 are merged"
    np.testing.assert_array_equal(merged(f)(x[0, 0], {"a": 1.0, "b": other["b"][0]})[0], x[0, 0] + 2)


def test_eleven_actions_do_what_six_parts_do():
    _, states, _ = programs("s")
    several, one = KinetixTask("s"), KinetixTask("s", controls="discrete")
    assert one.actions.idle == (8,) and several.actions.idle == (0,) * 6
    bound = jax.tree.map(lambda x: np.stack([x[0]] * 4), jax.device_get(states))
    bound = bound.replace(motor_binding=np.arange(4)[:, None], thruster_binding=np.arange(4)[:, None] % 2)
    inputs = {task: jax.jit(jax.vmap(jax.vmap(task.inputs, (None, 0)), (0, None))) for task in (one, several)}
    parts = np.zeros((11, 6), int)
    for action in range(11):
        if action != 8:
            parts[action, action // 2 if action < 8 else action - 5] = 2 - action % 2 if action < 8 else 1
    same = inputs[one](bound, jnp.arange(11)[:, None]), inputs[several](bound, jnp.array(parts))
    np.testing.assert_array_equal(*same)
    assert {*np.unique(same[0][..., 0])} == {-1, 0, 1} and {*np.unique(same[0][..., 1])} == {0, 1}


def test_levels_return_from_a_file(tmp_path):
    levels = stack_levels([load_level("m/arm_hard"), load_level("m/h1_car_left")])
    save_levels(tmp_path / "mine.npz", levels)
    jax.tree.map(np.testing.assert_array_equal, read_levels(tmp_path / "mine.npz"), levels)


def broken_file(folder: Path, **changes) -> Path:
    """A file of a level, with arrays changed or, for None, left out."""
    save_levels(folder / "whole.npz", stack_levels([load_level("s/h2_one_wheel_car")]))
    arrays = dict(np.load(folder / "whole.npz")) | changes
    np.savez(folder / "broken.npz", **{name: value for name, value in arrays.items() if value is not None})
    return folder / "broken.npz"


@pytest.mark.parametrize("changes, said", [
    ({"circle_radius": None}, "holds no array circle_radius, which should be (1, 2) float32"),
    ({"circle_radius": np.zeros((1, 2))}, "circle_radius is (1, 2) float64, and should be (1, 2) float32"),
    ({"circle_radius": np.zeros((1, 3), np.float32)}, "circle_radius is (1, 3) float32, and should be (1, 2) float32"),
    ({"circle_active": np.zeros((1, 3), bool)}, "has room for (5, 3, 1, 1) polygons, circles, joints and thrusters, and the sizes are s (5, 2, 1, 1)"),
    ({"joint_a_index": np.full((1, 1), 7, np.int32)}, "joint_a_index holds 7, which is no shape: 0 .. 6"),
])  # fmt: skip
def test_a_file_of_something_else_is_refused(tmp_path, changes, said):
    with pytest.raises(ConfigError) as error:
        read_levels(broken_file(tmp_path, **changes))
    assert said in str(error.value) and "\n" not in str(error.value)
    for path, reason in ((tmp_path / "none.npz", "there is no file"), (Path(__file__), "holds no levels")):
        with pytest.raises(ConfigError, match=reason):
            read_levels(path)


def test_what_does_not_fit_is_refused():
    for call, said in [
        (lambda: load_level("s/h2_one_wheel_cat"), "nearest valid: s/h2_one_wheel_car"),
        (lambda: load_level("h2_one_wheel_car"), "nearest valid: s/h2_one_wheel_car"),
        (lambda: load_level("l/rail", size="m"), "size m holds"),
        (lambda: load_level("l/rail", size="xl"), "one of s, m, l; nearest valid: l"),
        (lambda: KinetixTask("xs"), "nearest valid: s"),
        (lambda: KinetixTask("s", controls="discret"), "nearest valid: discrete"),
        (lambda: KinetixTask("m").reset(None, load_level("s/h2_one_wheel_car")), "load_level(name, size='m')"),
    ]:
        with pytest.raises(ConfigError) as error:
            call()
        assert said in str(error.value), error.value


def test_a_missing_physics_package_is_told_on_use(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax2d.engine", None)
    jax2d.cache_clear()
    with pytest.raises(ConfigError, match=r"pip install 'kage-lab\[kinetix\]'"):
        KinetixTask("s")
    assert load_level("s/h2_one_wheel_car").size.name == "s"
