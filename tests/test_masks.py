"""Masks say whose each pixel is, and a state shown under another look is what that look would have shown all along."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import T1, t1, thorough
from PIL import Image

from kage import ConfigError, KAGE_Env
from kage.look.configuration import flatten
from kage.platformer import env, physics
from kage.platformer.config import decides, from_dict
from kage.platformer.level import column_rows

SKELETON, DOG = "assets/sprites/skeleton", "assets/sprites/dog"
# Layers that cover one another: NPCs around the agent, and many large distractors.
CROWD = {
    "background": {"mode": "color", "color_names": ["orange"]},
    "npc": {"enabled": True, "min_npc_count": 60, "max_npc_count": 60, "sprite_path": SKELETON,
            "sticky_enabled": True, "min_sticky_count": 3, "max_sticky_count": 3, "sticky_sprite_path": DOG,
            "sticky_x_offsets": [4, -9], "sticky_y_min_offset": -40, "sticky_y_max_offset": 0},
    "distractors": {"enabled": True, "count": 20, "min_size": 8, "max_size": 30},
}  # fmt: skip
SHAPE = from_dict(CROWD, from_dict(T1))
SPRITE = from_dict({"character": {"use_sprites": True, "use_shape": False, "sprite_path": SKELETON}}, SHAPE)
KEYS = jax.random.split(jax.random.key(3), 8)
ACTIONS = jax.random.randint(jax.random.key(4), (200, 8), 0, 8) | 2  # to the right, where NPCs stand

render, masks = (jax.jit(jax.vmap(function, (0, None))) for function in (env.render, env.masks))
counterfactual = jax.jit(jax.vmap(env.counterfactual, (0, None)))


@jax.jit
def play(params):
    """The states after `ACTIONS`."""
    step = jax.vmap(env.step, (0, 0, None))
    states = jax.vmap(env.reset, (0, None))(KEYS, params)
    return jax.lax.scan(lambda states, action: (step(states, action, params)[0], None), states, ACTIONS)[0]


def inverted(params, *names):
    """The same look with every colour of these layers another one."""

    def invert(layer):
        if hasattr(layer, "skins"):
            sheet = layer.skins.sheet
            return layer.replace(skins=layer.skins.replace(sheet=sheet.at[:, :3].set(255 - sheet[:, :3])))
        return layer.replace(colors=255 - layer.colors)

    return params.replace(look=params.look.replace(**{name: invert(getattr(params.look, name)) for name in names}))


@pytest.mark.parametrize("config", [SHAPE, *thorough(SPRITE)], ids=["shape", "sprite"])
def test_other_colours_of_a_layer_are_seen_in_its_mask_and_nowhere_else(config):
    params = env.build(config)
    states = play(params)
    frames, owned = render(states, params), masks(states, params)
    nobody = ~(owned.agent | owned.ground | owned.npc | owned.distractor)
    for names, mask in ((("character",), owned.agent), (("ground",), owned.ground), (("world", "sticky"), owned.npc),
                        (("distractors",), owned.distractor), (("background",), nobody)):  # fmt: skip
        differs = (render(states, inverted(params, *names)) != frames).any(1)
        assert mask.any((1, 2)).all()
        np.testing.assert_array_equal(differs, mask, err_msg=str(names))


def test_no_pixel_has_two_owners():
    params = env.build(SPRITE)
    owned = masks(play(params), params)
    assert (sum(mask.astype(int) for mask in jax.tree.leaves(owned)) <= 1).all()


@pytest.mark.parametrize("names", [["world", "sticky"], *thorough((["world"],), (["sticky"],))], ids="+".join)
def test_without_npcs_pixels_of_theirs_alone_change_and_fall_to_what_is_behind(names):
    params = env.build(SHAPE)
    states = play(params)
    without = params.replace(look=params.look.replace(**dict.fromkeys(names)))
    before, after = (jax.tree.map(np.asarray, masks(states, p)) for p in (params, without))
    differs = np.asarray((render(states, without) != render(states, params)).any(1))
    assert differs.any() and (differs <= before.npc).all() and (after.npc <= before.npc).all()
    assert after.npc.any() == (len(names) == 1)
    np.testing.assert_array_equal(after.agent, before.agent)
    for ours, theirs in ((after.ground, before.ground), (after.distractor, before.distractor)):
        assert (ours >= theirs).all() and (ours <= theirs | before.npc).all() and (ours != theirs).any()


def test_masks_are_of_the_picture_before_filters_and_lights():
    changed = from_dict({"filters": {"pixelate_factor": 5, "contrast": 3.0}, "effects": {"point_light_enabled": True}}, SHAPE)
    plain, lit = (masks(play(params), params) for params in (env.build(SHAPE), env.build(changed)))
    jax.tree.map(np.testing.assert_array_equal, plain, lit)


def test_a_plain_look_is_a_circle_of_197_px_the_level_and_nobody_else():
    kage = KAGE_Env(from_dict(T1))
    _, info = jax.jit(kage.reset)(jax.random.PRNGKey(3))
    latent, owned = info["state"].latent, jax.jit(kage.masks)(info["state"])
    assert owned.agent.sum() == 197 and not owned.npc.any() and not owned.distractor.any()
    first, last = jax.jit(lambda it: column_rows(it.heights, jnp.arange(128) + it.camera_x.astype(int), kage.params.physics))(latent)
    rows = np.arange(128)[:, None]
    np.testing.assert_array_equal(owned.ground, (first <= rows) & (rows <= last) & ~owned.agent)
    assert all((mask.shape, mask.dtype) == ((128, 128), bool) for mask in jax.tree.leaves(owned))


def test_a_sprite_owns_what_it_does_not_leave_wholly_transparent(tmp_path):
    alpha = np.random.default_rng(0).choice(np.array([0, 1, 128, 255], np.uint8), (7, 5))
    Image.fromarray(np.dstack([np.full((7, 5, 3), 200, np.uint8), alpha])).save(tmp_path / "walk.png")
    kage = KAGE_Env(t1(character__use_sprites=True, character__use_shape=False, character__sprite_path=str(tmp_path)))
    _, info = jax.jit(kage.reset)(jax.random.PRNGKey(3))
    latent = info["state"].latent
    cx, bottom = int(latent.x - latent.camera_x), int(latent.y) + 1 + 12
    expected = np.zeros((128, 128), bool)
    expected[bottom - 7 : bottom, cx - 2 : cx + 3] = alpha > 0
    np.testing.assert_array_equal(kage.masks(info["state"]).agent, expected)


# --- the same moment under another look ---

LOOKS = {
    "plain": {},
    "walking": {
        "background": {"mode": "image", "image_paths": [f"assets/backgrounds/bg-{i}.png" for i in (1, 2)],
                       "switch_frequency": 0.2},
        "character": {"use_sprites": True, "use_shape": False, "sprite_paths": [SKELETON, DOG]},
        "npc": {"enabled": True, "sprite_path": DOG, "sticky_enabled": True, "sticky_sprite_path": DOG,
                "sticky_x_offsets": [30], "sticky_jump_probability": 0.2},
        "effects": {"point_light_enabled": True, "point_light_count": 5},
    },
    "turning": {
        "background": {"mode": "noise", "switch_frequency": 0.3},
        "character": {"shape_types": ["star", "cross"], "shape_rotate": True, "shape_rotation_speed": 7.3},
        "npc": {"sticky_enabled": True, "sticky_sprite_path": SKELETON},
        "distractors": {"enabled": True, "max_rotation_speed": 9.0, "max_speed": 3.0},
        "filters": {"gaussian_noise_std": 9.0},
        "effects": {"point_light_enabled": True, "point_light_count": 2},
    },
}  # fmt: skip
CONFIGS = {name: from_dict(look, from_dict(T1)) for name, look in LOOKS.items()}


@pytest.mark.parametrize("seen, shown", [
    ("plain", "walking"), ("walking", "turning"), ("turning", "plain"), ("walking", "walking"), ("turning", "turning"),
])  # fmt: skip
def test_a_state_under_another_look_is_the_one_that_look_would_have_reached(seen, shown):
    reached, wanted = (play(env.build(CONFIGS[name])) for name in (seen, shown))
    ours = counterfactual(reached, env.build(CONFIGS[shown]))
    jax.tree.map(np.testing.assert_array_equal, ours, wanted)


@pytest.mark.parametrize("shown", [t1(filters__brightness=0.3), *thorough(CONFIGS["turning"])], ids=["brighter", "turning"])
def test_a_frame_under_another_look_is_the_one_that_look_would_have_shown(shown):
    seen, other = KAGE_Env(from_dict(T1)), KAGE_Env(shown)
    frames = []
    for kage in (seen, other):
        _, info = jax.jit(kage.reset)(KEYS[0])
        step = jax.jit(kage.step)
        for action in ACTIONS[:20, 0]:
            obs, *_, info = step(info["state"], action)
        frames.append((np.asarray(obs), info["state"]))
    (before, state), (wanted, _) = frames
    np.testing.assert_array_equal(jax.jit(lambda state: seen.render(state, shown))(state), wanted)
    np.testing.assert_array_equal(jax.jit(lambda state: seen.render(state, seen.config))(state), before)
    assert (before != wanted).mean() > 0.1


@pytest.mark.parametrize("change, key", [
    ({"physics": {"gravity": 0.5}}, "physics.gravity=0.5"), ({"character": {"width": 20}}, "character.width=20"),
    ({"jump_penalty": 1.0}, "jump_penalty=1.0"), ({"W": 64}, "W=64"), ({"layout": {"run_width": 30}}, "layout.run_width=30"),
])  # fmt: skip
def test_a_look_of_another_task_is_refused(change, key):
    kage = KAGE_Env(from_dict(T1))
    state = jax.jit(kage.reset)(jax.random.key(0))[1]["state"]
    with pytest.raises(ConfigError, match=f"{key} is not allowed: .* nearest valid: "):
        kage.render(state, from_dict(change, kage.config))


@pytest.mark.parametrize("key", [key for key in flatten(from_dict(T1)) if decides(key)])
def test_what_decides_the_task_is_in_its_physics(key):
    plain = from_dict(T1)
    values = flatten(plain)
    keys = {key, "H", "layout.height_px"} if key in ("H", "layout.height_px") else {key}  # two names of one thing
    nested = {}
    for name in keys:
        group, _, leaf = name.rpartition(".")
        new = values[name] * 0.9 if isinstance(values[name], float) else values[name] + 1 + (group == "character")
        (nested.setdefault(group, {}) if group else nested)[leaf] = new
    a, b = (vars(physics.build(config)) for config in (plain, from_dict(nested, plain)))
    assert any(a[name] != b[name] for name in a)
