"""How all commands print on the console."""

import contextlib
import os
import sys

from rich.console import Console

WIDE = 10_000  # columns where no terminal limits them: rows of a table stay whole for grep and for logs


class NobodyReads(SystemExit):
    """The reader of a pipe, for example head, has ended before the command."""


class Piped(Console):
    """A console that raises `NobodyReads` when its pipe is closed."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        leave_pipe()
        raise NobodyReads(1)


def leave_pipe() -> None:
    """Send what is still printed nowhere: else Python, which flushes at its end, would print a traceback."""
    with contextlib.suppress(OSError, ValueError):  # without a file below it there is nothing to do
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def console() -> Console:
    """The console of a command: as wide as the terminal, or as wide as the content in a pipe or a file. The environment
    variable COLUMNS sets the width in both cases."""
    found = Piped()
    if not found.is_terminal and "COLUMNS" not in os.environ:
        found.width = WIDE
    return found


def say(console: Console, line: str, markup: bool = True) -> None:
    """Print one line, however long, without breaking it. markup: read square brackets as rich's markup, not as text."""
    console.print(line, highlight=False, soft_wrap=True, markup=markup)


def counted(count: int, what: str) -> str:
    """1 training, 2 trainings."""
    return f"{count} {what}{'s' * (count != 1)}"


def duration(seconds: float) -> str:
    """Seconds, minutes or hours, for people."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
