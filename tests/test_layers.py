"""Who may import whom: docs/design.md, "Layers". Imports within functions count."""

from pathlib import Path

import pytest

from kage.launch.sources import named

ROOT = Path(__file__).parent.parent
WORLDS = ("kage/platformer", "kage/look", "kage/kinetix", "kage/first_person")
LEARNING = ("kage/methods", "kage/networks", "kage/curricula")
COMMANDS = {"hydra", "submitit", "omegaconf", "kage.launch", "kage.analysis"}


def imports(path: Path) -> set[str]:
    """Every module that a file names, with all packages above it."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    found = {name for name in named(module, path) if isinstance(name, str)}
    return {".".join(name.split(".")[: i + 1]) for name in found for i in range(name.count(".") + 1)}


@pytest.mark.parametrize("folders, never", [
    (("kage",), COMMANDS | {"pandas", "scipy", "matplotlib"}),
    (("analysis",), {"kage.launch", "hydra", "submitit", "omegaconf"}),
    (WORLDS, {"kage.methods", "kage.networks", "kage.curricula", "kage.train", "kage.evaluate", "kage.recipe", "kage.registry"}),
    (LEARNING, {"kage.platformer", "kage.look", "kage.kinetix", "kage.first_person", "kage.recipe",
                "kage.registry", "kage.train"}),
    (("kage/look",), {"kage.platformer", "kage.first_person", "kage.kinetix"}),
    (("kage/platformer",), {"kage.first_person", "kage.kinetix"}),
    (("kage/first_person",), {"kage.platformer", "kage.kinetix"}),
    (("kage/explain",), {"kage.platformer", "kage.look", "kage.kinetix", "kage.first_person", "kage.methods", "kage.networks", "kage.train"}),
    (("kage/runs",), {"kage.platformer", "kage.look", "kage.kinetix", "kage.first_person", "kage.methods", "kage.networks", "kage.train"}),
])  # fmt: skip
def test_imports_run_one_way(folders, never):
    """A world never imports a method, a method never imports a world, and neither knows commands, apart from
    `python -m kage`, which is the command."""
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py") if path.name != "__main__.py"]
    assert len(files) > 3
    found = {(str(path.relative_to(ROOT)), name) for path in files for name in imports(path) & never}
    assert not found


def test_no_class_is_built_but_through_the_registry():
    """Commands name no family, method or encoder: a new one changes none of them. Those for people know looks, whatever
    their world."""
    people = {"gallery.py", "look_film.py", "film.py", "episode.py", "play.py", "cli.py"}
    for path in (ROOT / "launch").rglob("*.py"):
        worlds = {"kage.platformer", "kage.first_person", "kage.kinetix"}
        forbidden = worlds | {"kage.methods", "kage.networks", "kage.curricula"}
        found = imports(path) & (forbidden if path.name in people else forbidden | {"kage.look"})
        assert not found, path
