"""kage merge: several results folders and packs as one results folder."""

import argparse
import os
import secrets
import shutil
from pathlib import Path

from kage.analysis.collect import collect
from kage.console import console, counted, say
from kage.launch.gather import gathered
from kage.launch.state import JOB
from kage.params import ConfigError
from kage.runs.files import cannot_write
from kage.runs.packs import opened, refuse_others
from kage.runs.run import LOCK, RunError

NOT_COPIED = shutil.ignore_patterns(LOCK, JOB, "*.tmp")  # of the process or the job that made a run


def main(arguments: list[str]) -> int:
    """kage merge SOURCE ... --to DIR: copy every run into a new folder, or nothing at all."""
    parser = argparse.ArgumentParser(prog="kage merge", description="copy the runs of several results folders and "
                                     "packs into one results folder; refused if they contradict")  # fmt: skip
    parser.add_argument("sources", type=Path, nargs="+", metavar="SOURCE", help="a results folder, or a pack (.zip)")
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="a new folder, outputs/<experiment>")
    options = parser.parse_args(arguments)
    refuse_others(options.sources)
    if os.path.lexists(options.to):
        raise ConfigError(f"--to={options.to} is not allowed: it exists, and runs are merged into a new folder")
    out = console()
    with opened(options.sources) as sources:
        rows, faults = collect(sources.folders)
        for fault in faults:
            say(out, f"left out {sources.told(fault)}", markup=False)
        if rows.empty:
            raise RunError(f"no evaluations below {', '.join(map(str, options.sources))}")
        places = gathered(rows)
        copy(places, options.to)
    copies = rows.run.nunique() - len(places)
    trainings = len({place.partition("/")[0] for place in places})
    say(out, f"{options.to}: {counted(len(places), 'run')} of {counted(trainings, 'training')}"
        + (f"; {counted(copies, 'repeated run')} left out" if copies else ""), markup=False)  # fmt: skip
    return 0


def copy(places: dict[str, Path], to: Path) -> None:
    """Copy run folders to their places below `to`/runs. The folder appears when it is complete, or not at all.
    RunError if it cannot be written."""
    room = to.parent / f"{to.name}.{secrets.token_hex(4)}.tmp"
    try:
        for place, folder in places.items():
            shutil.copytree(folder, room / "runs" / place, ignore=NOT_COPIED)
        os.rename(room, to)
    except (OSError, shutil.Error) as error:
        cause = error if isinstance(error, OSError) and not isinstance(error, shutil.Error) else OSError(str(error))
        raise cannot_write(to, cause) from error
    finally:
        shutil.rmtree(room, ignore_errors=True)
