"""Files that are replaced as a whole."""

import contextlib
import os
import secrets
from pathlib import Path


def replace(path: Path, data: bytes) -> None:
    """Replace a file: it holds either its old or its new content, also after a crash. Raises OSError."""
    temporary = path.parent / f"{path.name}.{secrets.token_hex(4)}.tmp"  # a separate one for each writer
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):  # a read-only folder holds no temporary file either
            temporary.unlink(missing_ok=True)
        raise


class RunError(RuntimeError):
    """A run folder or a file cannot be used; the message says which, why, and what to do."""


def write(path: Path, data: bytes, advice: str = "") -> None:
    """`replace`, with one RunError for a full disk, a read-only folder and similar causes."""
    try:
        replace(path, data)
    except OSError as error:
        raise cannot_write(path, error, advice) from error


def cannot_write(path: Path, error: OSError, advice: str = "") -> RunError:
    """The error for a file that cannot be written; advice: what the user should do."""
    return RunError(f"cannot write {path}: {error.strerror or error}{advice}")
