"""What a run was made with: code, versions, device, command."""

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
from kage import registry
from kage.launch.sources import code_of
from kage.recipe import SECTIONS, Recipe

ROOT = Path(kage.__file__).parent.parent
ORIGIN = "origin.json"  # in a copy of the code: commit and diff of the checkout that it was made from
PACKAGES = ("kage-lab", "jax", "jaxlib", "flax", "optax", "numpy")


def record(recipe: Recipe | None = None) -> dict:
    """A JSON-ready description of this process, and of the code that a recipe runs."""
    import jax  # not at the top: callers of `place` must not start JAX

    device = jax.devices()[0]
    code = {} if recipe is None else {"code": code_of(recipe)}
    return {
        "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "host": socket.gethostname(), "command": command(),
        "python": platform.python_version(), "versions": {name: version(name) for name in packages(recipe)},
        "device": f"{device.platform}: {device.device_kind}",
    } | code | origin() | place()  # fmt: skip


def command() -> list[str]:
    """The command line, with the program's name alone: packs are published, and its folder is nobody's business."""
    program = Path(sys.argv[0]).name
    return ["kage" if program == "__main__.py" else program, *sys.argv[1:]]


def packages(recipe: Recipe | None) -> list[str]:
    """The packages whose versions can change results, with those that the recipe's options come from."""
    chosen = [] if recipe is None else [("family", recipe.family.name)]
    chosen += [] if recipe is None else [(section, getattr(recipe, section).name) for section in SECTIONS]
    return [*PACKAGES, *sorted({name for kind, name in chosen for name in [registry.package(kind, name)] if name})]


def origin() -> dict:
    """Commit and diff of the code; both are None for an installed package."""
    if (ROOT / ORIGIN).exists():
        return json.loads((ROOT / ORIGIN).read_bytes())
    return {"commit": git("rev-parse", "HEAD"), "diff": git("diff", "HEAD")}


def place() -> dict:
    """The SLURM job that this process belongs to, and its node; empty outside one."""
    array, index = os.environ.get("SLURM_ARRAY_JOB_ID"), os.environ.get("SLURM_ARRAY_TASK_ID")
    job = f"{array}_{index}" if array else os.environ.get("SLURM_JOB_ID")
    return {"job": job, "node": os.environ.get("SLURMD_NODENAME")} if job else {}


def git(*arguments: str) -> str | None:
    """What git prints for the checkout of the code, None if there is no checkout."""
    try:
        here = Path(__file__).parent
        done = subprocess.run(["git", *arguments], cwd=here, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
