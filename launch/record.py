"""What a run was made with: code, versions, device, command."""

import platform
import socket
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import jax

PACKAGES = ("kage-bench", "jax", "jaxlib", "flax", "optax", "numpy")


def record() -> dict:
    """A JSON-ready description of this process."""
    device = jax.devices()[0]
    return {
        "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "host": socket.gethostname(), "command": sys.argv,
        "python": platform.python_version(), "versions": {name: version(name) for name in PACKAGES},
        "device": f"{device.platform}: {device.device_kind}", "commit": git("rev-parse", "HEAD"),
        "diff": git("diff", "HEAD"),
    }  # fmt: skip


def git(*arguments: str) -> str | None:
    """The answer of git about the code's checkout, None outside one."""
    try:
        here = Path(__file__).parent
        done = subprocess.run(["git", *arguments], cwd=here, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
