"""Frames: equal to the reference's, look by look."""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import T1, optimised

from kage.platformer import env
from kage.platformer.config import from_dict

pytestmark = optimised
GOLDEN = Path(__file__).parent / "golden"
FRAMES = np.load(GOLDEN / "frames.npz")
ACTIONS = jnp.asarray(FRAMES["actions"], jnp.int32)
LOOKS = sorted({name.rpartition("/")[0] for name in FRAMES.files if "/" in name})
ROUNDED = ("hue_shift", "saturation", "pop_", "blur", "sharpen")  # fused arithmetic differs between compilers

reset = jax.jit(env.reset)
render = jax.jit(env.render)


@jax.jit
def run(state, begin, end, params):
    """The state after the recorded actions from step `begin` to before step `end`."""
    return jax.lax.fori_loop(begin, end, lambda t, state: env.step(state, ACTIONS[t], params)[0], state)


def overrides(look: str) -> dict:
    """The nested parameters of a golden look."""
    nested = {}
    for key, value in json.loads(str(FRAMES[f"{look}/overrides"])).items():
        group, _, name = key.partition(".")
        nested.setdefault(group, {})[name] = value
    return nested


def test_goldens_are_all_there():
    assert len(LOOKS) == 45


@pytest.mark.parametrize("look", LOOKS)
def test_frames_equal_the_reference(look, monkeypatch):
    monkeypatch.chdir(GOLDEN)
    params = env.build(from_dict(overrides(look), from_dict(T1)))
    state = reset(jax.random.PRNGKey(int(FRAMES[f"{look}/key_seed"])), params)
    frames, done = [render(state, params)], 0
    for after in FRAMES["frame_after_step"]:
        state, done = run(state, done, int(after), params), after
        frames.append(render(state, params))
    ours = np.moveaxis(np.stack(frames), 1, -1).astype(int)
    golden = np.concatenate([FRAMES[f"{look}/first_frame"][None], FRAMES[f"{look}/frames"]]).astype(int)
    off = abs(ours - golden)
    assert (off <= 1).mean() >= 0.999
    assert (off == 0).mean() >= (0.9 if look.startswith(ROUNDED) else 0.995)
