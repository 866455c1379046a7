"""All filters. A file of this folder holds the filters of one idea, or a single filter; no list names the files.

Composing a command reads the declarations. So no file of this folder imports JAX before a picture is filtered;
`kage.look.filtering` applies the filters.
"""

import dataclasses
import importlib
import pkgutil

from kage.look.filter import FIELDS, ORDER, Filter
from kage.params import group


def declared() -> list[Filter]:
    """The filters of every file here: first those in the files of the ideas, then those in others, by file name."""
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    names.sort(key=lambda name: (name not in ORDER, name))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    # A filter that a file imports belongs to the other file.
    return [value for module in modules for value in vars(module).values()
            if isinstance(value, Filter) and value.function.__module__ == module.__name__]  # fmt: skip


FILTERS = sorted(declared(), key=lambda one: ORDER.index(one.idea))  # in the order of application
PARAMETERS = {
    name: parameter
    for one in sorted(FILTERS, key=lambda one: FIELDS.index(one.idea))
    for name, parameter in one.parameters.items()
}
Fields = dataclasses.make_dataclass(
    "Fields", [(name, one.kind, one.field) for name, one in PARAMETERS.items()], frozen=True, kw_only=True
)


@group("filters")
class FiltersConfig(Fields):
    """Parameters of the filters. Their order here is not the order of application."""
