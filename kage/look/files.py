"""The files that keys name: where paths lead, which pictures and skins are there in which order, and their digests.

Composing reads this file, so it imports neither JAX nor what opens pictures; `kage.look.sprites` does.
"""

import contextlib
import csv
import functools
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from kage import assets
from kage.contents import content, seen, together
from kage.look.config import PICTURES, SKINS, STICKY_SKINS, WALL_PICTURES
from kage.params import chosen, fault, lacking, nearest

HOME = Path(assets.__file__).resolve().parents[1]  # holds the folder `assets`
REFERENCE_ASSETS = re.compile(r"(?:^|.*/)src/kage(?:_bench)?/assets(?:/|$)")
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp")
FIRST = Path(__file__).parent / "first_assets.csv"  # digest and path of every asset in its first version


def resolve(key: str, value: str, kind: str) -> Path:
    """The file or folder that the path `value` of parameter `key` names; `kind` says in words what it should be.

    A relative path is looked for beside the installed assets first, then as given. An asset path of the reference
    leads to our file of the same name, whatever its suffix. Raises `ConfigError` if nothing is found.
    """
    given = Path(os.path.expanduser(value))
    candidates = [HOME / given, given]
    if REFERENCE_ASSETS.match(value):
        candidates.append(HOME / "assets" / REFERENCE_ASSETS.sub("", value))
    for path in candidates:
        if path.exists():
            return path
    ours = candidates[-1]
    for path in natural(ours.parent.iterdir()) if ours.parent.is_dir() else []:
        if len(candidates) == 3 and path.stem == ours.stem:
            return path
    raise fault(key, value, f"{kind} that exists", near_path(value, candidates[::-1]))


@contextlib.contextmanager
def reading(key: str, value: str) -> Iterator[None]:
    """Turn an error of the file system about the path `value` of parameter `key` into a `ConfigError`."""
    try:
        yield
    except OSError as error:
        where = "" if error.filename in (None, value) or len(str(error.filename)) > 255 else f" {error.filename}"
        raise fault(key, value, f"a path that can be read, but{where}: {error.strerror}") from None


def near_path(value: str, candidates: Sequence[Path]) -> str | None:
    """The existing path that `value` was probably meant to be: the first misspelt part is replaced, a picture by a
    picture and a folder above it by a folder."""
    for path in candidates:
        whole = path
        while not path.parent.is_dir():
            path = path.parent
        there = [it for it in path.parent.iterdir() if path == whole or it.is_dir()]
        if path == whole and path.suffix.lower() in SUFFIXES:
            there = [it for it in there if it.suffix.lower() in SUFFIXES]
        guess = nearest(path.name, [it.name for it in there])
        if guess is not None:
            return str(path.parent / guess).removeprefix(f"{HOME}/")
    return None


def natural(paths) -> list[Path]:
    """Sorted by name with numbers by value: walk-10 follows walk-2. Equal names are sorted by their whole paths."""

    def key(path: Path) -> list[tuple[int, str]]:
        return [(int(part) if part.isdecimal() else -1, part) for part in re.split(r"(\d+)", path.name)]

    return sorted(paths, key=lambda path: (key(path), path))


def images_in(folder: Path) -> list[Path]:
    """The picture files directly in `folder`, in natural order."""
    return natural(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and p.is_file())


def listed(config, names: Sequence[str]) -> tuple[str, list[str], bool]:
    """The key of an exclusive set (folder, list, one path) that is used, its values, and whether it is the folder.

    Raises `ConfigError` when no member of the set is given.
    """
    name = chosen(config, names)
    if name is None:
        raise fault(f"{config.KEY}.{names[0]}", None, f"one of {', '.join(names)} must be given", names[0])
    value = getattr(config, name)
    if value == []:
        raise fault(f"{config.KEY}.{name}", value, "a non-empty list of paths")
    return f"{config.KEY}.{name}", [value] if isinstance(value, str) else list(value), name == names[0]


def picture_files(key: str, value: str, is_folder: bool) -> list[Path]:
    """The pictures that one path of a key names, in order. Raises `ConfigError` if there are none."""
    with reading(key, value):
        path = resolve(key, value, "a folder of pictures" if is_folder else "a picture")
        if is_folder and not path.is_dir():
            raise fault(key, value, "a folder of pictures, this is a file")
        if not is_folder and path.is_dir():
            found = images_in(path)
            raise fault(key, value, "a picture, this is a folder", f"{value}/{found[0].name}" if found else None)
        found = images_in(path) if is_folder else [path]
        if not found:
            raise fault(key, value, f"a folder with at least one picture ({', '.join(SUFFIXES)})")
        return found


def skin_files(key: str, value: str, is_folder: bool) -> list[list[Path]]:
    """The frames of each skin that one path of a key names, in order. Raises `ConfigError` if there are none."""
    with reading(key, value):
        path = resolve(key, value, "a folder of skins" if is_folder else "a skin: a folder of frames")
        if not path.is_dir():
            raise fault(key, value, "a folder of frames, this is a file", str(Path(value).parent))
        found = natural(p for p in path.rglob("*") if p.is_dir() and images_in(p)) if is_folder else [path]
        if not found:
            raise fault(key, value, "a folder with at least one skin, which is a folder of frames")
        skins = [images_in(folder) for folder in found]
        if not all(skins):
            below = natural(p for p in path.iterdir() if p.is_dir() and images_in(p))
            raise fault(key, value, f"a folder with at least one frame ({', '.join(SUFFIXES)})",
                        f"{value}/{below[0].name}" if below else None)
        return skins


# --- digests ---


def picture_digest(key: str, value: str, is_folder: bool) -> str:
    """What one path of a key shows, as a digest: of a picture, or of the pictures of a folder in their order."""
    found = picture_files(key, value, is_folder)
    with reading(key, value):
        digests = [content(path) for path in found]
    return together(digests) if is_folder else digests[0]


def skin_digest(key: str, value: str, is_folder: bool) -> str:
    """What one path of a key shows, as a digest: of the frames of a skin, or of the skins of a folder, in their
    order."""
    found = skin_files(key, value, is_folder)
    with reading(key, value):
        digests = [together(map(content, frames)) for frames in found]
    return together(digests) if is_folder else digests[0]


DIGESTS: Mapping[tuple[str, ...], Callable[[str, str, bool], str]] = {
    PICTURES: picture_digest, WALL_PICTURES: picture_digest, SKINS: skin_digest, STICKY_SKINS: skin_digest,
}  # fmt: skip


def digests(groups: Iterable) -> dict[str, list[str]]:
    """What the files show that groups of a look name: dotted key -> a digest for each of its paths.

    Keys that have no effect are left out: with a black background no picture is opened. Raises `ConfigError` for a path
    that cannot be used.
    """
    found = {}
    for config in groups:
        for names, digest in DIGESTS.items():
            if hasattr(config, names[0]) and not lacking(config, chosen(config, names) or names[0]):
                key, values, is_folder = listed(config, names)
                found[key] = [seen(digest, key, value, is_folder) for value in values]
    return found


@functools.cache
def first_assets() -> dict[str, str]:
    """The assets in their first version: digest -> path."""
    with open(FIRST, newline="") as file:
        return {row["digest"]: row["path"] for row in csv.DictReader(file)}


def known_by(digest: str) -> str:
    """What stands for a content in ids: the path of an asset in its first version, as ids had it before contents were
    part of them; any other content is its digest."""
    return first_assets().get(digest, digest)
