"""Results that a page shows: trained by a script, kept in an archive beside the page, read from it for the tables."""

import contextlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from marks import kage, replace

from kage.analysis.collect import collect
from kage.launch.compose import cells
from kage.runs.packs import opened
from kage.runs.run import read_status

BEGIN = "<!-- tables: python docs/{}.py write -->\n"


@dataclass(frozen=True)
class Kept:
    """The results of one page. They lie in outputs/PAGE while they are made and in docs/PAGE.zip afterwards."""

    page: str  # docs/PAGE.md, without its ending
    script: str  # docs/SCRIPT.py, which makes the results

    @property
    def folder(self) -> Path:
        """Where results are trained; an experiment of the same name."""
        return Path("outputs") / self.page

    @property
    def pack(self) -> Path:
        """The archive of what is finished."""
        return Path(__file__).with_name(f"{self.page}.zip")

    def train(self, commands: Iterable[Sequence[str]]) -> None:
        """Perform `kage run` with these arguments, each in a process of its own, and keep the results after each.

        It begins with what the archive holds, and trains only what is missing."""
        if self.pack.exists() and not self.folder.exists():
            kage("merge", str(self.pack), "--to", str(self.folder))
        for arguments in commands:
            kage("run", *arguments, f"experiment={self.page}")
            kage("pack", str(self.folder), str(self.pack), "--license", "MIT")

    @contextlib.contextmanager
    def rows(self) -> Iterator[pd.DataFrame]:
        """The tidy rows of the finished runs in the archive; while it is open, their folders can be read. Exits with a
        line for each run that cannot be read.

        A page is trained for days, and the code goes on. All of its rows count as of one code: only changes that round
        sums differently and alter nothing else are allowed between them, and docs/design.md names those."""
        with opened([self.pack]) as sources:
            rows, faults = collect(sources.folders)
            if faults:
                sys.exit("\n".join(faults))
            done = [run for run in rows.run.unique() if read_status(Path(run))["state"] == "done"]
            yield rows[rows.run.isin(done)].assign(world="", code="")

    def write(self, *told: str) -> None:
        """Replace what stands between the marks of the page."""
        page = Path(__file__).with_name(f"{self.page}.md")
        replace(page, BEGIN.format(self.script), "\n\n".join(map(str.strip, told)) + "\n")


def trainings(*overrides: str) -> list[str]:
    """The benchmark's pairs as overrides, pair=..., those that share a training together; looks with most pairs
    first."""
    pairs: dict[str, list[str]] = {}
    for cell in cells(["suite=all", *overrides]):
        pairs.setdefault(cell.recipe.id, []).extend(case.pair for case in cell.cases if case.split == "eval")
    return [f"pair={','.join(some)}" for some in sorted(pairs.values(), key=len, reverse=True)]


def origin(rows: pd.DataFrame) -> str:
    """How many runs there are, when they were made, and with what."""
    attempts = [json.loads((Path(run) / "record.json").read_bytes())["attempts"][-1] for run in rows.run.unique()]
    days = sorted({attempt["time"][:10] for attempt in attempts})
    versions = {f"jax {attempt['versions']['jax']}, {attempt['device']}" for attempt in attempts}
    return f"{len(attempts)} runs, {' to '.join(dict.fromkeys((days[0], days[-1])))}, {'; '.join(sorted(versions))}."
