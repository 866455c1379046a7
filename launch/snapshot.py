"""The code and configuration that a job runs: a copy made at submission, so later edits of the checkout do no harm."""

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

import kage
from kage.launch.record import ORIGIN, origin
from kage.runs.run import RunError, cannot_write

CHECKOUT = ("kage", "launch", "analysis", "conf", "assets")  # the folders of the package; a wheel holds all in `kage`


def snapshot(into: Path) -> Path:
    """The folder below `into` with a copy of this code. Equal code has one copy, made when it is first needed."""
    root = Path(kage.__file__).parent.parent
    parts = ("kage",) if (root / "kage" / "launch").is_dir() else CHECKOUT
    files = sorted(path for part in parts for path in (root / part).rglob("*") if wanted(path))
    if missing := [part for part in parts if not (root / part).is_dir()]:
        raise RunError(f"{root} has no {', '.join(missing)}, so jobs cannot be given a copy of the code")
    content = {str(path.relative_to(root)): path.read_bytes() for path in files}
    content[ORIGIN] = json.dumps(origin(), indent=1).encode()
    digest = hashlib.sha256()
    for name, data in content.items():
        digest.update(f"{name}\n{len(data)}\n".encode() + data)
    target = into / f"code-{digest.hexdigest()[:10]}"
    if not target.is_dir():
        try:
            fill(target, content)
        except OSError as error:
            raise cannot_write(target, error) from error
    return target


def wanted(path: Path) -> bool:
    """True for a file of ours, False for a folder or a file that Python compiled."""
    return path.is_file() and "__pycache__" not in path.parts


def fill(target: Path, content: dict[str, bytes]) -> None:
    """Write the files into a folder beside the target, then rename that folder, so that no target is incomplete."""
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    try:
        work.chmod(0o755)
        for name, data in content.items():
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            (work / name).write_bytes(data)
        os.rename(work, target)
    except OSError:
        shutil.rmtree(work, ignore_errors=True)
        if not target.is_dir():  # otherwise another submission made it first
            raise
