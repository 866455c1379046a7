"""Where numbers come from: commands, commits, versions, devices and hours of the runs below a report."""

import json
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from kage.analysis.collect import code_versions
from kage.runs.folders import ranges
from kage.runs.run import read_status

UNKNOWN = "unknown"


@dataclass
class Provenance:
    """What a set of runs was made with."""

    trainings: list[dict] = field(default_factory=list)  # a line of the table each
    commands: dict[str, int] = field(default_factory=dict)  # command line -> runs
    versions: dict[str, int] = field(default_factory=dict)  # "jax 0.9, flax 0.12" -> runs
    hours: float | None = None  # of training and evaluating, where it was recorded


def provenance(rows: pd.DataFrame) -> Provenance:
    """Read record.json and status.json of every run of tidy rows. Hours and gigabytes are None where unknown."""
    found = Provenance()
    runs = rows.drop_duplicates("run").sort_values(["agent", "training", "seed"])
    last = rows.groupby("training_id", observed=True).step.max()
    for (agent, budget, training, identity), own in runs.groupby(
        ["agent", "budget", "training", "training_id"], observed=True, sort=False
    ):
        folders = [Path(run) for run in own.run]
        attempts = [read_attempts(folder) for folder in folders]
        for of_run in attempts:
            for command in {command_of(attempt) for attempt in of_run}:
                found.commands[command] = found.commands.get(command, 0) + 1
            for versions in {versions_of(attempt) for attempt in of_run}:
                found.versions[versions] = found.versions.get(versions, 0) + 1
        every = [attempt for of_run in attempts for attempt in of_run]
        statuses = [read_status(folder) for folder in folders]
        hours, memory = spent(folders, statuses), peak(statuses)
        found.hours = hours if found.hours is None else found.hours + (hours or 0)
        found.trainings.append({
            "training": training, "agent": agent, "budget": budget, "training_id": identity,
            "seeds": ranges(own.seed), "steps": int(last[identity]),
            "states": ", ".join(f"{n} {state}" for state, n in own.state.value_counts().items() if n),
            "commits": several(map(commit_of, every)), "code": several(map(code_of, every)),
            "device": several(attempt.get("device") for attempt in every),
            "hours": hours, "gigabytes": memory, "learning": share_of_learning(statuses),
        })  # fmt: skip
    return found


def read_attempts(folder: Path) -> list[dict]:
    """What record.json tells; nothing if there is none, or it is damaged."""
    try:
        return list(json.loads((folder / "record.json").read_bytes())["attempts"])
    except (OSError, ValueError, LookupError, TypeError):
        return []


def peak(statuses: Iterable[dict]) -> float | None:
    """The most GB of main memory, or of a device where that is more, that a process used; None where none tells."""
    return max((max(status["host_bytes"], status.get("device_bytes", 0)) / 2**30
                for status in statuses if "host_bytes" in status), default=None)  # fmt: skip


def share_of_learning(statuses: Iterable[dict]) -> str:
    """The share of the time that went into compiled training; the rest compiles, measures and saves."""
    known = [status for status in statuses if status.get("wall_seconds")]
    wall = sum(status["wall_seconds"] for status in known)
    return f"{100 * sum(status.get('train_seconds', 0) for status in known) / wall:.0f} %" if wall else UNKNOWN


def spent(folders: Sequence[Path], statuses: Sequence[dict]) -> float | None:
    """Hours of training and evaluating, None where no run recorded them; seeds trained together spent them together."""
    blocks: dict[tuple, float] = {}
    for folder, status in zip(folders, statuses):
        if "train_seconds" in status:
            key = tuple(status.get("block") or (folder.name,))
            seconds = status["train_seconds"] + status.get("eval_seconds", 0)
            blocks[key] = max(blocks.get(key, 0.0), seconds)
    return sum(blocks.values()) / 3600 if blocks else None


def command_of(attempt: dict) -> str:
    """The command line, with the program's name instead of its place."""
    program, *arguments = attempt.get("command") or [UNKNOWN]
    return " ".join([Path(program).name, *map(shlex.quote, arguments)])


def commit_of(attempt: dict) -> str:
    """The commit's first ten digits, and whether files were changed since."""
    commit = attempt.get("commit") or ""
    return commit[:10] + (" + changes" if commit and attempt.get("diff") else "")


def code_of(attempt: dict) -> str:
    """The digests of world and method, one where they are the same."""
    return " / ".join(dict.fromkeys(code_versions(attempt)))


def versions_of(attempt: dict) -> str:
    """Python and packages."""
    packages = {"python": attempt.get("python", UNKNOWN)} | attempt.get("versions", {})
    return ", ".join(f"{name} {version}" for name, version in packages.items())


def several(names: Iterable[str | None]) -> str:
    """Every name once."""
    return ", ".join(dict.fromkeys(name or UNKNOWN for name in names)) or UNKNOWN
