"""A table of text cells on the console and in Markdown."""

import re
import zlib
from dataclasses import dataclass
from typing import NamedTuple

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kage.console import say

LONGEST = 100  # bytes of a name in a file's name: file systems take 143 to 255 for the whole


class Cell(NamedTuple):
    """Text, and how much of its colour a gap's cell has in LaTeX: 0 none is lost, 1 all is."""

    text: str
    shade: float | None = None


@dataclass(frozen=True)
class View:
    """A table ready to be shown. Headers may have two lines; the first `left` columns hold names, others numbers."""

    name: str  # of its files
    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left: int = 1
    notes: tuple[str, ...] = ()  # lines below it
    quiet: bool = False  # for files and the page, not for the console


def print_view(view: View, console: Console) -> None:
    """The table under its title. A terminal gets the columns that fit and names the others; files get them all."""
    say(console, f"\n[bold]{escape(view.title)}[/]")
    width, everything = console.width, len(view.headers)
    for count in range(everything, view.left, -1):
        table = rich_table(view, count)
        needed = console.measure(table, options=console.options.update(max_width=10_000)).maximum
        if needed <= width or not console.is_terminal:
            break
    console.width = width if console.is_terminal else max(width, needed)
    console.print(table)
    console.width = width
    if count < everything:
        hidden = ", ".join(header.replace("\n", " ") for header in view.headers[count:])
        say(console, escape(f"too wide for this terminal: {hidden}"))
    for note in view.notes:
        say(console, escape(note))


def rich_table(view: View, count: int) -> Table:
    """The first columns; long names are folded, numbers stay whole."""
    table = Table()
    for i, header in enumerate(map(escape, view.headers[:count])):
        if i < view.left:
            table.add_column(header, max_width=40)
        else:
            table.add_column(header, justify="right", no_wrap=True)
    for row in view.rows:
        table.add_row(*(escape(cell.text) for cell in row[:count]))
    return table


def markdown(view: View) -> str:
    """A pipe table under its title."""
    align = ["---"] * view.left + ["---:"] * (len(view.headers) - view.left)
    lines = [view.headers, align, *([cell.text for cell in row] for row in view.rows)]
    table = ("| " + " | ".join(text.replace("\n", " ").replace("|", r"\|") for text in line) + " |" for line in lines)
    return "\n".join([view.title, "", *table, "", *(f"{note}  " for note in view.notes)])


def file_name(name: str) -> str:
    """A name as part of a file's name; of one that is too long the beginning, and a checksum of the whole."""
    plain = re.sub(r"[^\w.-]+", "_", name)
    if len(plain.encode()) <= LONGEST:
        return plain
    return f"{plain.encode()[: LONGEST - 9].decode(errors='ignore')}-{zlib.crc32(name.encode()):08x}"
