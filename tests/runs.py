"""Shared by tests of runs: the command in a process of its own, and all that finished runs tell."""

import subprocess
import sys
from pathlib import Path

from kage.runs.run import EVAL, STATE, TRAIN, read_rows, unpack


def kage(*arguments, **options):
    """The command in a process of its own."""
    code = "import sys; from kage.launch.cli import main; sys.exit(main())"
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)  # fmt: skip


def last_of_each_key(*arguments: str) -> list[str]:
    """Arguments of a command, of those with one key only the last."""
    return list({argument.partition("=")[0]: argument for argument in arguments}.values())


def seeds(outputs: Path) -> list[Path]:
    """The run folders of the default experiment."""
    return sorted(outputs.glob("default/runs/*/seed=*"))


def numbers(outputs: Path) -> dict:
    """All that finished runs tell, without what clocks decide."""
    content = {}
    for folder in seeds(outputs):
        train = [{k: v for k, v in row.items() if k != "steps_per_second"} for row in read_rows(folder / TRAIN)]
        content[f"{folder.parent.name}/{folder.name}"] = (unpack(folder / STATE), train, read_rows(folder / EVAL))
    return content
