"""Random levels are distributed as the reference's, and the filter leaves out those that solve themselves."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

pytest.importorskip("jax2d", reason="the extra kinetix is not installed: pip install 'kage-lab[kinetix]'")

from kinetix_statistics import LIMIT, describe, distances

from kage.kinetix import KinetixTask
from kage.kinetix.filter import choose

QUICK = {"xla_backend_optimization_level": 0}  # ready in two thirds of the time


@pytest.fixture(scope="module")
def levels():
    """As many levels of size s as the reference has."""
    draw = jax.jit(jax.vmap(KinetixTask("s").sample_level), compiler_options=QUICK)
    return draw(jax.random.split(jax.random.key(1), 4096))


def test_statistics_are_those_of_the_reference(levels):
    """tests/kinetix_statistics.py compares all sizes, contacts and episodes too, which takes minutes."""
    far = distances("s", describe(levels))
    assert len(far) > 50 and {name: value for name, value in far.items() if value > LIMIT} == {}
    larger = levels.replace(circle=levels.circle.replace(radius=1.05 * levels.circle.radius))
    assert distances("s", describe(larger))["radius"] > LIMIT


def test_a_level_has_what_its_size_holds_and_nothing_is_broken(levels):
    level, names = jax.tree.map(np.asarray, levels), ("position", "rotation", "inverse_mass", "inverse_inertia")
    for part in (level.polygon, level.circle):
        assert all(np.isfinite(getattr(part, name)).all() for name in names)
    ends = np.stack([level.joint.a_index, level.joint.b_index])[:, level.joint.active]
    assert (ends[0] != ends[1]).all() and ends.max() < 7
    # Both anchors of a joint are at one place.
    at = np.nonzero(level.joint.active)[0]
    both = {name: np.concatenate([getattr(level.polygon, name), getattr(level.circle, name)], 1) for name in names[:2]}
    places = []
    for index, anchor in zip(ends, (level.joint.a_relative_pos, level.joint.b_relative_pos)):
        angle, (x, y) = both["rotation"][at, index], anchor[level.joint.active].T
        turned = np.stack([np.cos(angle) * x - np.sin(angle) * y, np.sin(angle) * x + np.cos(angle) * y], axis=1)
        places.append(both["position"][at, index] + turned)
    np.testing.assert_allclose(*places, atol=1e-5)


def test_the_filter_chooses_others_without_replacement():
    solved = np.random.default_rng(0).random(1000) < 0.2
    chosen = np.asarray(choose(jax.random.key(0), jnp.asarray(solved), 500))
    assert len({*chosen.tolist()}) == 500 and solved[chosen].mean() < 0.01
    nearly_all = np.asarray(choose(jax.random.key(0), jnp.asarray(solved), 999))
    assert solved[nearly_all].sum() == solved.sum() - 1  # of those, too, where nothing else is left


