"""How a line is said on the console: the one way for all commands."""

from rich.console import Console


def say(console: Console, line: str, markup: bool = True) -> None:
    """One line, however long: files and pipes get it unbroken. markup: square brackets are rich's, else plain text."""
    console.print(line, highlight=False, soft_wrap=True, markup=markup)
