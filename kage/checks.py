"""What a method's own checks of a training say, see `kage check`. Importing this file does not start JAX."""

from typing import Any, NamedTuple


class Check(NamedTuple):
    """The result of one check."""

    letter: str  # A .. J
    what: str
    numbers: dict[str, Any]
    passed: bool | None  # None: the numbers are a report, no claim
