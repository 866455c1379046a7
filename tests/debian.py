"""Programs that tests need, from Debian's packages if they are missing and root may install them."""

import os
import shutil
import subprocess
from collections.abc import Sequence

LOCK = "/tmp/kage-tests-apt.lock"  # apt-get cannot run twice at a time, and tests run side by side


def lacking(programs: Sequence[str], packages: Sequence[str]) -> str:
    """Why programs are not here, after an attempt to install the packages that have them; empty if they are."""
    if all(map(shutil.which, programs)):
        return ""
    names = " and ".join(programs)
    if os.geteuid() or not shutil.which("apt-get"):
        return f"{names} are missing and cannot be installed: not root, or no apt-get"
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(["flock", LOCK, "apt-get", "-qq", *command], capture_output=True, text=True, timeout=900,
                              env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})  # fmt: skip
        if done.returncode:
            return f"{names} cannot be installed: {done.stderr.strip().splitlines()[-1:]}"
    return ""
