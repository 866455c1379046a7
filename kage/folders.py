"""Where run folders are, and how their seeds are listed."""

import os
from collections.abc import Iterable
from pathlib import Path


def run_folders(roots: Iterable[Path]) -> tuple[list[Path], list[str]]:
    """Every run folder (seed=<k>) at or below the roots, absolute and sorted, and one message per folder that is called
    like one and is none. Roots may overlap, links are followed; what several ways lead to is entered once."""
    found, faults, entered = [], [], set()
    for root in roots:
        for folder, inside, _ in os.walk(Path(root).resolve(), followlinks=True):
            inside.sort()
            if (real := os.path.realpath(folder)) in entered:
                inside.clear()
                continue
            entered.add(real)
            if (path := Path(folder)).name.startswith("seed="):
                inside.clear()
                if path.name.removeprefix("seed=").isdecimal():
                    found.append(path)
                else:
                    faults.append(f"{path}: the folder's name is not seed=<whole number>")
    return sorted(found), sorted(faults)


def seed_of(folder: Path) -> int:
    """The seed of a run folder."""
    return int(folder.name.removeprefix("seed="))


def ranges(numbers: Iterable[int], between: str = ", ") -> str:
    """Whole numbers in short: 0-3, 7 for 0, 1, 2, 3, 7."""
    parts: list[list[int]] = []
    for number in sorted(set(map(int, numbers))):
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return between.join(f"{first}" if first == last else f"{first}-{last}" for first, last in parts)
