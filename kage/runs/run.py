"""A run folder: everything that one seed of one training writes, as plain files.

    config.yaml     the whole resolved configuration
    record.json     commit, versions, device, command, times
    train.jsonl     one row per update interval
    eval.jsonl      one row per evaluation step, look and metric
    state.msgpack   the newest saved training state
    checkpoints/    policies kept at evaluations, step=<n>.msgpack
    status.json     state, step, last error
    lock            host and process of the writer, touched every few seconds while the writer lives, emptied at its end

There is no server and no database. A folder has one writer, whose lock ends with its process. Even if that process is
killed, a reader finds whole files: they are replaced by renaming, and a half-written last line is dropped.
"""

import contextlib
import fcntl
import itertools
import json
import os
import socket
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import msgpack
import yaml

from kage.runs import files
from kage.runs.files import RunError

TRAIN, EVAL = "train.jsonl", "eval.jsonl"
LOCK = "lock"
STATE, NEXT_STATE = "state.msgpack", "state.msgpack.next"
FORMAT = 1
HEARTBEAT = 5.0  # seconds between signs of life
INTACT = "; everything saved before is intact: remove the cause and repeat the command to continue from there"
SILENCE = 60.0  # after so many seconds of silence, a writer on another host is taken to be gone


class InUse(RunError):
    """Another process writes into this run folder. `elsewhere`: it is on another host, and may be gone already."""

    elsewhere = False


def write(path: Path, data: bytes) -> None:
    """Replace a file of a run folder as a whole: it holds either its old or its new content, also after a crash."""
    files.write(path, data, INTACT)


def cannot_write(path: Path, error: OSError) -> RunError:
    """The error for a file of a run folder that cannot be written."""
    return files.cannot_write(path, error, INTACT)


@contextlib.contextmanager
def damage(name: object) -> Iterator[None]:
    """Turn any error about a file that is read inside this context into a RunError that names the file."""
    try:
        yield
    except OSError as error:
        raise RunError(f"{name}: {error.strerror}") from None
    except (yaml.YAMLError, LookupError, TypeError, AttributeError, ValueError) as error:
        why = " ".join(f"{type(error).__name__}: {error}".split())
        raise RunError(f"{name} is damaged ({why})") from None


def read_rows(path: Path) -> list[dict]:
    """The rows of a JSON-lines file; an unfinished last line is dropped. RunError names a damaged line."""
    if not path.exists():
        return []
    *lines, _ = path.read_bytes().split(b"\n")
    with contextlib.suppress(ValueError):
        rows = json.loads(b"[%b]" % b",".join(lines))  # all at once: twice as fast as line by line
        if len(rows) == len(lines):
            return rows
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
    from flax import serialization  # imports JAX, which takes a second: readers of rows do not wait for it

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
    """The folder of one seed, opened for writing. Use as a context manager; InUse if another process has it.

    A lock of the file system keeps out other processes of the same host. Between hosts such locks may not work. There
    the writer's sign of life is used: a thread touches the lock file as long as the process lives. A process that is
    suspended gives no sign of life, so a process on another host may take its place. The suspended one finds that out
    when it goes on, and writes nothing more.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.who = {"host": socket.gethostname(), "pid": os.getpid()}
        self._lock = None

    def __enter__(self) -> "Run":
        path = self.folder / LOCK
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = open(path, "a+b")  # noqa: SIM115, kept open: closing it releases the lock
            locked = lock_file(lock)
        except OSError as error:
            raise cannot_write(path, error) from error
        writer = read_writer(lock)
        if not locked or lives_elsewhere(writer, os.fstat(lock.fileno()).st_mtime, self.folder):
            lock.close()
            who = f"host {writer['host']}, pid {writer['pid']}" if writer else "an unknown process"
            error = InUse(f"{self.folder} is in use by {who}; wait for it, or stop it, and repeat")
            error.elsewhere = locked
            raise error
        self._lock, self._left = lock, threading.Event()
        try:
            lock.truncate(0)
            lock.write(json.dumps(self.who).encode())
            lock.flush()
        except OSError as error:
            self.__exit__()
            raise cannot_write(path, error) from error
        threading.Thread(target=beat, args=(path, self._left), daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        if self._lock is not None:
            self._left.set()
            with contextlib.suppress(OSError):
                if self.successor() is None:
                    self._lock.truncate(0)
            self._lock.close()
            self._lock = None

    def successor(self) -> dict | None:
        """Host and pid of the process that took this folder over; None while it belongs to this process."""
        with open(self.folder / LOCK, "rb") as lock:  # opened anew, because only then other hosts' changes are seen
            writer = read_writer(lock)
        return writer if writer and writer != self.who else None

    def refuse_if_taken_over(self) -> None:
        """RunError if a process on another host took this folder over, while this process was suspended."""
        try:
            writer = self.successor() if self._lock is not None else None
        except OSError as error:
            raise cannot_write(self.folder / LOCK, error) from error
        if writer:
            raise RunError(f"{self.folder} was taken over by host {writer['host']}, pid {writer['pid']}, because this "
                           f"process gave no sign of life for {SILENCE:.0f} s; it writes nothing more")  # fmt: skip

    def put_aside(self) -> Path:
        """Rename the folder to a new name beside it, begin an empty folder, and return the renamed one."""
        names = (self.folder.with_name(f"replaced-{self.folder.name}-{n}") for n in itertools.count(1))
        aside = next(path for path in names if not path.exists())
        try:
            os.rename(self.folder, aside)
        except OSError as error:
            raise cannot_write(aside, error) from error
        self.__exit__()
        self.__enter__()
        return aside

    def describe(self, config: dict, record: dict) -> None:
        """Write config.yaml and record.json; times of earlier attempts are kept in the record."""
        path = self.folder / "record.json"
        attempts = json.loads(path.read_bytes())["attempts"] if path.exists() else []
        write(self.folder / "config.yaml", yaml.safe_dump(config, sort_keys=False).encode())
        write(path, json.dumps({"attempts": [*attempts, record]}, indent=1).encode())

    def log(self, name: str, rows: Sequence[dict]) -> None:
        """Append rows to TRAIN or EVAL, all of them or none; an unfinished last line is removed first."""
        self.refuse_if_taken_over()
        path = self.folder / name
        whole = path.read_bytes().rfind(b"\n") + 1 if path.is_file() else 0
        try:
            with open(path, "ab") as file:
                if file.tell() > whole:
                    file.truncate(whole)
                file.write(to_lines(rows))
        except OSError as error:
            with contextlib.suppress(OSError):
                os.truncate(path, whole)  # the first rows of a look would be taken for all its rows
            raise cannot_write(path, error) from error

    def rewind(self, step: int) -> None:
        """Remove rows logged after `step`, because training continues from there and will log them again."""
        for name in (TRAIN, EVAL):
            if (self.folder / name).exists():
                write(self.folder / name, to_lines(row for row in read_rows(self.folder / name) if row["step"] <= step))

    def checkpoint(self, step: int, params: Any) -> None:
        """Keep a policy for later evaluations."""
        self.refuse_if_taken_over()
        write(self.folder / "checkpoints" / f"step={step}.msgpack", pack(step, params))

    def status(self, state: str, step: int, **more) -> None:
        """Write status.json."""
        self.refuse_if_taken_over()
        content = {"state": state, "step": step, "time": time.time()} | self.who | more
        write(self.folder / "status.json", json.dumps(content, indent=1).encode())


def beat(path: Path, left: threading.Event) -> None:
    """Touch the lock file until its writer has left."""
    while not left.wait(HEARTBEAT):
        with contextlib.suppress(OSError):  # the next beat may succeed
            os.utime(path)


def lock_file(lock: IO) -> bool:
    """Take the lock of an open file; False if a process has it. A reader may hold it for a moment, see `in_use`."""
    for _ in range(20):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(0.01)
    return False


def read_writer(lock: IO) -> dict | None:
    """Host and pid of the last writer of the lock file; None if this writer has left."""
    try:
        lock.seek(0)
        return json.loads(lock.read())
    except ValueError:
        return None


def lives_elsewhere(writer: dict | None, beaten: float, folder: str | Path) -> bool:
    """True if the writer is on another host and gave a sign of life just now. On this host, the lock is enough."""
    return writer is not None and writer["host"] != socket.gethostname() and now_of(folder) - beaten < SILENCE


def now_of(folder: str | Path) -> float:
    """The time by the clock that stamps the files of a folder. On a network that is the file server's clock, and the
    clocks of hosts may differ from it by minutes. Where nothing can be written, this host's own clock."""
    probe = os.path.join(folder, f".now-{socket.gethostname()}-{os.getpid()}")
    try:
        with open(probe, "wb"):
            return os.stat(probe).st_mtime
    except OSError:
        return time.time()
    finally:
        with contextlib.suppress(OSError):
            os.unlink(probe)


def in_use(folder: Path) -> bool:
    """True if a process writes into the folder, on this host or on another."""
    try:
        path = os.path.join(folder, LOCK)
        if not os.stat(path).st_size:  # its writer has left
            return False
        with open(path, "rb") as lock:
            writer = read_writer(lock)
            if writer is None:
                return False
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return lives_elsewhere(writer, os.fstat(lock.fileno()).st_mtime, folder)
    except BlockingIOError:
        return True
    except OSError:
        return False


def read_status(folder: Path) -> dict:
    """status.json of a run folder, {"state": "new", "step": 0} if the file is missing or damaged."""
    with contextlib.suppress(OSError, ValueError):
        with open(os.path.join(folder, "status.json"), "rb") as file:
            status = json.loads(file.read())
        if isinstance(status, dict) and type(status.get("state")) is str and type(status.get("step")) is int:
            return status
    return {"state": "new", "step": 0}


def checkpoints(folder: Path) -> dict[int, Path]:
    """Kept policies of a run folder, by step."""
    found = {int(path.stem.removeprefix("step=")): path for path in (folder / "checkpoints").glob("step=*.msgpack")}
    return dict(sorted(found.items()))


def save_together(runs: Sequence[Run], step: int, states: Sequence[Any]) -> None:
    """Save the states of seeds trained together so that, even if this is killed, all of them resume at one step.

    First every new state is written in full beside the old one. Only then are all of them renamed.
    """
    for run, state in zip(runs, states, strict=True):
        run.refuse_if_taken_over()
        write(run.folder / NEXT_STATE, pack(step, state))
    for run in runs:
        try:
            os.replace(run.folder / NEXT_STATE, run.folder / STATE)
        except OSError as error:
            raise cannot_write(run.folder / STATE, error) from error


def restore_together(runs: Sequence[Run], like: Any) -> tuple[int, list[Any]] | None:
    """Step and states from which seeds trained together continue, None if they have not saved yet.

    A save killed between its renames is completed here. `like`: a state of one seed, for its structure.
    """
    from flax import serialization

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
        for left in (waiting, *run.folder.glob("**/*.msgpack*.tmp")):  # files left by writers that were killed
            left.unlink(missing_ok=True)
    if newest is None:
        return None
    try:
        return newest, [serialization.from_bytes(like, unpack(run.folder / STATE)[1]) for run in runs]
    except ValueError as error:
        raise RunError(f"{runs[0].folder / STATE} was saved by a version of the code whose state has another form: "
                       f"{error}; continue with that version, or move {runs[0].folder.parent} away and repeat the "
                       "command to train again from the start") from None  # fmt: skip
