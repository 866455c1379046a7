"""Pictures of training and evaluation looks, drawn by the environment itself, and what a look changes."""

import base64
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from PIL import Image

from kage import registry
from kage.analysis.collect import look_words, placed
from kage.family import Case, Family, Names, World
from kage.params import ConfigError

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Shown:
    """What a reader sees of an evaluation look: names of pictures, and (parameter, train value, eval value)."""

    train: str
    shifted: str
    change: tuple[tuple[str, object, object], ...]


class Looks:
    """The looks of run folders; every picture is drawn once, by the family of worlds that the run names."""

    def __init__(self):
        self.pictures: dict[str, str] = {}  # look id -> data URI
        self.faults: list[str] = []
        self.runs: dict[Path, tuple[Family, World, list[dict], bool]] = {}

    def of(self, run: Path, key: tuple[str, ...]) -> Shown | None:
        """A look of a run by its names (suite, pair, study, dose, look); None, and a fault, if it cannot be drawn."""
        try:
            family, world, (first, *others), by_content = self.read(run)
            wanted = next((look for look in others if placed(look)[1:] == key), None)
            if wanted is None:
                raise ConfigError("its config.yaml does not name this look")
            train, shifted = (family.cases(world, look["change"], Names())[-1] for look in (first, wanted))
            if (by_content or "files" in wanted) and shifted.id != wanted["look_id"]:
                raise ConfigError("files that it names were replaced since it was measured")
            change = tuple((name, "-" if world.lacking(name) else before, after)
                           for name, (before, after) in world.difference(shifted.world).items()
                           if not shifted.world.lacking(name))  # fmt: skip
            return Shown(self.draw(family, train), self.draw(family, shifted), change)
        except ConfigError as error:
            self.faults.append(f"no picture of {key[1]}: {error}")
            return None

    def trained(self, run: Path) -> str | None:
        """The name of the picture of a run's training look; None, and a fault, if it cannot be drawn."""
        try:
            family, world, *_ = self.read(run)
            return self.draw(family, family.cases(world, {}, Names())[0])
        except ConfigError as error:
            self.faults.append(f"no picture of the training look of {run.parent.name}: {error}")
            return None

    def read(self, run: Path) -> tuple[Family, World, list[dict], bool]:
        """The family of a run, the world it was trained in, its looks as config.yaml names them, and whether ids depend
        on what files hold; ConfigError if these cannot be used. Folders from before there were families are the
        platformer's."""
        if run not in self.runs:
            config = yaml.load((run / "config.yaml").read_bytes(), LOADER)
            if not config.get("looks"):
                raise ConfigError("its config.yaml has no looks")
            family = registry.family(config.get("family", "kage"))
            looks = [look | {"look": look_words(config, look)} for look in config["looks"]]
            self.runs[run] = family, family.world(config), looks, "files" in config
        return self.runs[run]

    def draw(self, family: Family, case: Case) -> str:
        """The name of a picture, drawn if it is new."""
        if case.id not in self.pictures:
            pixels = family.picture(case)
            if pixels is None:
                raise ConfigError(f"task={family.name} draws none")
            self.pictures[case.id] = data_uri(pixels)
        return case.id


def data_uri(pixels: np.ndarray) -> str:
    """A picture that needs no file: WebP without loss."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "webp", lossless=True, method=4)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"
