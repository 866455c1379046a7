"""Colours that are the same in every figure and on the page, and that the colour-blind can tell apart: of suites the
palette of Okabe and Ito, of methods that of Paul Tol."""

import colorsys
import hashlib
from collections.abc import Iterable

SUITES = {
    "agent": "#0072B2", "background": "#D55E00", "distractors": "#009E73", "effects": "#E69F00",
    "filters": "#CC79A7", "layout": "#56B4E9",
}  # fmt: skip
METHODS = ("#4477AA", "#EE6677", "#228833", "#CCBB44", "#66CCEE", "#AA3377")
OTHER = "#7A7A7A"  # looks outside the suites
OUTSIDE = ("", "custom", "released", "study")
GOLDEN = 0.618034  # of the colour circle: steps of this size never come close to each other soon


def colour(suite: str, suites: Iterable[str] = ()) -> str:
    """The colour of a suite. `suites`: all suites of its family, in order; those that have no colour above get distinct
    hues by their place, a suite that is not among them gets one by its name."""
    if suite in SUITES or suite in OUTSIDE:
        return SUITES.get(suite, OTHER)
    others = [name for name in suites if name not in SUITES]
    place = others.index(suite) if suite in others else int(hashlib.sha256(suite.encode()).hexdigest()[:6], 16)
    return distinct(place)


def of_methods(names: Iterable[str]) -> dict[str, str]:
    """A colour of its own for every method."""
    return {name: METHODS[place] if place < len(METHODS) else distinct(place) for place, name in enumerate(names)}


def distinct(place: int) -> str:
    """A hue that is far from those of the places before it."""
    red, green, blue = colorsys.hls_to_rgb((0.78 + GOLDEN * place) % 1, 0.40, 0.55)
    return f"#{round(255 * red):02X}{round(255 * green):02X}{round(255 * blue):02X}"
