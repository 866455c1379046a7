"""The Gymnasium environments keep Gymnasium's contract and play KAGE-Env's episodes."""

import importlib
import subprocess
import sys
import warnings

import gymnasium
import numpy as np
import pytest
from conftest import t1, thorough
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode

from kage import ConfigError, save_config_to_yaml
from kage.platformer.gymnasium import KageEnv, KageVectorEnv

LENGTH = 4
CONFIG = t1(episode_length=LENGTH, background__mode="noise")
ACTIONS = np.random.default_rng(0).integers(0, 8, (10, 3))


@pytest.mark.parametrize("options", [{"pool": 2, "stack": 3, "render_mode": "rgb_array"}, *thorough({})])
def test_gymnasiums_own_checker_is_satisfied(options):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(gymnasium.make("kage.platformer.gymnasium:KAGE-v0", config=CONFIG, **options).unwrapped)


def test_import_of_kage_does_not_need_gymnasium():
    code = "import sys; import kage, kage.platformer.wrappers, kage.launch.cli; assert 'gymnasium' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_missing_gymnasium_is_told_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    monkeypatch.delitem(sys.modules, "kage.platformer.gymnasium")
    with pytest.raises(ConfigError, match=r"pip install 'kage-lab\[gymnasium\]'"):
        importlib.import_module("kage.platformer.gymnasium")


def test_a_seed_decides_the_episodes_and_resets_go_on_to_new_ones():
    env = KageEnv(CONFIG)
    first, _ = env.reset(seed=7)
    second, _ = env.reset()
    other, _ = env.reset(seed=8)
    again, _ = env.reset(seed=7)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(second, env.reset()[0])
    assert (first != second).any() and (first != other).any()
    assert (KageEnv(CONFIG).reset()[0] != KageEnv(CONFIG).reset()[0]).any()  # unseeded: from the system's entropy


def test_outputs_are_plain_numbers_and_writable_arrays():
    env = KageEnv(CONFIG)
    obs, info = env.reset(seed=0)
    obs[:] = 0
    for t in range(1, LENGTH + 1):
        obs, reward, terminated, truncated, info = env.step(env.action_space.sample())
        obs[:] = 0
        assert type(reward) is float and (terminated, truncated) == (False, t == LENGTH)
        assert all(type(value) in (float, int, bool) for value in info.values())
        assert info["timestep"] == t and "state" not in info


def test_rendering_shows_the_frame_under_pool_and_stack():
    plain, worked = KageEnv(CONFIG, render_mode="rgb_array"), KageEnv(CONFIG, pool=2, stack=2, render_mode="rgb_array")
    frames = [env.reset(seed=0)[0] for env in (plain, worked)]
    np.testing.assert_array_equal(frames[0], worked.render())
    np.testing.assert_array_equal(frames[0], plain.render())
    assert KageEnv(CONFIG).render() is None
    with pytest.raises(ValueError, match="rgb_array"):
        KageEnv(CONFIG, render_mode="human")


def test_a_step_before_the_first_reset_is_refused():
    for env in (KageEnv(CONFIG), KageVectorEnv(2, CONFIG)):
        with pytest.raises(gymnasium.error.ResetNeeded):
            env.step(env.action_space.sample())


@pytest.mark.parametrize("vector, action", [
    (False, 8), (False, -1), (False, 2.5), (False, [1]), (True, [1, 8]), (True, [1]), (True, [1.0, 2.0]), (True, 3),
])  # fmt: skip
def test_what_is_no_action_is_refused_and_changes_nothing(vector, action):
    env = KageVectorEnv(2, CONFIG) if vector else KageEnv(CONFIG)
    env.reset(seed=0)
    before = env._state
    with pytest.raises(gymnasium.error.InvalidAction, match=r"is not allowed: (Multi)?Discrete.* is expected"):
        env.step(action)
    assert env._state is before


@pytest.fixture(scope="module")
def envs():
    return KageVectorEnv(3, CONFIG)


def test_each_environment_of_a_vector_plays_the_episodes_of_its_seed(envs):
    obs, infos = envs.reset(seed=20)
    singles = [KageEnv(CONFIG) for _ in range(3)]
    for i, env in enumerate(singles):
        np.testing.assert_array_equal(obs[i], env.reset(seed=20 + i)[0])
    for t, actions in enumerate(ACTIONS, 1):
        obs, rewards, terminations, truncations, infos = envs.step(actions)
        assert obs in envs.observation_space and rewards.shape == (3,)
        assert ("final_obs" in infos) == (t % LENGTH == 0)
        for i, env in enumerate(singles):
            reached, reward, terminated, truncated, info = env.step(actions[i])
            assert (rewards[i], terminations[i], truncations[i]) == (np.float32(reward), terminated, truncated)
            if truncated:
                np.testing.assert_array_equal(infos["final_obs"][i], reached)
                assert all(np.float32(infos["final_info"][name][i]) == np.float32(info[name]) for name in info)
                assert infos["_final_obs"][i] and infos["_final_info"][i] and infos["final_info"]["_return"][i]
                reached, info = env.reset()
            np.testing.assert_array_equal(obs[i], reached)
            assert infos["_return"][i] and infos["return"][i] == np.float32(info["return"])


def test_the_vector_declares_its_autoreset_and_its_spaces(envs):
    assert envs.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    assert envs.observation_space.shape == (3, 128, 128, 3) and envs.single_action_space.n == 8
    assert envs.action_space.sample() in envs.action_space


def test_vector_seeds_are_a_number_a_list_or_left_out(envs):
    first, _ = envs.reset(seed=5)
    listed, _ = envs.reset(seed=[5, 6, 7])
    np.testing.assert_array_equal(first, listed)
    fresh, _ = envs.reset()
    assert (first != fresh).any()
    for same in (5, np.int64(5), np.array([5, 6, 7])):
        np.testing.assert_array_equal(envs.reset(seed=same)[0], first)
    np.testing.assert_array_equal(KageEnv(CONFIG).reset(seed=np.uint8(5))[0], first[0])
    for wrong in (5.0, np.float32(5)):
        with pytest.raises(gymnasium.error.Error, match="integer"):
            KageEnv(CONFIG).reset(seed=wrong)
    with pytest.raises(ValueError, match="2 entries"):
        envs.reset(seed=[1, 2])


def test_make_vec_builds_the_vector_and_its_statistics_wrapper_works(tmp_path):
    path = tmp_path / "look.yaml"
    save_config_to_yaml(CONFIG, path)
    envs = gymnasium.make_vec("kage.platformer.gymnasium:KAGE-v0", num_envs=2, config=str(path), pool=2)
    assert isinstance(envs.unwrapped, KageVectorEnv)
    envs = gymnasium.wrappers.vector.RecordEpisodeStatistics(envs)
    envs.reset(seed=0)
    for _ in range(LENGTH):
        _, _, _, _, infos = envs.step(envs.action_space.sample())
    assert infos["episode"]["l"].tolist() == [LENGTH, LENGTH]
