"""kage leaderboard: the words of its command line."""

import argparse
from pathlib import Path

from kage.analysis.page.leaderboard import write_leaderboard
from kage.analysis.select import RULES
from kage.console import console
from kage.params import ConfigError
from kage.runs.packs import refuse_others


def main(arguments: list[str]) -> int:
    """kage leaderboard SOURCE ... --to FILE."""
    parser = argparse.ArgumentParser(prog="kage leaderboard", description="methods x suites of several packs or "
                                     "results folders as one page, which needs no network")  # fmt: skip
    parser.add_argument("sources", type=Path, nargs="+", metavar="SOURCE", help="a pack (.zip), or a results folder")
    parser.add_argument("--to", type=Path, default=Path("leaderboard.html"), metavar="FILE", help="%(default)s")
    parser.add_argument("--at", choices=list(RULES), default="max", help="as for kage report")
    parser.add_argument("--reference", metavar="LABEL", help="as for kage report")
    options = parser.parse_args(arguments)
    refuse_others(options.sources)
    if options.to.suffix != ".html":
        raise ConfigError(f"--to={options.to} is not allowed: a page's name ends in .html; nearest valid: "
                          f"{options.to.with_suffix('.html')}")  # fmt: skip
    write_leaderboard(options.sources, options.to, console(), options.at, options.reference)
    return 0
