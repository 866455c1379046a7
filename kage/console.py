"""How all commands print a line on the console."""

from rich.console import Console


def say(console: Console, line: str, markup: bool = True) -> None:
    """Print one line, however long, without breaking it. markup: read square brackets as rich's markup, not as text."""
    console.print(line, highlight=False, soft_wrap=True, markup=markup)
