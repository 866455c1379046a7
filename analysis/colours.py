"""One colour per suite, the same in every figure and on the page: the palette of Okabe and Ito, colour-blind safe."""

SUITES = {
    "agent": "#0072B2", "background": "#D55E00", "distractors": "#009E73", "effects": "#E69F00",
    "filters": "#CC79A7", "layout": "#56B4E9",
}  # fmt: skip
OTHER = "#7A7A7A"  # looks outside the suites


def colour(suite: str) -> str:
    """The colour of a suite."""
    return SUITES.get(suite, OTHER)
