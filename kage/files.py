"""Files that are replaced as a whole."""

import contextlib
import os
import secrets
from pathlib import Path


def replace(path: Path, data: bytes) -> None:
    """Replace a file: it holds either its old or its new content, also after a crash. Raises OSError."""
    temporary = path.parent / f"{path.name}.{secrets.token_hex(4)}.tmp"  # one for each writer
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
