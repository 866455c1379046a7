"""What a run was made with: code, versions, device, command."""

import hashlib
import json
import os
import platform
import socket
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import kage

ROOT = Path(kage.__file__).parent.parent
ORIGIN = "origin.json"  # in a copy of the code: commit and diff of the checkout that it was made from
PACKAGES = ("kage-bench", "jax", "jaxlib", "flax", "optax", "numpy")


def record() -> dict:
    """A JSON-ready description of this process."""
    import jax  # not above: those who only ask where they run do not start it

    device = jax.devices()[0]
    return {
        "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "host": socket.gethostname(), "command": sys.argv,
        "python": platform.python_version(), "versions": {name: version(name) for name in PACKAGES},
        "device": f"{device.platform}: {device.device_kind}", "code": code_version(),
    } | origin() | place()  # fmt: skip


def origin() -> dict:
    """Commit and diff of the code, None for an installed package."""
    if (ROOT / ORIGIN).exists():
        return json.loads((ROOT / ORIGIN).read_bytes())
    return {"commit": git("rev-parse", "HEAD"), "diff": git("diff", "HEAD")}


def place() -> dict:
    """The SLURM job that this process belongs to, and its node; empty outside one."""
    array, index = os.environ.get("SLURM_ARRAY_JOB_ID"), os.environ.get("SLURM_ARRAY_TASK_ID")
    job = f"{array}_{index}" if array else os.environ.get("SLURM_JOB_ID")
    return {"job": job, "node": os.environ.get("SLURMD_NODENAME")} if job else {}


def code_version() -> str:
    """Ten hexadecimal digits of the library's sources: runs with different ones may differ in their numbers."""
    root = Path(kage.__file__).parent
    sources = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        sources.update(f"{path.relative_to(root)}\n".encode() + path.read_bytes())
    return sources.hexdigest()[:10]


def git(*arguments: str) -> str | None:
    """The answer of git about the code's checkout, None outside one."""
    try:
        here = Path(__file__).parent
        done = subprocess.run(["git", *arguments], cwd=here, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
