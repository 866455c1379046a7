"""The reference's interface: its example program, its files, and files that are written back."""

import jax
import numpy as np
import pytest
from conftest import T1, t1

from kage import Config, ConfigError, KAGE_Env, load_config_from_yaml, save_config_to_yaml
from kage.launch.cli import main
from kage.launch.compose import cells
from kage.look.configuration import difference
from kage.platformer.config import from_dict


def test_the_papers_code_1_runs_as_printed(tmp_path):
    path = tmp_path / "custom_config.yaml"
    path.write_text("background:\n  mode: \"noise\"\ncharacter:\n  use_shape: true\n  shape_types: [\"circle\"]\n"
                    "npc:\n  enabled: false\nfilters:\n  # brightness: 0.5\nphysics:\n  gravity: 0.5\n")  # fmt: skip
    env = KAGE_Env(load_config_from_yaml(str(path)))
    reset_vec = jax.jit(jax.vmap(env.reset))
    step_vec = jax.jit(jax.vmap(env.step))
    N_ENVS = 2**4
    keys = jax.random.split(jax.random.PRNGKey(42), N_ENVS)
    obs, info = reset_vec(keys)
    states = info["state"]
    actions = jax.random.randint(keys[0], (N_ENVS,), 0, 8)
    obs, rewards, terms, truncs, info = step_vec(states, actions)
    states = info["state"]
    assert (obs.shape, obs.dtype) == ((N_ENVS, 128, 128, 3), np.uint8)
    assert (rewards.shape, rewards.dtype) == ((N_ENVS,), np.float32)
    assert not np.any(terms) and not np.any(truncs) and states.latent.t.tolist() == [1] * N_ENVS
    assert set(info) - {"state"} == {
        "return", "timestep", "x", "y", "vx", "vy", "jump_count", "passed_distance", "progress", "success",
        "success_once", "vx_mean", "vy_mean",
    }  # fmt: skip


@pytest.mark.parametrize("text, change", [
    ("character: {use_shape: true}", {"character.use_sprites": (True, False), "character.use_shape": (False, True)}),
    ("character: {use_sprites: false, use_shape: true}",
     {"character.use_sprites": (True, False), "character.use_shape": (False, True)}),
    ("background: {image_paths: [a.jpeg, b.jpeg]}",
     {"background.image_dir": ("assets/backgrounds", None), "background.image_paths": (None, ["a.jpeg", "b.jpeg"])}),
    ("npc: {sticky_sprite_dirs: [a]}",
     {"npc.sticky_sprite_dir": ("assets/sprites", None), "npc.sticky_sprite_dirs": (None, ["a"])}),
    ("filters:\nlayout:\n", {}),
])  # fmt: skip
def test_sparse_files_of_the_reference_mean_what_they_say(text, change, tmp_path):
    path = tmp_path / "look.yaml"
    path.write_text(text)
    assert difference(Config(), load_config_from_yaml(path)) == change


@pytest.mark.parametrize("content, words", [
    (b'character: {mode: "sprite"}', ["character.mode='sprite'", "no such key", "character.use_sprites"]),
    (b'npc: {mode: "sprite"}', ["npc.mode='sprite'", "no such key", "npc.enabled"]),
    (b'background: {mode: ["purple", "teal"]}', ["background.mode=['purple', 'teal']", "color"]),
    (b"character: {use_sprites: true, use_shape: true}", ["exactly one of"]),
    (b"\xff\xfe\x00", ["not YAML"]),
    (b"a: [", ["not YAML"]),
    (b"filters: {brightness: 1.0}\nlayout:\nfilters: {contrast: 2.0}", ["'filters' is given twice", "line 1"]),
])  # fmt: skip
def test_what_is_no_key_of_the_reference_is_refused_by_file_and_line(content, words, tmp_path):
    path = tmp_path / "look.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_config_from_yaml(path)
    assert "\n" not in str(caught.value)
    for word in (str(path), *words):
        assert word in str(caught.value)


@pytest.mark.parametrize("config", [
    Config(), from_dict(T1), t1(filters__brightness=1e-5, layout__layout_colors=["red", "blue"]),
    from_dict({"background": {"image_paths": ["a: b.png", "ü.png"]}, "npc": {"sticky_sprite_path": "null"}}),
    from_dict({"background": {"image_dir": None, "mode": "noise"}}), from_dict({"background": {"image_path": "x.png"}}),
], ids=range(6))  # fmt: skip
def test_a_saved_file_reads_back_equal(config, tmp_path):
    path = tmp_path / "new" / "look.yaml"
    save_config_to_yaml(config, path)
    assert load_config_from_yaml(path) == config
    assert [file.name for file in path.parent.iterdir()] == ["look.yaml"]


def test_an_unwritable_file_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "look.yaml", tmp_path):
        with pytest.raises(ConfigError, match=f"{path}: cannot be written: "):
            save_config_to_yaml(Config(), path)
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_export_writes_the_look_that_is_composed(tmp_path, capsys):
    path = tmp_path / "look.yaml"
    (cell,) = cells(["pair=background_2", "layout=red"])
    for flags, look in (([], cell.world.env), (["--eval"], cell.shifted.env)):
        assert main(["export", "pair=background_2", "--to", str(path), "layout=red", *flags]) == 0
        assert load_config_from_yaml(path) == look
    before = path.read_bytes()
    wrong = ((["--eval"], "no evaluation look"), (["layout=cyan,red"], "2 looks"), (["layot=red"], "layot"), (["seed=3"], "a look has no seed"))
    for arguments, words in wrong:
        assert main(["export", "--to", str(path), *arguments]) == 2
        assert words in capsys.readouterr().err
    assert path.read_bytes() == before
