"""How often a process of ours looks for garbage among its objects."""

import gc


def collect_seldom() -> None:
    """Tracing makes many small objects that stay, and Python would look through them each time that 700 are new. That
    is a tenth of a start. Only for processes of our own: how a user's process collects is for the user to say."""
    gc.set_threshold(100_000, 10, 10)
