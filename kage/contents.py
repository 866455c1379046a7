"""Digests of what files hold, by which pictures are known in ids: their paths do not count.

A command reads each file once: inside `one_view`, whatever is asked again is answered from memory. So all that one
command composes is of the same files, even if somebody replaces one of them meanwhile.
"""

import contextlib
import functools
import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from pathlib import Path

VIEW: ContextVar[dict | None] = ContextVar("VIEW", default=None)  # the answers of a command; None: ask the disk


@contextlib.contextmanager
def one_view() -> Iterator[None]:
    """Inside this context every question to the disk that is asked with `seen` is asked once."""
    token = VIEW.set({})
    try:
        yield
    finally:
        VIEW.reset(token)


def seen(question: Callable, *arguments) -> object:
    """The answer of `question` to hashable arguments, within `one_view` from memory if it was asked before."""
    view = VIEW.get()
    if view is None:
        return question(*arguments)
    if (question, *arguments) not in view:
        view[question, *arguments] = question(*arguments)
    return view[question, *arguments]


def content(path: Path) -> str:
    """The digest of a file. It is computed again only if the time or the size of the file changed. Raises OSError."""
    about = path.stat()
    return content_at(str(path), about.st_mtime_ns, about.st_size, about.st_ino)


@functools.cache
def content_at(path: str, *_: int) -> str:
    """The digest of a file, as it is at this time and of this size."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def together(digests: Iterable[str]) -> str:
    """The digest of several contents in their order."""
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()[:16]
