"""The platformer as a family: worlds are looks with their physics, cases are evaluation looks."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kage.family import Case, Metric, Names, in_words
from kage.identity import costly, digest, spoken
from kage.params import ConfigError, fault, group, nearest, param
from kage.platformer.config import GROUPS, Config, difference, flatten, from_dict, to_dict

if TYPE_CHECKING:
    import numpy as np

    from kage.platformer.certify import Certificate
    from kage.platformer.task import PlatformerTask

DOSABLE = {
    "physics": ("gravity", "jump_force", "ground_friction", "air_resistance", "max_fall_speed"),
    "effects": ("point_light_intensity", "point_light_radius", "point_light_falloff"),
    "filters": ("brightness", "contrast", "gamma", "saturation", "hue_shift", "color_temp", "color_jitter_std",
                "gaussian_noise_std", "blur_sigma", "sharpen_amount", "vignette_strength", "radial_light_strength"),
}  # parameters that one compiled program takes as inputs  # fmt: skip


@group("task")
class TaskConfig:
    """What is played, and how it is observed."""

    name: str = param("kage", "the family of worlds", among=("kage",))
    pool: int = param(1, "max-pooling of the frames", unit="px", low=1, high=8)


@dataclass(frozen=True)
class PlatformerWorld:
    """A look with its physics, and how it is observed."""

    env: Config
    task: TaskConfig

    def to_dict(self) -> dict[str, Any]:
        """The sections as plain data."""
        return {"env": to_dict(self.env), "task": dataclasses.asdict(self.task)}

    def spoken(self) -> dict[str, Any]:
        """The values of the sections that are part of ids."""
        return {"env": spoken(self.env), "task": spoken(self.task)}

    def costly(self) -> dict[str, Any]:
        """What decides the cost of a step: frames of one size are assumed to cost the same, whatever they show."""
        return {"task": costly(self.task), "size": self.shape()[1:]}

    def shape(self) -> tuple[int, int, int]:
        """(3, H, W) of an observation, after pooling."""
        return 3, self.env.H // self.task.pool, self.env.W // self.task.pool

    @property
    def seen(self) -> str:
        """How large a frame is as it is observed, and why."""
        _, height, width = self.shape()
        return f"H={self.env.H} W={self.env.W} task.pool={self.task.pool} gives {height} x {width}"

    def larger(self, need: int) -> str:
        """What would make frames `need` px high and wide."""
        side = min(self.env.H, self.env.W)
        return f"task.pool={side // need}" if side >= need else f"H and W of at least {need}"

    def flat(self) -> dict[str, Any]:
        """The parameters of the look and its physics, by dotted key."""
        return flatten(self.env)

    def difference(self, other: PlatformerWorld) -> dict[str, tuple[Any, Any]]:
        """The parameters in which another look differs: dotted key -> (value here, value there)."""
        return difference(self.env, other.env)


class Platformer:
    """The family `kage`."""

    name = "kage"
    sections = GROUPS | {"task": TaskConfig}
    defaults = to_dict(Config())
    encoder = "cnn"
    sees = "pixels"
    metrics = (
        Metric("success_rate", "share of episodes", "percent", share=True),
        Metric("distance", "px", "percent", share=False),
        Metric("progress", "share of the distance to success", "percent", share=False, repeats="distance"),
        Metric("return", "reward per episode", "difference", share=False),
    )
    words = {"pair": "pair"}
    leads = "gaps"

    def world(self, values: Mapping[str, Any]) -> PlatformerWorld:
        """The world of a configuration: `task`, and the environment's keys beside it or below `env`."""
        env = values.get("env") or {key: values[key] for key in self.defaults if key in values}
        if not env:
            raise ConfigError("the configuration has no env")
        return PlatformerWorld(from_dict(env), TaskConfig(**values.get("task", {})))

    def cases(self, world: PlatformerWorld, changes: Mapping[str, Any], names: Names) -> list[Case]:
        """The training look, then the look with `changes` laid over it, if there are any."""
        train = Case(look_id(world.env), world, None, "train")
        if changes == {}:
            return [train]
        try:
            env = from_dict(changes, world.env)
            for name in ("H", "W"):
                if getattr(env, name) != (size := getattr(world.env, name)):
                    raise fault(name, getattr(env, name), "policies see frames of the training look's size", size)
        except ConfigError as error:
            raise ConfigError(f"eval: {error}") from None
        shifted = dataclasses.replace(world, env=env)
        change = in_words(world.difference(shifted)) or "no change"
        return [train, Case(look_id(env), shifted, None, "eval", **dataclasses.asdict(names), change=change)]

    def changes(self, world: PlatformerWorld, case: Case) -> dict[str, Any]:
        """The overlay that makes a case's look from the training look."""
        overlay: dict[str, Any] = {}
        for key, (_, value) in world.difference(case.world).items():
            group, _, name = key.rpartition(".")
            (overlay.setdefault(group, {}) if group else overlay)[name] = value
        return overlay

    def task(self, world: PlatformerWorld, vary: Mapping[str, tuple[float, float]] = {}) -> PlatformerTask:
        """The task of a look. A filter in `vary` is in the program even if it is neutral in the look itself."""
        from jax import numpy as jnp

        from kage.platformer import env
        from kage.platformer.task import PlatformerTask

        active: dict[str, dict[str, float]] = {}
        for key, (low, high) in vary.items():
            group, _, name = key.partition(".")
            if name not in DOSABLE.get(group, ()):
                keys = [f"{group}.{name}" for group, names in DOSABLE.items() for name in names]
                raise fault("vary", key, f"one of {', '.join(keys)}", nearest(key, keys))
            if group == "effects" and not world.env.effects.point_light_enabled:
                raise fault("vary", key, "only with effects.point_light_enabled=true: there are no lights")
            if group == "filters":
                neutral = getattr(type(world.env.filters)(), name)
                active.setdefault(group, {})[name] = high if high != neutral else low
        params = env.build(from_dict(active, world.env))
        return PlatformerTask(params, {key: jnp.float32(ends) for key, ends in vary.items()}, world.task.pool)

    def level(self, case: Case) -> None:
        """None, because levels are drawn."""

    def twins(self, one: PlatformerWorld, other: PlatformerWorld) -> bool:
        """True if transition and reward read the same numbers in both worlds."""
        from kage.platformer.physics import same_dynamics

        return same_dynamics(one.env, other.env)

    def certify(self, one: Case, other: Case, episodes: int) -> Certificate:
        """Two looks compared bit by bit; the suite of the second says which groups may differ."""
        from kage.platformer.certify import axis_of, certify

        return certify(one.world.env, other.world.env, axis_of(other.suite), episodes=episodes)

    def picture(self, case: Case) -> np.ndarray:
        """A moment of an episode under the look of a case, the same moment for all looks, (H, W, 3) u8."""
        from kage.platformer.pictures import picture

        return picture(case.world.env)


def look_id(env: Config) -> str:
    """Identity of what is seen and played; names do not count."""
    return digest(spoken(env))
