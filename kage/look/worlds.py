"""Worlds of one kind of dynamics whose looks are configured by groups, and their family, whatever the dynamics are.

A family of such worlds adds its configuration, its task and what is measured: `kage.platformer.family` is the model.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from kage.family import Case, Metric, Names, success_of
from kage.identity import costly, digest, spoken
from kage.look.configuration import difference, flatten, groups, laid_over, to_dict
from kage.look.files import digests, known_by
from kage.look.words import change_in_words
from kage.params import ConfigError, fault, lacking, nearest, param

if TYPE_CHECKING:
    import numpy as np

    from kage.certificate import Certificate
    from kage.frame_stack import FrameStack
    from kage.look.task import LookTask
    from kage.look.twins import Twins

CLOSE = 0.05  # share of a parameter's range: an evaluation look this close to what is drawn counts as drawn
DOSABLE = {
    "effects": ("point_light_intensity", "point_light_radius", "point_light_falloff"),
    "filters": ("brightness", "contrast", "gamma", "saturation", "hue_shift", "color_temp", "color_jitter_std",
                "gaussian_noise_std", "blur_sigma", "sharpen_amount", "vignette_strength", "radial_light_strength"),
}  # parameters of looks that one compiled program takes as inputs  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class LookTaskConfig:
    """What is played, and how it is observed, in training and evaluation alike. A family declares its `name`."""

    name: str
    pool: int = param(1, "max-pooling of the frames", unit="px", low=1, high=8)
    observe: str = param("pixels", "pixels: frames; two controls that are told what others must find out: mask: frames "
                         "in which all that does not matter is black, state: numbers, no frames", neutral="pixels",
                         among=("pixels", "mask", "state"))  # fmt: skip
    stack: int = param(1, "frames that an observation holds, the oldest first", low=1, high=16, neutral=1)

    def rules(self):
        if self.observe == "state" and self.stack > 1:
            raise fault("task.stack", self.stack, "1 with task.observe=state, which is no frame and holds speeds", 1)


@dataclass(frozen=True)
class LookWorld:
    """A look with its dynamics, and how it is observed."""

    numbers: ClassVar[int]  # of an observed state

    env: Any  # the configuration
    task: LookTaskConfig
    files: Mapping[str, list[str]] | None = None  # see `kage.look.files.digests`; None: of a run from before there were

    @classmethod
    def on_disk(cls, env: Any, task: LookTaskConfig) -> LookWorld:
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
            values[group][name] = known if isinstance(getattr(getattr(self.env, group), name), list) else known[0]
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
            return (self.numbers,)
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
        """True if the task says which pixels of an observation show what matters."""
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

    def difference(self, other: LookWorld) -> dict[str, tuple[Any, Any]]:
        """The parameters in which another look differs: dotted key -> (value here, value there)."""
        return difference(self.env, other.env)

    def lacking(self, key: str) -> dict[str, object]:
        """What has to be set before the parameter of this dotted key has an effect: dotted key -> value."""
        group, _, name = key.rpartition(".")
        if not group:
            return {}
        return {f"{group}.{other}": value for other, value in lacking(getattr(self.env, group), name).items()}


class LookFamily:
    """A family of worlds that are looks with their dynamics. Its cases are evaluation looks."""

    name: str
    Config: ClassVar[type]  # of the worlds, made with `kage.params.group("")`
    World: ClassVar[type[LookWorld]]
    Task: ClassVar[type]  # the section `task`
    # Modules, which may be lazy.
    env: ClassVar[Any]  # the functions of one environment: build, reset, step, render, metrics, and others
    physics: ClassVar[Any]  # has `same_dynamics` of two configurations
    certificates: ClassVar[Any]  # has `record`, see `kage.certificate`
    pictures: ClassVar[Any]  # has `picture` of a configuration
    people: ClassVar[Any]  # see `kage.look.people`
    reader: ClassVar[str]  # the function that reads an exported configuration
    anatomy: ClassVar[Any]  # has LAYERS, EVENTS, `numbers` and `events`: what `kage explain` knows of a state
    dosable: ClassVar[Mapping[str, Sequence[str]]] = DOSABLE
    metrics: tuple[Metric, ...]
    sections: ClassVar[Mapping[str, type]]
    defaults: ClassVar[Mapping[str, Any]]
    eval_keys: ClassVar[tuple[str, ...]]
    words = {"pair": "pair"}
    leads = "gaps"

    def __init_subclass__(cls):
        usual = cls.Config()
        cls.defaults = to_dict(usual)
        cls.eval_keys = tuple(cls.defaults)
        cls.sections = {"": cls.Config, **{key: type(part) for key, part in groups(usual).items()}, "task": cls.Task}

    def world(self, values: Mapping[str, Any]) -> LookWorld:
        """The world of a configuration: `task`, and the environment's keys beside it. A run folder has these below
        `env`, and in `files` what the files showed when the run was planned."""
        env = values.get("env") or {key: values[key] for key in self.defaults if key in values}
        if not env:
            raise ConfigError("the configuration has no env")
        task = self.Task(**values.get("task", {}))
        if "env" in values:
            return self.World(self.configured(env), task, values.get("files"))
        return self.World.on_disk(self.configured(env), task)

    def cases(self, world: LookWorld, changes: Mapping[str, Any], names: Names) -> list[Case]:
        """The training look, then the look with `changes` laid over it, if there are any."""
        train = Case(world.look_id, world, None, "train")
        if changes == {}:
            return [train]
        try:
            env = laid_over(world.env, changes)
            for name in ("H", "W"):
                if getattr(env, name) != (size := getattr(world.env, name)):
                    raise fault(name, getattr(env, name), "policies see frames of the training look's size", size)
            files = None if world.files is None else files_now(env)
        except ConfigError as error:
            raise ConfigError(f"eval: {error}") from None
        shifted = replace(world, env=env, files=files)
        change = change_in_words(world.env, env)
        return [train, Case(shifted.look_id, shifted, None, "eval", **dataclasses.asdict(names), change=change)]

    def changes(self, world: LookWorld, case: Case) -> dict[str, Any]:
        """The overlay that makes a case's look from the training look."""
        overlay: dict[str, Any] = {}
        for key, (_, value) in world.difference(case.world).items():
            group, _, name = key.rpartition(".")
            (overlay.setdefault(group, {}) if group else overlay)[name] = value
        return overlay

    def task(self, world: LookWorld, vary: Mapping[str, tuple[float, float]] = {}) -> LookTask | FrameStack:
        """The task of a look. A filter in `vary` is in the program even if it is neutral in the look itself. Raises
        `ConfigError` too if files that the look names have changed since it was composed."""
        from jax import numpy as jnp

        from kage.frame_stack import FrameStack

        world.refuse_other_files()
        self.check_vary(world, "vary", vary)
        active: dict[str, dict[str, float]] = {}
        for key, (low, high) in vary.items():
            group, _, name = key.partition(".")
            if group == "filters":
                neutral = getattr(type(world.env.filters)(), name)
                active.setdefault(group, {})[name] = high if high != neutral else low
        params = self.env.build(laid_over(world.env, active))
        ends = {key: jnp.float32(ends) for key, ends in vary.items()}
        task = self.made(params, ends, world.task.pool, world.task.observe)
        return FrameStack(task, world.task.stack) if world.task.stack > 1 else task

    def made(self, params: Any, vary: Mapping[str, Any], pool: int, observe: str) -> LookTask:
        """The task with these fields, see `kage.look.task.LookTask`."""
        raise NotImplementedError

    def check_vary(self, world: LookWorld, key: str, vary: Mapping[str, Sequence[float]]) -> None:
        """Raise `ConfigError` for a parameter that is no input of the compiled program, or a value out of its range."""
        for name, ends in vary.items():
            group, _, field = name.partition(".")
            if field not in self.dosable.get(group, ()):
                names = [f"{group}.{name}" for group, names in self.dosable.items() for name in names]
                raise fault(key, name, f"one of {', '.join(names)}", nearest(name, names))
            if group == "effects" and not world.env.effects.point_light_enabled:
                raise fault(key, name, "only with effects.point_light_enabled=true: there are no lights")
            try:
                for end in ends:
                    laid_over(world.env, {group: {field: end}})
            except ConfigError as error:
                raise ConfigError(f"{key}: {error}") from None

    def covers(self, world: LookWorld, vary: Mapping[str, Sequence[float]], case: Case) -> bool:
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

    def level_names(self, world: LookWorld) -> tuple[str, ...]:
        """(), because levels are drawn."""
        return ()

    def with_levels(self, world: LookWorld, key: str, names: Sequence[str]) -> tuple[LookWorld, Sequence[str]]:
        """All as it is, because levels are drawn."""
        return world, names

    def level(self, case: Case) -> None:
        """None, because levels are drawn."""

    def twins(self, one: LookWorld, other: LookWorld) -> bool:
        """True if transition and reward read the same numbers in both worlds."""
        return self.physics.same_dynamics(one.env, other.env)

    def explained(self, one: LookWorld, other: LookWorld) -> Twins:
        """Two looks for `kage.explain`. Raises `ConfigError` if they have other dynamics, or differ in nothing seen."""
        from kage.look.twins import Twins

        if not self.twins(one, other):
            raise ConfigError("it changes more than the look, so states cannot be shown under both looks")
        if one.sees != "pixels":
            raise fault("task.observe", one.task.observe, "an observation without pixels, which no look changes")
        if one.look_id == other.look_id:
            raise ConfigError("it is the training look")
        # Stacks are laid around hybrids.
        plain = (replace(world, task=replace(world.task, stack=1)) for world in (one, other))
        train, shifted = (self.task(world) for world in plain)
        return Twins(train, shifted, self.anatomy, success_of(self), one.task.stack)

    def certify(self, one: Case, other: Case, episodes: int) -> Certificate:
        """Two looks compared bit by bit; the suite of the second says which groups may differ."""
        from kage.certificate import axis_of, compare

        train, shifted = (self.certificates.record(case.world.env, episodes) for case in (one, other))
        return compare(train, shifted, one.world.difference(other.world), axis_of(other.suite, self.sections))

    def picture(self, case: Case) -> np.ndarray:
        """A moment of an episode under the look of a case, the same moment for all looks, (H, W, 3) u8."""
        case.world.refuse_other_files()
        return self.pictures.picture(case.world.env)

    def configured(self, values: Mapping[str, Any]) -> Any:
        """The configuration of a nested mapping. Raises `ConfigError`."""
        return laid_over(self.Config(), values)


def files_now(env: Any) -> dict[str, list[str]]:
    """What the files that a look names show now; see `kage.look.files.digests`."""
    return digests(groups(env).values())
