"""How all commands print on the console."""

import os

from rich.console import Console

WIDE = 10_000  # columns where no terminal limits them: rows of a table stay whole for grep and for logs


def console() -> Console:
    """The console of a command: as wide as the terminal, or as wide as the content in a pipe or a file. The environment
    variable COLUMNS sets the width in both cases."""
    found = Console()
    if not found.is_terminal and "COLUMNS" not in os.environ:
        found.width = WIDE
    return found


def say(console: Console, line: str, markup: bool = True) -> None:
    """Print one line, however long, without breaking it. markup: read square brackets as rich's markup, not as text."""
    console.print(line, highlight=False, soft_wrap=True, markup=markup)
