"""Where run folders are, and how their seeds are listed."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

PREFIX = "seed="
NOTES = "notes.txt"  # in the folder of an experiment: what people noted, a line each
LOG = "log.txt"  # in the folder of a training: what was said while its seeds were trained, outside of SLURM


def run_folders(roots: Iterable[Path]) -> tuple[list[Path], list[str]]:
    """Every run folder (seed=<k>) at or below the roots, absolute and sorted, and one message per folder whose name
    starts with seed= but is wrong. Roots may overlap and links are followed; no folder is entered twice."""
    found, faults, entered = [], [], set()
    for root in roots:
        top = os.fspath(Path(root).resolve())
        waiting = [(top, top)] if os.path.isdir(top) else []  # folders to enter, with their real paths
        while waiting:
            folder, real = waiting.pop()
            if real in entered:
                continue
            entered.add(real)
            name = os.path.basename(folder)
            if name.startswith(PREFIX):  # do not enter run folders: there are thousands of them
                if name.removeprefix(PREFIX).isdecimal():
                    found.append(folder)
                else:
                    faults.append(f"{folder}: the folder's name is not seed=<whole number>")
            else:
                waiting += reversed(inside(folder, real))
    found.sort(key=lambda folder: folder.split(os.sep))
    return list(map(Path, found)), sorted(faults)


def inside(folder: str, real: str) -> list[tuple[str, str]]:
    """The folders in a folder by name, with their real paths; none if it cannot be read. The file system
    is asked for the real path of links only."""
    found = []
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_symlink():
                if os.path.isdir(entry.path):
                    found.append((entry.path, os.path.realpath(entry.path)))
            elif entry.is_dir(follow_symlinks=False):
                found.append((entry.path, os.path.join(real, entry.name)))
    return sorted(found)


def seed_of(folder: Path) -> int:
    """The seed of a run folder."""
    return int(folder.name.removeprefix(PREFIX))


def ranges(numbers: Iterable[int], between: str = ", ") -> str:
    """Whole numbers in short: 0-3, 7 for 0, 1, 2, 3, 7."""
    parts: list[list[int]] = []
    for number in sorted(set(map(int, numbers))):
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return between.join(f"{first}" if first == last else f"{first}-{last}" for first, last in parts)
