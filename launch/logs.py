"""kage logs: what runs said, in SLURM jobs and here, once or as it comes."""

import argparse
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from kage.launch.state import ALIVE
from kage.launch.status import EVERY, RunReport, select
from kage.runs.folders import LOG
from kage.runs.run import RunError


def main(arguments: list[str]) -> int:
    """kage logs WHAT, with -f until no run of it is alive."""
    parser = argparse.ArgumentParser(prog="kage logs", description="print what runs said, on SLURM and here")
    parser.add_argument("what", help="a folder, or part of a training's name below outputs/")
    parser.add_argument("-f", "--follow", action="store_true", help="go on until nothing of it runs or waits")
    options = parser.parse_args(arguments)
    runs, logs = select(options.what), Logs()
    if not (found := logs_of(runs)) and not options.follow:
        raise RunError(f"{options.what} has no logs: none of its runs has begun, or all ran before logs were kept")
    logs.show(found)
    while options.follow and any(run.state in ALIVE for run in runs):
        until = time.monotonic() + EVERY
        while time.monotonic() < until:
            time.sleep(0.5)
            logs.show(found)
        runs = select(options.what)
        found = logs_of(runs)
    if options.follow:
        logs.show(found)
    for path in () if options.follow else found:
        if path not in logs.read:
            print(f"==> {path} <==\n(its job has not begun)")
    return 0


def logs_of(runs: Sequence[RunReport]) -> list[Path]:
    """The logs of runs, each once: of their jobs, of submitit in these jobs, and of trainings outside of SLURM."""
    jobs = [Path(run.log) for run in runs if run.log]
    errors = [Path(run.log).parent / f"{run.job}_0_log.err" for run in runs if run.log]
    here = [run.folder.parent / LOG for run in runs]
    return [*dict.fromkeys([*jobs, *(path for path in (*errors, *here) if path.exists())])]


class Logs:
    """Prints files, each as far as it was not printed before."""

    def __init__(self):
        self.read: dict[Path, int] = {}  # bytes printed so far
        self.last: Path | None = None

    def show(self, paths: Iterable[Path]) -> None:
        """Print what the files hold now, below the name of the file wherever it changes."""
        for path in paths:
            if not path.exists():
                continue
            with open(path, "rb") as file:
                file.seek(self.read.setdefault(path, 0))
                text = file.read()
            if text:
                if path != self.last:
                    print(f"==> {path} <==")
                print(text.decode(errors="replace").removesuffix("\n"), flush=True)
                self.read[path] += len(text)
                self.last = path
