"""Shared by all tests: how programs are compiled, and the looks that tests draw from."""

import os
from pathlib import Path

# Before JAX is imported anywhere.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(Path(__file__).parent.parent / ".pytest_cache" / "jax"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.3")
# Most tests run a program for a moment; without optimisation it compiles in two thirds of the time. The laws that name
# the bits of users' programs, and what needs speed or memory, are compiled as for users: `pytestmark = optimised`.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "true")
# submitit, when imported, closes all logging handlers there are; JAX's then closes the output that pytest captures.
os.environ.setdefault("SUBMITIT_LOG_LEVEL", "NOCONFIG")

import pytest

from kage.launch.garbage import collect_seldom
from kage.platformer.config import Config, from_dict
from kage.platformer.family import Platformer, PlatformerWorld, TaskConfig
from kage.recipe import Recipe

collect_seldom()  # as commands do
T1 = {
    "background": {"mode": "black"}, "npc": {"enabled": False},
    "character": {"use_sprites": False, "use_shape": True, "shape_types": ["circle"], "shape_colors": ["teal"],
                  "shape_rotate": False},
}  # fmt: skip


def t1(**changes) -> Config:
    """The paper's training look T1, with dotted keys changed (`filters__brightness=1` for filters.brightness)."""
    nested = {}
    for key, value in changes.items():
        group, _, name = key.rpartition("__")
        target = nested.setdefault(group, {}) if group else nested
        target[name] = value
    return from_dict(nested, from_dict(T1))


def task_of(config: Config, pool: int = 1):
    """The task of a look."""
    return Platformer().task(PlatformerWorld(config, TaskConfig(pool=pool)))


def small_method(config: Config, pool: int = 4):
    """PPO with the smallest network, on a look."""
    ppo = {"name": "ppo", "num_envs": 4, "num_steps": 12, "minibatches": 2, "epochs": 1}
    cnn = {"name": "cnn", "channels": [4, 4], "kernels": [8, 4], "strides": [4, 2], "dense": 8}
    sections = {"agent": ppo, "encoder": cnn, "memory": {"name": "none"}, "curriculum": {"name": "random"}}
    world = PlatformerWorld(config, TaskConfig(pool=pool))
    return Recipe.of(world.to_dict() | sections, total_steps=288).method()


def pytest_collection_modifyitems(items):
    """Files with slow tests begin first: one that began last would go on alone, while other cores have no work."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def thorough(*values):
    """Values of parameters, each a tuple if there are several parameters, that only `make test-all` tries: further
    examples of what the others show."""
    each = (value if isinstance(value, tuple) else (value,) for value in values)
    return [pytest.param(*value, marks=pytest.mark.thorough) for value in each]


optimised = pytest.mark.usefixtures("compiled_as_for_users")


@pytest.fixture(scope="module")
def compiled_as_for_users():
    """Programs of this file, and of the processes that it starts, are compiled as users compile them. What was compiled
    before would be taken otherwise."""
    import jax

    def optimise(yes: bool) -> None:
        jax.clear_caches()
        jax.config.update("jax_disable_most_optimizations", not yes)
        os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = str(not yes).lower()

    optimise(True)
    yield
    optimise(False)


@pytest.fixture
def without_figures(monkeypatch):
    """Reports have no figures, which are half of their time."""
    monkeypatch.setattr("kage.analysis.figures.draw", lambda *_: [])


@pytest.fixture
def outputs(tmp_path) -> Path:
    """A results folder of this test alone."""
    return tmp_path / "outputs"
