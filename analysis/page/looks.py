"""Pictures of training and evaluation looks, drawn by the environment itself, and what a look changes."""

import base64
import io
from dataclasses import dataclass
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import yaml
from PIL import Image

from kage import env
from kage.config import Config, difference, from_dict
from kage.look.render import Look, to_hwc
from kage.params import ConfigError
from kage.physics import Physics

STEPS = 70  # into the episode that is shown
PLAIN = env.build(from_dict({"background": {"mode": "black"}, "npc": {"enabled": False}})).look  # steps fast
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Shown:
    """What a reader sees of an evaluation look: names of pictures, and (parameter, train value, eval value)."""

    train: str
    shifted: str
    change: tuple[tuple[str, object, object], ...]


class Looks:
    """The looks of run folders; every picture is drawn once."""

    def __init__(self):
        self.pictures: dict[str, str] = {}  # look id -> data URI
        self.faults: list[str] = []
        self.configs: dict[Path, tuple[Config, list[dict]]] = {}

    def of(self, run: Path, key: tuple[str, ...]) -> Shown | None:
        """A look of a run by its names (suite, pair, study, dose, look); None, and a fault, if it cannot be drawn."""
        names = ("suite", "pair", "study", "dose", "look")
        try:
            train, (first, *others) = self.read(run)
            found = next((look for look in others if tuple(look.get(name) or "" for name in names) == key), None)
            if found is None:
                raise ConfigError("its config.yaml does not name this look")
            shifted = from_dict(found["change"], train)
            change = tuple((name, *values) for name, values in difference(train, shifted).items())
            return Shown(self.draw(first["look_id"], train), self.draw(found["look_id"], shifted), change)
        except ConfigError as error:
            self.faults.append(f"no picture of {key[1]}: {error}")
            return None

    def trained(self, run: Path) -> str | None:
        """The name of the picture of a run's training look; None, and a fault, if it cannot be drawn."""
        try:
            train, (first, *_) = self.read(run)
            return self.draw(first["look_id"], train)
        except ConfigError as error:
            self.faults.append(f"no picture of the training look of {run.parent.name}: {error}")
            return None

    def read(self, run: Path) -> tuple[Config, list[dict]]:
        """The training look of a run, and its looks as config.yaml names them; ConfigError if it cannot be used."""
        if run not in self.configs:
            config = yaml.load((run / "config.yaml").read_bytes(), LOADER)
            lacking = [name for name in ("env", "looks") if not config.get(name)]
            if lacking:
                raise ConfigError(f"its config.yaml has no {lacking[0]}")
            self.configs[run] = from_dict(config["env"]), config["looks"]
        return self.configs[run]

    def draw(self, name: str, config: Config) -> str:
        """The name of a picture, drawn if it is new."""
        if name not in self.pictures:
            self.pictures[name] = data_uri(picture(config))
        return name


def picture(config: Config) -> np.ndarray:
    """What the agent sees after running right and jumping for `STEPS` steps, (H, W, 3) u8.

    The same moment of the same episode under every look: only drawing has to be compiled for each.
    """
    params = env.build(config)
    return np.asarray(to_hwc(frame(moment(params.physics, PLAIN), params)))


@jax.jit
def moment(physics: Physics, look: Look) -> env.State:
    """An episode after `STEPS` steps."""
    params = env.Params(physics, look)
    act = lambda t: jnp.where(t % 12 < 2, 6, 2)  # noqa: E731, right, with a jump every twelve steps
    step = lambda t, state: env.step(state, act(t), params)[0]  # noqa: E731
    return jax.lax.fori_loop(0, STEPS, step, env.reset(jax.random.key(0), params))


@jax.jit
def frame(state: env.State, params: env.Params) -> jax.Array:
    """The frame of a moment under the look of `params`, (3, H, W) u8."""
    return env.render(env.counterfactual(state, params), params)


def data_uri(pixels: np.ndarray) -> str:
    """A picture that needs no file: WebP without loss."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "webp", lossless=True, method=4)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"
