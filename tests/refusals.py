"""Shared by tests of command lines: what is wrong is told in one clear line."""

import pytest

from kage.launch.compose import cells
from kage.params import ConfigError


def refused(arguments, words):
    """The command line is refused in one line that holds all the words."""
    with pytest.raises(ConfigError) as caught:
        cells(arguments)
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)
