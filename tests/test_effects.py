"""A key that shows nothing is refused, with what to set besides; a change is told by what it shows."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import T1
from refusals import refused

from kage.launch.compose import cells
from kage.look.words import change_in_words
from kage.params import lacking
from kage.platformer import env
from kage.platformer.config import GROUPS, decides, from_dict

OFF = from_dict(T1)  # black, a shape, and nothing else
SPRITE = from_dict({"background": {"mode": "color"}, "character": {"sprite_path": "assets/sprites/dog", "use_sprites": True, "use_shape": False, "enable_animation": False}}, OFF)
STICKY = from_dict({"npc": {"sticky_enabled": True, "sticky_sprite_path": "assets/sprites/dog", "sticky_x_offsets": [5], "sticky_can_jump": False},
                    "distractors": {"enabled": True, "count": 0}, "background": {"mode": "noise"}}, OFF)  # fmt: skip


def another(name, value, spec):
    """Another legal value of a parameter; None if it has none that is easily found."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, list):
        return [next(one for one in spec.among if one not in value)] if spec.among else None
    if isinstance(value, int | float):
        step = -1 if "min" in name else 1
        found = type(value)(value + step * (spec.high - spec.low) / 10) if spec.high else value + step
        return found if spec.low is None or found >= spec.low else None
    return "assets/nowhere" if isinstance(value, str) else None


def without_effect(look):
    """The parameters of the look that lack something, each with another value."""
    changes = {}
    for group in GROUPS:
        part = getattr(look, group)
        for field in dataclasses.fields(part):
            value = another(field.name, getattr(part, field.name), field.metadata["spec"])
            if not decides(f"{group}.{field.name}") and value is not None and lacking(part, field.name):
                changes.setdefault(group, {})[field.name] = value
    return changes


@pytest.mark.parametrize("look, least", [(OFF, 38), (SPRITE, 36), (STICKY, 28)], ids=["off", "sprite", "sticky"])
def test_parameters_that_lack_something_are_not_seen(look, least):
    changes = without_effect(look)
    assert sum(map(len, changes.values())) > least
    other = dataclasses.replace(look, **{
        group: dataclasses.replace(getattr(look, group), **values) for group, values in changes.items()
    })  # fmt: skip

    @jax.jit
    def frames(params):
        first = env.reset(jax.random.key(1), params)
        second, _ = env.step(first, jnp.int32(3), params)
        return [env.render(state, params) for state in (first, second)]

    np.testing.assert_array_equal(*(frames(env.build(config)) for config in (look, other)))
    assert change_in_words(look, other) == "no change"


PICS = "assets/backgrounds"


@pytest.mark.parametrize("command, words", [
    ([f"eval.background.image_dir={PICS}"], ["eval.background.image_dir", "eval.background.mode is black", "set eval.background.mode=image besides"]),
    (["pair=background_2", f"eval.background.image_dir={PICS}"], ["pair=background_2", "eval.background.mode is color"]),
    (["eval.distractors.count=3,9"], ["eval.distractors.count=3", "set eval.distractors.enabled=true besides"]),
    (["background.color_names=[red]"], ["background.color_names", "set background.mode=color besides"]),
    (["background=image_1", f"background.image_dir={PICS}"], ["image_paths is [assets/backgrounds/bg-1.png]", "set background.image_paths=null besides"]),
    (["eval.character.sprite_path=assets/sprites/dog"], ["set eval.character.use_sprites=true and eval.character.use_shape=false besides"]),
    (["npc=sticky_all", "npc.min_npc_count=0"], ["npc.enabled is false"]),
    (["suite=agent", "character.shape_rotate=true"], ["pair=agent_5", "character.use_shape is false"]),
    (["layout=flat", "layout.p_change=0.5"], ["layout.pix_per_unit is 0", "set layout.pix_per_unit above 0 besides"]),
    (["eval={effects: {point_light_radius: 0.2}}"], ["eval.effects.point_light_radius", "set eval.effects.point_light_enabled=true besides"]),
])  # fmt: skip
def test_what_has_no_effect_is_refused_with_what_is_missing(command, words):
    refused(command, words)


@pytest.mark.parametrize("command", [
    ["study=same_agent_distractors", "eval.distractors.min_size=10"],  # no distractor at the first dose alone
    ["eval.background.mode=black,image", "eval.background.image_path=assets/backgrounds/bg-1.png"],
    ["eval.filters.brightness=0"],  # a dose that equals the training look
    ["pair=effects_3", "effects.point_light_radius=0.2"],  # seen in the evaluation look
    ["background=image_1", "background.image_paths=null", f"background.image_dir={PICS}"],
])  # fmt: skip
def test_what_has_an_effect_somewhere_composes(command):
    assert cells(command)


def test_a_change_is_told_by_what_is_seen():
    def told(*command):
        return cells(list(command))[0].cases[-1].change

    assert told("pair=background_2") == "background black -> purple"
    assert told("pair=background_9") == "background bg-1.png -> bg-128.png"
    assert told("pair=agent_4") == "character teal circle -> skeleton"
    assert told("pair=distractors_3") == "npc.sticky none -> skeleton"
    assert told("pair=effects_1") == "effects none -> 4 lights, effects.point_light_intensity 0.5"
    assert told("pair=filters_1", "filters.gamma=2") == "filters.brightness 0 -> 1"
    assert told("background=image_1", "eval.background.parallax_factor=0") == "background.parallax_factor 0.5 -> 0"
    assert told("eval.filters.brightness=0") == "no change"
