"""cluster.notify: say that an experiment has ended, by a command or a URL of the user's."""

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from kage.console import say
from kage.launch.state import state
from kage.runs.folders import run_folders

SECONDS = 60  # after so long, the command is ended and the URL given up
WEB = ("http://", "https://")


def notify(target: str | None, folders: Iterable[Path], console: Console) -> None:
    """Tell `target` what became of the runs below the folders of experiments; nothing without a target.

    A URL gets the message by POST, as JSON: {"experiments": [folder, ...], "states": {"done": 4, "failed": 1}}. A
    command is run by a shell, with the message as its input and in words in the variable KAGE_MESSAGE. If that fails,
    it is printed: results are never lost for it.
    """
    if target is None:
        return
    roots = sorted({str(folder) for folder in folders})
    states = Counter(state(folder) for folder in run_folders(map(Path, roots))[0])
    body = json.dumps({"experiments": roots, "states": dict(states)})
    words = f"{', '.join(roots)}: " + ", ".join(f"{count} {name}" for name, count in states.items())
    try:
        if target.startswith(WEB):
            import urllib.request  # only here: it takes a while

            request = urllib.request.Request(target, body.encode(), {"Content-Type": "application/json"})
            urllib.request.urlopen(request, timeout=SECONDS).close()
        else:
            subprocess.run(target, shell=True, input=body, text=True, timeout=SECONDS, check=True,
                           env=os.environ | {"KAGE_MESSAGE": words})  # fmt: skip
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        say(console, f"[yellow]warning[/] cluster.notify={escape(target)} failed: {escape(str(error))}")
