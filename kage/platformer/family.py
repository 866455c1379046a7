"""The platformer as a family: worlds are looks with their physics, cases are evaluation looks."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kage.family import Case, Metric, Names
from kage.identity import costly, digest, spoken
from kage.look.files import digests, known_by
from kage.params import ConfigError, fault, group, lacking, nearest, param
from kage.platformer.config import GROUPS, Config, difference, flatten, from_dict, to_dict
from kage.platformer.observation import NUMBERS
from kage.platformer.words import change_in_words

if TYPE_CHECKING:
    import numpy as np

    from kage.frame_stack import FrameStack
    from kage.platformer.certify import Certificate
    from kage.platformer.task import PlatformerTask

DOSABLE = {
    "physics": ("gravity", "jump_force", "ground_friction", "air_resistance", "max_fall_speed"),
    "effects": ("point_light_intensity", "point_light_radius", "point_light_falloff"),
    "filters": ("brightness", "contrast", "gamma", "saturation", "hue_shift", "color_temp", "color_jitter_std",
                "gaussian_noise_std", "blur_sigma", "sharpen_amount", "vignette_strength", "radial_light_strength"),
}  # parameters that one compiled program takes as inputs  # fmt: skip
CLOSE = 0.05  # share of a parameter's range: an evaluation look this close to what is drawn counts as drawn


@group("task")
class TaskConfig:
    """What is played, and how it is observed, in training and evaluation alike."""

    name: str = param("kage", "the family of worlds", among=("kage",))
    pool: int = param(1, "max-pooling of the frames", unit="px", low=1, high=8)
    observe: str = param("pixels", "pixels: frames; two controls that are told what others must find out: mask: frames "
                         "with agent and ground alone, state: numbers instead of frames", neutral="pixels",
                         among=("pixels", "mask", "state"))  # fmt: skip
    stack: int = param(1, "frames that an observation holds, the oldest first", low=1, high=16, neutral=1)

    def rules(self):
        if self.observe == "state" and self.stack > 1:
            raise fault("task.stack", self.stack, "1 with task.observe=state, which is no frame and holds speeds", 1)


@dataclass(frozen=True)
class PlatformerWorld:
    """A look with its physics, and how it is observed."""

    env: Config
    task: TaskConfig
    files: Mapping[str, list[str]] | None = None  # see `kage.look.files.digests`; None: of a run from before there were

    @classmethod
    def on_disk(cls, env: Config, task: TaskConfig) -> PlatformerWorld:
        """The world with the files that its look names as they are now. Raises `ConfigError` if one cannot be used."""
        return cls(env, task, files_now(env))

    def to_dict(self) -> dict[str, Any]:
        """The sections as plain data, and the digests of the files that the look names."""
        sections = {"env": to_dict(self.env), "task": dataclasses.asdict(self.task)}
        return sections if self.files is None else sections | {"files": dict(self.files)}

    def spoken(self) -> dict[str, Any]:
        """The values of the sections that are part of ids."""
        return {"env": self.spoken_look(), "task": spoken(self.task)}

    def spoken_look(self) -> dict[str, Any]:
        """The values of the look that are part of ids. Files count by what they show, not by their paths."""
        values = spoken(self.env)
        for key, contents in (self.files or {}).items():
            group, _, name = key.partition(".")
            known = [known_by(content) for content in contents]
            values[group][name] = known if isinstance(values[group][name], list) else known[0]
        return values

    @property
    def look_id(self) -> str:
        """Identity of what is seen and played; names do not count."""
        return digest(self.spoken_look())

    @property
    def has_own_files(self) -> bool:
        """True if the look shows files other than the assets of the package."""
        return any(known_by(content) == content for contents in (self.files or {}).values() for content in contents)

    def refuse_other_files(self) -> None:
        """Raise `ConfigError` if the files that the look names do not show what they showed when it was composed."""
        now = {} if self.files is None else files_now(self.env)
        for key, contents in (self.files or {}).items():
            if now[key] != contents:
                group, _, name = key.partition(".")
                raise ConfigError(
                    f"{key}={getattr(getattr(self.env, group), name)!r}: these files were replaced, added or removed "
                    "since this was planned. Put the old files back, or repeat the kage run command to train with the "
                    "new ones, which is another training"
                )

    def costly(self) -> dict[str, Any]:
        """What decides the cost of a step: frames of one size are assumed to cost the same, whatever they show."""
        return {"task": costly(self.task), "size": self.shape()[1:]}

    def shape(self) -> tuple[int, ...]:
        """(channels, H, W) of an observation, after pooling; (numbers,) where the state is observed."""
        if self.task.observe == "state":
            return (NUMBERS,)
        return 3 * self.task.stack, self.env.H // self.task.pool, self.env.W // self.task.pool

    @property
    def sees(self) -> str:
        """Frames, or where the state is observed, numbers."""
        return "vector" if self.task.observe == "state" else "pixels"

    @property
    def track(self) -> str:
        """Controls are told by the simulator what others must find out."""
        return "agnostic" if self.task.observe == "pixels" else "privileged"

    @property
    def horizon(self) -> int:
        """Steps of every episode."""
        return self.env.episode_length

    @property
    def redrawn(self) -> bool:
        """True if tasks can show a state that another look has led to: a stack needs earlier states too."""
        return self.task.stack == 1

    @property
    def shows_foreground(self) -> bool:
        """True if the task says which pixels of an observation show agent and ground."""
        return self.task.stack == 1 and self.task.observe == "pixels"

    @property
    def encoder(self) -> str:
        """The usual encoder of what is observed."""
        return "mlp" if self.task.observe == "state" else "cnn"

    @property
    def label(self) -> str:
        """How the observation differs from one frame: "mask", "state", "stack4"."""
        observed = {"pixels": "", "mask": "mask", "state": "state"}[self.task.observe]
        return "-".join(filter(None, [observed, f"stack{self.task.stack}" if self.task.stack > 1 else ""]))

    @property
    def seen(self) -> str:
        """How large a frame is as it is observed, and why."""
        height, width = (side // self.task.pool for side in (self.env.H, self.env.W))
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

    def lacking(self, key: str) -> dict[str, object]:
        """What has to be set before the parameter of this dotted key has an effect: dotted key -> value."""
        group, _, name = key.rpartition(".")
        if not group:
            return {}
        return {f"{group}.{other}": value for other, value in lacking(getattr(self.env, group), name).items()}


class Platformer:
    """The family `kage`."""

    name = "kage"
    sections = {"": Config} | GROUPS | {"task": TaskConfig}
    defaults = to_dict(Config())
    eval_keys = tuple(defaults)
    metrics = (
        Metric("success_rate", "share of episodes", "percent", share=True),
        Metric("distance", "px", "percent", share=False),
        Metric("progress", "share of the distance to success", "percent", share=False, repeats="distance"),
        Metric("return", "reward per episode", "difference", share=False),
    )
    words = {"pair": "pair"}
    leads = "gaps"

    def world(self, values: Mapping[str, Any]) -> PlatformerWorld:
        """The world of a configuration: `task`, and the environment's keys beside it. A run folder has these below
        `env`, and in `files` what the files showed when the run was planned."""
        env = values.get("env") or {key: values[key] for key in self.defaults if key in values}
        if not env:
            raise ConfigError("the configuration has no env")
        task = TaskConfig(**values.get("task", {}))
        if "env" in values:
            return PlatformerWorld(from_dict(env), task, values.get("files"))
        return PlatformerWorld.on_disk(from_dict(env), task)

    def cases(self, world: PlatformerWorld, changes: Mapping[str, Any], names: Names) -> list[Case]:
        """The training look, then the look with `changes` laid over it, if there are any."""
        train = Case(world.look_id, world, None, "train")
        if changes == {}:
            return [train]
        try:
            env = from_dict(changes, world.env)
            for name in ("H", "W"):
                if getattr(env, name) != (size := getattr(world.env, name)):
                    raise fault(name, getattr(env, name), "policies see frames of the training look's size", size)
            files = None if world.files is None else files_now(env)
        except ConfigError as error:
            raise ConfigError(f"eval: {error}") from None
        shifted = dataclasses.replace(world, env=env, files=files)
        change = change_in_words(world.env, env)
        return [train, Case(shifted.look_id, shifted, None, "eval", **dataclasses.asdict(names), change=change)]

    def changes(self, world: PlatformerWorld, case: Case) -> dict[str, Any]:
        """The overlay that makes a case's look from the training look."""
        overlay: dict[str, Any] = {}
        for key, (_, value) in world.difference(case.world).items():
            group, _, name = key.rpartition(".")
            (overlay.setdefault(group, {}) if group else overlay)[name] = value
        return overlay

    def task(self, world: PlatformerWorld, vary: Mapping[str, tuple[float, float]] = {}) -> PlatformerTask | FrameStack:
        """The task of a look. A filter in `vary` is in the program even if it is neutral in the look itself. Raises
        `ConfigError` too if files that the look names have changed since it was composed."""
        from jax import numpy as jnp

        from kage.frame_stack import FrameStack
        from kage.platformer import env
        from kage.platformer.task import PlatformerTask

        world.refuse_other_files()
        self.check_vary(world, "vary", vary)
        active: dict[str, dict[str, float]] = {}
        for key, (low, high) in vary.items():
            group, _, name = key.partition(".")
            if group == "filters":
                neutral = getattr(type(world.env.filters)(), name)
                active.setdefault(group, {})[name] = high if high != neutral else low
        params = env.build(from_dict(active, world.env))
        ends = {key: jnp.float32(ends) for key, ends in vary.items()}
        task = PlatformerTask(params, ends, world.task.pool, world.task.observe)
        return FrameStack(task, world.task.stack) if world.task.stack > 1 else task

    def check_vary(self, world: PlatformerWorld, key: str, vary: Mapping[str, Sequence[float]]) -> None:
        """Raise `ConfigError` for a parameter that is no input of the compiled program, or a value out of its range."""
        for name, ends in vary.items():
            group, _, field = name.partition(".")
            if field not in DOSABLE.get(group, ()):
                names = [f"{group}.{name}" for group, names in DOSABLE.items() for name in names]
                raise fault(key, name, f"one of {', '.join(names)}", nearest(name, names))
            if group == "effects" and not world.env.effects.point_light_enabled:
                raise fault(key, name, "only with effects.point_light_enabled=true: there are no lights")
            try:
                for end in ends:
                    from_dict({group: {field: end}}, world.env)
            except ConfigError as error:
                raise ConfigError(f"{key}: {error}") from None

    def covers(self, world: PlatformerWorld, vary: Mapping[str, Sequence[float]], case: Case) -> bool:
        """True if every parameter of a case lies in its range, or nearer to it than `CLOSE` of what is allowed."""
        if not world.difference(case.world).keys() <= vary.keys():
            return False
        for name, (low, high) in vary.items():
            group, _, field = name.partition(".")
            spec = type(getattr(world.env, group)).__dataclass_fields__[field].metadata["spec"]
            near = CLOSE * (spec.high - spec.low) if None not in (spec.low, spec.high) else 0.0
            if not low - near <= case.world.flat()[name] <= high + near:
                return False
        return True

    def level_names(self, world: PlatformerWorld) -> tuple[str, ...]:
        """(), because levels are drawn."""
        return ()

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

        case.world.refuse_other_files()
        return picture(case.world.env)


def files_now(env: Config) -> dict[str, list[str]]:
    """What the files that a look names show now; see `kage.look.files.digests`."""
    return digests(getattr(env, group) for group in GROUPS)
