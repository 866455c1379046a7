"""Which code a training runs: digests of the sources that its world and its method import.

Runs with different code may give different numbers, so their results are not averaged. But a new method or a new world
does not change the runs of the others, and one digest of all code would separate them. So the world and the method
have one digest each. It covers the files that their modules import, found by following the import statements.
Comments and docstrings do not count: to explain code better is not to change it.
"""

import ast
import functools
import hashlib
import importlib.util
import io
import pkgutil
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from kage.recipe import Recipe

WORLD = ("kage.evaluate", "kage.train")  # measuring counts as world: the scores of all methods depend on it
EVERYWHERE = "kage"  # imports of this package are followed, and of the packages that hold the classes


def code_of(recipe: Recipe) -> dict[str, str]:
    """The digests `world` and `method` of the code that a recipe runs."""
    options = [recipe.agent, *(getattr(recipe, section) for section in recipe.agent.uses)]
    return {
        "world": digest([*WORLD, *modules_of(recipe.task())]),
        "method": digest([type(option).__module__ for option in options]),
    }


def modules_of(task: Any) -> Iterator[str]:
    """The modules of a task and of the task within it, if it wraps one."""
    while task is not None:
        yield type(task).__module__
        task = getattr(task, "task", None)


def digest(modules: Iterable[str]) -> str:
    """Ten hexadecimal digits of the sources of modules and of all that they import from `kage` and their packages."""
    packages = {EVERYWHERE, *(module.partition(".")[0] for module in modules)}
    seen: dict[str, Path] = {}
    waiting = sorted(set(modules))
    while waiting:
        module = waiting.pop()
        if module not in seen and (path := source(module)) is not None:
            seen[module] = path
            waiting += [name for name in imported(module, path) if name.partition(".")[0] in packages]
    content = hashlib.sha256()
    for module in sorted(seen):
        content.update(f"{module}\n{program(seen[module])}".encode())
    return content.hexdigest()[:10]


@functools.cache
def parsed(text: str) -> ast.Module:
    """The syntax tree of a source: it is walked for what is said and for what is imported."""
    return ast.parse(text)


@functools.cache
def program(path: Path) -> str:
    """What of a file is run."""
    return uncommented(path.read_text())


def uncommented(text: str) -> str:
    """A source without its comments, docstrings and blank lines. The rest stays as it is written, so that all versions
    of Python agree on it."""
    lines = text.rstrip("\n").split("\n")  # as Python counts lines: str.splitlines also ends one at a form feed
    spans, empty = [], set()  # spans: of characters, ((line, first), (line, end))
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            spans.append((token.start, token.end))
        elif token.type == tokenize.NL and not token.line.strip():
            empty.add(token.start[0])
    for node in ast.walk(parsed(text)):
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if documented and ast.get_docstring(node, clean=False) is not None:
            said = node.body[0]
            end = len(lines[said.end_lineno - 1].encode()[: said.end_col_offset].decode())  # it counts bytes
            spans.append(((said.lineno, said.col_offset), (said.end_lineno, end)))
    for (first, begin), (last, end) in sorted(spans, reverse=True):
        lines[first - 1] = (lines[first - 1][:begin] + lines[last - 1][end:]).rstrip()
        empty.update(range(first + 1 if lines[first - 1] else first, last + 1))
    return "\n".join(line for number, line in enumerate(lines, 1) if number not in empty)


@functools.cache
def source(module: str) -> Path | None:
    """The file of a module. None if the name is not a module, but for example a class in one."""
    try:
        spec = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        return None
    return Path(spec.origin) if spec is not None and spec.origin and spec.origin.endswith(".py") else None


@functools.cache
def imported(module: str, path: Path) -> tuple[str, ...]:
    """The modules that a file imports, also inside functions. `from a import b` gives a and a.b: b may be a module."""
    return tuple(dict.fromkeys(name for name in named(module, path) if name))


def named(module: str, path: Path) -> Iterator[str]:
    """The names in the import statements of a file, the names given to `lazy` as text, and for a package that looks for
    its own modules all of these."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    text = path.read_text()
    if package == module and "iter_modules(__path__)" in text:
        yield from (f"{module}.{found.name}" for found in pkgutil.iter_modules([str(path.parent)]))
    for node in ast.walk(parsed(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parent = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parent, *filter(None, [base])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "lazy":
            yield from (part.value for part in node.args if isinstance(part, ast.Constant))
