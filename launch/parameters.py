"""kage params: meaning, unit, default and allowed values of every parameter, as the code declares them."""

import argparse
import dataclasses
import inspect
import typing
from collections.abc import Iterator, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kage import registry
from kage.console import console, say
from kage.launch.compose.schema import SECTIONS, TASK, classes
from kage.launch.experiment import PLAIN
from kage.params import Spec, allowed, fault, nearest, value_text

PLAIN_MEANING = {  # key without a dataclass -> what is allowed, and what it means
    "seed": ("a whole number, 0 .. 4294967295", "one seed, or several: `'seed=range(10)'`"),
    "outputs": ("a folder", "where experiments are kept"),
    "experiment": ("a name", "folder below `outputs`; commands with the same one add to each other"),
    "eval": ("a mapping of parameters", "what the evaluation look changes of the training look"),
    "sweep": ("a list of overrides", "the grid of a suite or study file, whose first line is `# @package _global_`"),
}
HEADERS = ("parameter", "default", "allowed", "unit", "meaning")

Row = tuple[str, str, str, str, str]  # a cell for each of HEADERS


def main(arguments: list[str]) -> int:
    """kage params [GROUP]."""
    parser = argparse.ArgumentParser(prog="kage params", description="what every parameter means and may be; "
                                     "docs/parameters.md shows pictures of them")  # fmt: skip
    parser.add_argument("group", nargs="?", help="only those of a group, filters, or only one, filters.hue_shift")
    options = parser.parse_args(arguments)
    groups = list(every_group())
    if options.group is not None:
        groups = chosen(options.group, groups)
    for title, about, rows in groups:
        show(title, about, rows, console())
    say(console(), "option files set other values than these defaults: kage run --cfg job ARGS shows a command's own")
    return 0


def every_group() -> Iterator[tuple[str, str, list[Row]]]:
    """Name, purpose and parameters of every group; of one with several options, of each option."""
    families = [registry.family(name) for name in registry.names("family")]
    for key in dict.fromkeys(key for family in families for key in family.sections if key != TASK):
        for cls in dict.fromkeys(family.sections[key] for family in families if key in family.sections):
            yield key, summary(cls), rows_of(key, cls)
    for key in SECTIONS:
        for cls in dict.fromkeys(classes(key)):
            yield key, summary(cls), rows_of(key, cls)
    plain = [(key, value_text(value), *PLAIN_MEANING[key]) for key, value in PLAIN.items()]
    yield "", "Everything else.", [(key, default, values, "", doc) for key, default, values, doc in plain]


def summary(cls: type) -> str:
    """The first paragraph of a class's docstring."""
    return " ".join((inspect.getdoc(cls) or "").split("\n\n")[0].split())


def rows_of(key: str, cls: type) -> list[Row]:
    """The parameters that a class declares."""
    hints, rows = typing.get_type_hints(cls), []
    for field in dataclasses.fields(cls):
        if "spec" not in field.metadata:  # a group of its own
            continue
        spec: Spec = field.metadata["spec"]
        default = field.default_factory() if field.default is dataclasses.MISSING else field.default
        name = f"{key}.{field.name}" if key else field.name
        rows.append((name, value_text(default) or "''", allowed(hints[field.name], spec), spec.unit, spec.doc))
    return rows


def chosen(name: str, groups: Sequence[tuple[str, str, list[Row]]]) -> list[tuple[str, str, list[Row]]]:
    """The groups of this name, or the one parameter of this name. ConfigError if there is neither."""
    name = name.removeprefix("eval.")
    if found := [group for group in groups if name and group[0] == name]:
        return found
    alone = [(title, about, [row for row in rows if row[0] == name]) for title, about, rows in groups]
    if found := [group for group in alone if group[2]]:
        return found
    titles = [*dict.fromkeys(title for title, _, _ in groups if title)]
    keys = [row[0] for _, _, rows in groups for row in rows]
    raise fault("GROUP", name, f"one of {', '.join(titles)}, or a parameter of these", nearest(name, [*titles, *keys]))


def show(title: str, about: str, rows: Sequence[Row], console: Console) -> None:
    """Print one group."""
    say(console, f"[bold]{escape(f'{title}: {about}' if title else about)}[/]")
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for header in HEADERS:
        table.add_column(header, no_wrap=header == "parameter", overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    console.print(table)
