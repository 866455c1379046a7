"""A run folder: everything that one seed of one training leaves behind, as plain files.

    config.yaml     the whole resolved configuration
    record.json     commit, versions, device, command, times
    train.jsonl     one row per update interval
    eval.jsonl      one row per evaluation step, look and metric
    state.msgpack   the newest saved training state
    checkpoints/    policies kept at evaluations, step=<n>.msgpack
    status.json     state, step, heartbeat, last error

No server, no database; one writer per folder, held by a lock that dies with its process. Whatever kills that
process, a reader finds whole files: they are replaced by renaming, and a half-written last line is dropped.
"""

import contextlib
import fcntl
import json
import os
import socket
import time
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgpack
import yaml
from flax import serialization

from kage import files

TRAIN, EVAL = "train.jsonl", "eval.jsonl"
STATE, NEXT_STATE = "state.msgpack", "state.msgpack.next"
FORMAT = 1


class RunError(RuntimeError):
    """A run folder cannot be used; the message says which file, why, and what to do."""


def write(path: Path, data: bytes) -> None:
    """Replace a file as a whole: it holds either its old or its new content, also after a crash."""
    try:
        files.replace(path, data)
    except OSError as error:
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> RunError:
    """The one message about a full disk, a read-only folder and their like."""
    return RunError(f"cannot write {path}: {error.strerror}; what was saved before is intact, "
                    "mend it and repeat the command to continue from there")  # fmt: skip


def read_rows(path: Path) -> list[dict]:
    """The rows of a JSON-lines file; an unfinished last line is dropped. RunError names a damaged line."""
    if not path.exists():
        return []
    *lines, _ = path.read_bytes().split(b"\n")
    rows = []
    for number, line in enumerate(lines, 1):
        try:
            rows.append(json.loads(line))
        except ValueError:
            raise RunError(f"{path}, line {number} is not JSON: the file is damaged; delete that line, or move the "
                           "run folder away and repeat the command") from None  # fmt: skip
    return rows


def to_lines(rows: Iterable[dict]) -> bytes:
    """Rows as JSON lines."""
    return b"".join(json.dumps(row, separators=(",", ":")).encode() + b"\n" for row in rows)


def pack(step: int, state: Any) -> bytes:
    """A training state with its step and a checksum."""
    payload = serialization.to_bytes(state)
    return msgpack.packb({"format": FORMAT, "step": step, "crc32": zlib.crc32(payload), "state": payload})


def unpack(path: Path) -> tuple[int, bytes]:
    """Step and serialized state of a file written by `pack`; RunError if it is damaged."""
    try:
        content = msgpack.unpackb(path.read_bytes())
        whole = content["format"] == FORMAT and zlib.crc32(content["state"]) == content["crc32"]
    except (ValueError, KeyError, TypeError, msgpack.exceptions.UnpackException):
        whole = False
    if not whole:
        raise RunError(f"{path} is damaged and cannot be continued from; its results so far are intact. Move it away "
                       "and repeat the command to train this seed again from the start")  # fmt: skip
    return content["step"], content["state"]


class Run:
    """The folder of one seed, opened for writing. Use as a context manager; RunError if another process has it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._lock = None

    def __enter__(self) -> "Run":
        path = self.folder / "lock"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = open(path, "a+b")  # noqa: SIM115, kept open: closing it gives the lock up
        except OSError as error:
            raise cannot_write(path, error) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().decode() or "an unknown process"
            lock.close()
            raise RunError(f"{self.folder} is in use by {holder}; wait for it, or stop it, and repeat") from None
        self._lock = lock
        try:
            lock.truncate(0)
            lock.write(f"host {socket.gethostname()}, pid {os.getpid()}".encode())
            lock.flush()
        except OSError as error:
            self.__exit__()
            raise cannot_write(path, error) from error
        return self

    def __exit__(self, *_) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def describe(self, config: dict, record: dict) -> None:
        """Write config.yaml and record.json; times of earlier attempts are kept in the record."""
        path = self.folder / "record.json"
        attempts = json.loads(path.read_bytes())["attempts"] if path.exists() else []
        write(self.folder / "config.yaml", yaml.safe_dump(config, sort_keys=False).encode())
        write(path, json.dumps({"attempts": [*attempts, record]}, indent=1).encode())

    def log(self, name: str, rows: Sequence[dict]) -> None:
        """Append rows to TRAIN or EVAL in one write."""
        path = self.folder / name
        length = path.stat().st_size if path.exists() else 0
        try:
            with open(path, "ab") as file:
                file.write(to_lines(rows))
        except OSError as error:
            with contextlib.suppress(OSError):
                os.truncate(path, length)  # no half line; one that stays is dropped when read
            raise cannot_write(path, error) from error

    def rewind(self, step: int) -> None:
        """Forget rows logged after `step`: training goes on from there and will log them again."""
        for name in (TRAIN, EVAL):
            if (self.folder / name).exists():
                write(self.folder / name, to_lines(row for row in read_rows(self.folder / name) if row["step"] <= step))

    def checkpoint(self, step: int, params: Any) -> None:
        """Keep a policy for later evaluations."""
        write(self.folder / "checkpoints" / f"step={step}.msgpack", pack(step, params))

    def status(self, state: str, step: int, **more) -> None:
        """Write status.json with a heartbeat."""
        who = {"host": socket.gethostname(), "pid": os.getpid()}
        content = {"state": state, "step": step, "heartbeat": time.time()} | who | more
        write(self.folder / "status.json", json.dumps(content, indent=1).encode())


def read_status(folder: Path) -> dict:
    """status.json of a run folder, {"state": "new"} if there is none or it is unreadable."""
    try:
        return json.loads((folder / "status.json").read_bytes())
    except (OSError, ValueError):
        return {"state": "new", "step": 0}


def checkpoints(folder: Path) -> dict[int, Path]:
    """Kept policies of a run folder, by step."""
    found = {int(path.stem.removeprefix("step=")): path for path in (folder / "checkpoints").glob("step=*.msgpack")}
    return dict(sorted(found.items()))


def save_together(runs: Sequence[Run], step: int, states: Sequence[Any]) -> None:
    """Save the states of seeds trained together so that, whenever this is killed, all of them resume at one step.

    First every new state is written in full beside the old one, only then are they renamed.
    """
    for run, state in zip(runs, states, strict=True):
        write(run.folder / NEXT_STATE, pack(step, state))
    for run in runs:
        try:
            os.replace(run.folder / NEXT_STATE, run.folder / STATE)
        except OSError as error:
            raise cannot_write(run.folder / STATE, error) from error


def restore_together(runs: Sequence[Run], like: Any) -> tuple[int, list[Any]] | None:
    """Step and states that seeds trained together continue from, None if they have not saved yet.

    A save killed between its renames is completed here. `like`: a state of one seed, for its structure.
    """
    steps = {}
    for run in runs:
        path = run.folder / STATE
        steps[run] = unpack(path)[0] if path.exists() else None
    newest = max((step for step in steps.values() if step is not None), default=None)
    for run in runs:
        waiting = run.folder / NEXT_STATE
        if steps[run] != newest and newest is not None:
            if not waiting.exists() or unpack(waiting)[0] != newest:
                raise RunError(f"{run.folder} is at step {steps[run]}, the seeds trained with it at {newest}: move "
                               f"{STATE} of all of them away and repeat the command")  # fmt: skip
            os.replace(waiting, run.folder / STATE)
        waiting.unlink(missing_ok=True)
    if newest is None:
        return None
    return newest, [serialization.from_bytes(like, unpack(run.folder / STATE)[1]) for run in runs]
