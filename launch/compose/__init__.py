"""From a command line to cells: Hydra finds the chosen options, `kage.params` checks the values, lists become grids.

    schema    sections, their dataclasses and defaults    tree      groups and options, and what a choice composes to
    files     the option files of a choice, merged        grid      axes, their combinations, seeds
    search    folders of further option files
    cells     points of a grid become typed cells         checks    refuse keys and options that do not exist
    overlay   changes of the evaluation look              names     of folders and studies
    overrides text as it was typed, and hints             written   numbers of files that are text
    errors    Hydra's errors in the form of ours          interpolation   ${key}, resolved last
"""

from kage.launch.compose.cells import cells, one_look, one_world
from kage.launch.compose.checks import refuse
from kage.launch.compose.grid import GRID_FLAGS, parse_seed
from kage.launch.compose.overrides import spelled
from kage.launch.compose.schema import register_schema
from kage.launch.compose.search import search_path
from kage.launch.compose.tree import CONF, composition

__all__ = ["CONF", "GRID_FLAGS", "cells", "composition", "one_look", "one_world", "parse_seed", "refuse",
           "register_schema", "search_path", "spelled"]  # fmt: skip
