"""kage note and kage rm: what is kept of an experiment, in words and on the disk."""

import argparse
import shutil
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from kage.launch.preview import bytes_in_words
from kage.launch.state import ALIVE
from kage.launch.status import RunReport, agreed, select
from kage.params import ConfigError
from kage.runs.folders import NOTES, ranges, run_folders
from kage.runs.run import RunError, cannot_write

WRITTEN = ("report", ".jobs", NOTES)  # what an experiment has beside its runs


def note(arguments: list[str]) -> int:
    """kage note DIR [TEXT]: append a line with the date to the notes, then show them."""
    parser = argparse.ArgumentParser(prog="kage note", description="add a line to the notes on an experiment, or show "
                                     "them; kage status shows them too")  # fmt: skip
    parser.add_argument("folder", type=Path, help="the experiment's folder")
    parser.add_argument("text", nargs="*", help="what to add; nothing shows the notes")
    options = parser.parse_args(arguments)
    if not (options.folder / "runs").is_dir():
        raise ConfigError(f"{options.folder} is not an experiment's folder: it has no runs")
    path = options.folder / NOTES
    if options.text:
        try:
            with open(path, "a") as file:
                file.write(f"{time.strftime('%Y-%m-%d')} {' '.join(options.text)}\n")
        except OSError as error:
            raise cannot_write(path, error) from error
    print(path.read_text().rstrip("\n") if path.exists() else f"no notes: kage note {options.folder} TEXT adds one")
    return 0


def remove(arguments: list[str]) -> int:
    """kage rm WHAT: remove runs, and whatever is left without runs by that, after asking."""
    parser = argparse.ArgumentParser(prog="kage rm", description="remove the results of an experiment, a training or a "
                                     "seed")  # fmt: skip
    parser.add_argument("what", help="a folder, or part of a training's name below outputs/")
    parser.add_argument("--yes", action="store_true", help="without asking")
    options = parser.parse_args(arguments)
    runs = select(options.what)
    if alive := [run for run in runs if run.state in ALIVE]:
        raise RunError(f"{described(alive)} {'is' if len(alive) == 1 else 'are'} {alive[0].state}, so nothing was "
                       "removed; stop it first: Ctrl-C, or kage cancel on SLURM")  # fmt: skip
    chosen = places(runs)
    for training in dict.fromkeys(run.folder.parent for run in runs):
        members = [run for run in runs if run.folder.parent == training]
        states = ", ".join(sorted({run.state for run in members}))
        print(f"{training.parent.parent}: {described(members)}, {states}")
    print(f"{bytes_in_words(sum(map(size, chosen)))} in {', '.join(map(str, chosen))}")
    if not options.yes and not agreed("remove these for good? [y/N] "):
        print("nothing was removed")
        return 1
    for path in chosen:
        try:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        except OSError as error:
            raise RunError(f"{path} cannot be removed: {error.strerror or error}") from None
    for folder in dict.fromkeys(path.parent for path in chosen):
        drop_if_empty(folder)
    print("removed")
    return 0


def described(runs: Sequence[RunReport]) -> str:
    """Runs in words."""
    names = dict.fromkeys(run.training for run in runs)
    return "; ".join(f"{name} seeds {ranges(run.seed for run in runs if run.training == name)}" for name in names)


def places(runs: Sequence[RunReport]) -> list[Path]:
    """What has to be removed: seeds, trainings of which no seed is left, what experiments without trainings have."""
    gone = {run.folder for run in runs}
    found: list[Path] = []
    for training in dict.fromkeys(run.folder.parent for run in runs):
        whole = gone.issuperset(run_folders([training])[0])
        found += [training] if whole else [folder for folder in sorted(gone) if folder.parent == training]
    for root in dict.fromkeys(training.parent.parent for training in found if training.parent.name == "runs"):
        if gone.issuperset(run_folders([root])[0]):
            found += [root / name for name in WRITTEN if (root / name).exists()]
    return found


def size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    inside: Iterable[Path] = path.rglob("*") if path.is_dir() else [path]
    return sum(one.lstat().st_size for one in inside if one.is_symlink() or one.is_file())


def drop_if_empty(folder: Path) -> None:
    """Remove a folder `runs` that is empty now, and its experiment's folder if that is empty too."""
    for one in (folder, folder.parent) if folder.name == "runs" else (folder,):
        if one.is_dir() and not any(one.iterdir()):
            one.rmdir()
