"""kage list: the pairs of the benchmark with what each changes, the suites and the studies."""

import argparse
import json
import re
import sys
from collections.abc import Sequence

from rich.console import Console

from kage.console import console, say
from kage.launch.compose import cells, composition, search_path
from kage.launch.experiment import Cell
from kage.params import ConfigError

RELEASED = "released"  # the suite of pairs that change more than one axis


def main(arguments: list[str]) -> int:
    """kage list: print pairs, suites and studies; --json prints the pairs, for programs."""
    parser = argparse.ArgumentParser(prog="kage list", description="pairs with their effective change, suites, studies")
    parser.add_argument("--json", action="store_true", help="for each pair its suite, training look and change")
    parser.add_argument("searchpath", nargs="*", help="hydra.searchpath=[FOLDER]: with the option files there")
    options = parser.parse_intermixed_args(arguments)
    folders, others = search_path(options.searchpath)
    if others:
        raise ConfigError(f"{others[0]} is not allowed: kage list takes hydra.searchpath=[FOLDER] alone, kage plan "
                          "shows what other arguments do")  # fmt: skip
    pairs = {cell.shift.pair: cell for cell in cells(["pair=glob(*)", *options.searchpath])}
    pairs = dict(sorted(pairs.items(), key=lambda item: order(item[0])))
    if options.json:
        json.dump({name: described(cell) for name, cell in pairs.items()}, sys.stdout, indent=1)
        print()
    else:
        show(pairs, folders, console())
    return 0


def order(name: str) -> tuple[bool, str, int]:
    """The sort key of a pair: suites alphabetically, their pairs by number, and the suite `released` last."""
    suite, number = re.fullmatch(r"(.*?)_?(\d*)", name).groups()
    return suite.startswith(RELEASED), suite, int(number or 0)


def described(cell: Cell) -> dict:
    """One pair: suite, single_axis, train (all parameters of its training look), change (parameter: [train, eval])."""
    return {
        "suite": cell.shift.suite, "single_axis": cell.shift.suite != RELEASED, "train": cell.world.flat(),
        "change": cell.world.difference(cell.shifted),
    }  # fmt: skip


def show(pairs: dict[str, Cell], folders: Sequence[str], console: Console) -> None:
    """Print one line per pair, unbroken so that grep finds it whole; then suites and studies, also those of further
    folders of option files."""
    lines = [("pair", "training look", "effective change")]
    for name, cell in pairs.items():
        lines.append((name, ", ".join(cell.words[:-1]), cell.cases[-1].change))
    with composition(folders) as tree:
        lines += [(group, "", ", ".join(tree.options(group))) for group in ("suite", "study")]
    for name, look, change in lines:
        say(console, f"{name:<24}{look:<28}{change}", markup=False)
