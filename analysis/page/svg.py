"""Charts as inline SVG. Colours and fonts come from the page's style, so that charts follow its theme."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd

from kage.analysis.metrics import DIFFERENCE, Metric
from kage.analysis.series import Series

WIDTH, HEIGHT = 520, 330  # units; shown at about half of it, text included
LEFT, RIGHT, TOP, BOTTOM = 74, 16, 44, 62
BRIEF = 7  # letters of a dose that fit below a tick
FAINT = 50  # lines of single seeds in a chart: more of them are a grey area, and megabytes


@dataclass(frozen=True)
class Axis:
    """From values to places on a chart."""

    low: float
    high: float
    begin: float
    end: float

    def __call__(self, value: float | np.ndarray) -> float | np.ndarray:
        return self.begin + (np.asarray(value) - self.low) / (self.high - self.low) * (self.end - self.begin)

    @property
    def ticks(self) -> list[float]:
        """Round values, about four."""
        first, last = math.ceil(self.low / self.step - 1e-9), math.floor(self.high / self.step + 1e-9)
        return [self.step * k for k in range(first, last + 1)]

    @property
    def step(self) -> float:
        """From tick to tick: 1, 2 or 5 times a power of ten."""
        size = 10 ** math.floor(math.log10((self.high - self.low) / 3))
        return next(size * k for k in (1, 2, 5, 10) if (self.high - self.low) / (size * k) <= 5)

    def label(self, tick: float) -> str:
        """A tick with as many digits as tell it from its neighbours."""
        return f"{tick + 0.0:,.{max(0, -math.floor(math.log10(self.step) + 1e-9))}f}"


def span(values: Sequence[np.ndarray], metric: Metric) -> tuple[float, float]:
    """The range of a metric's axis: from 0 to 1 for shares, wide enough for the values elsewhere."""
    finite = np.concatenate([np.ravel(part) for part in values] or [np.zeros(1)])
    finite = finite[np.isfinite(finite)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    if metric.share:
        return 0.0, 1.0
    if metric.gap != DIFFERENCE:
        low = min(low, 0.0)
    if high - low < 1e-9:
        high = low + 1
    return float(low), float(high + 0.04 * (high - low))


def curves(metric: Metric, train: Series | None, shifted: Series | None) -> str:
    """Learning curves of one metric: seeds faint, `FAINT` of them at most; the mean of all seeds bold; dashed grey on
    the training look."""
    heading = metric.title
    both = [("train", train), ("eval", shifted)]
    there = [series for _, series in both if series is not None]
    x, y = axes(max((series.steps[-1] for series in there), default=1), span([s.values for s in there], metric))
    body = [frame(x, y, heading, step_text(x.high), "environment steps")]
    for kind, series in both:
        if series is not None:
            faint = "".join(path(x, y, series.steps, line) for line in series.values[:FAINT] if len(line) > 1)
            body.append(f'<path class="seeds {kind}" d="{faint}"/>')
    for kind, series in both:
        if series is not None:
            body.append(f'<path class="mean {kind}" d="{path(x, y, series.steps, series.mean)}"/>')
            if len(series.steps) == 1:
                body.append(dot(x, y, series.steps[0], series.mean[0], kind))
    ends = [f"{kind} ends at {number(series.mean[-1])}" for kind, series in both if series is not None]
    return svg(f"{heading} over training: {', '.join(ends) or 'not measured'}", body)


def compared(metric: Metric, series: Mapping[str, Series], colours: Mapping[str, str]) -> str:
    """Learning curves of several methods on one training look: the mean over seeds of each, in its colour."""
    x, y = axes(max(one.steps[-1] for one in series.values()), span([one.mean for one in series.values()], metric))
    body = [frame(x, y, metric.title, step_text(x.high), "environment steps")]
    for who, one in series.items():
        line = path(x, y, one.steps, one.mean)
        body.append(f'<path class="mean" style="stroke:{colours[who]}" d="{line}"><title>{escape(who)}</title></path>')
    ends = ", ".join(f"{who} ends at {number(one.mean[-1])}" for who, one in series.items())
    return svg(f"{metric.title} over training, by method: {ends}", body)


def doses(
    metric: Metric, names: Sequence[str], points: dict[str, tuple[np.ndarray, np.ndarray]], parameter: str = "dose",
) -> str:  # fmt: skip
    """Dose-response of one metric: mean and SEM at every dose, on the training and the evaluation look.

    points: "train" and "eval" -> means [k], SEM [k]; parameter: what is dosed, with its unit.
    """
    numbers, heading = numeric(names), metric.title
    at = np.arange(len(names)) if numbers is None else np.array(numbers)
    values = [mean + side * np.nan_to_num(sem) for mean, sem in points.values() for side in (-1, 1)]
    x = Axis(*padded(at), LEFT, WIDTH - RIGHT)
    y = Axis(*span(values, metric), HEIGHT - BOTTOM, TOP)
    brief = max(map(len, names)) <= BRIEF
    ticks = list(zip(at, names if brief else map(str, range(1, len(names) + 1)), strict=True))
    axis = parameter if brief else f"{parameter}, numbered as above"
    body = [frame(x, y, heading, lambda value: "", axis, thin(ticks, x))]
    for kind, (mean, sem) in points.items():
        body.append(f'<path class="mean {kind}" d="{path(x, y, at, mean)}"/>')
        bars = "".join(f"M{x(a):.0f} {y(m - s):.0f}V{y(m + s):.0f}" for a, m, s in zip(at, mean, sem) if s > 0)
        body.append(f'<path class="bar {kind}" d="{bars}"/>')
        body += [dot(x, y, a, m, kind) for a, m in zip(at, mean) if np.isfinite(m)]
    values = ", ".join(f"{name}: {number(m)}" for name, m in zip(names, points["eval"][0]))
    return svg(f"{heading} by dose; {values}", body)


def profiles(metric: Metric, tables: Mapping[str, pd.DataFrame], colours: Mapping[str, str]) -> str:
    """Performance profiles: the share of runs above each threshold under the shift, with its interval, in the colour of
    each method. In: rows of `kage.analysis.profiles.profiles` by method."""
    x, y = axes(1, (0.0, 1.0))
    heading, said = f"share of runs with {metric.prose} above a threshold", []
    body = [frame(x, y, "share of runs above", x.label, metric.prose)]
    for who, own in tables.items():
        at, value, low, high = (own[name].to_numpy(float) for name in ("threshold", "eval", "eval_low", "eval_high"))
        around = path(x, y, np.append(at, at[::-1]), np.append(low, high[::-1]))
        body.append(f'<path style="fill:{colours[who]};opacity:.15" d="{around}z"/>')
        line = path(x, y, at, value)
        body.append(f'<path class="mean" style="stroke:{colours[who]}" d="{line}"><title>{escape(who)}</title></path>')
        said.append(f"{who} {number(value[np.argmin(abs(at - 0.5))])} above 0.5".strip())
    return svg(f"{heading}: {', '.join(said)}", body)


def numeric(names: Sequence[str]) -> list[float] | None:
    """Doses as numbers, None if one of them is none."""
    try:
        return [float(name) for name in names]
    except ValueError:
        return None


def thin(ticks: list[tuple[float, str]], x: Axis) -> list[tuple[float, str]]:
    """Without the labels that would stand on top of the one before."""
    kept, free = [], -math.inf
    for at, text in ticks:
        half = 7 * len(text) + 4
        if x(at) - half >= free:
            kept.append((at, text))
            free = x(at) + half
    return kept


def padded(at: np.ndarray) -> tuple[float, float]:
    """A range with room at both ends."""
    room = 0.06 * (at.max() - at.min()) or 0.5
    return float(at.min() - room), float(at.max() + room)


def axes(last: float, values: tuple[float, float]) -> tuple[Axis, Axis]:
    """Steps to the right, values upwards."""
    return Axis(0, max(float(last), 1.0), LEFT, WIDTH - RIGHT), Axis(*values, HEIGHT - BOTTOM, TOP)


def frame(
    x: Axis, y: Axis, heading: str, x_text: Callable[[float], str], x_name: str,
    x_ticks: Sequence[tuple[float, str]] | None = None,
) -> str:  # fmt: skip
    """Heading, grid, ticks and names of the axes."""
    ticks = [(value, x_text(value)) for value in x.ticks] if x_ticks is None else x_ticks
    grid = "".join(f"M{LEFT} {y(value):.0f}H{WIDTH - RIGHT}" for value in y.ticks)
    texts = [text(LEFT - 9, y(value) + 7, y.label(value), "y") for value in y.ticks]
    texts += [text(x(value), HEIGHT - BOTTOM + 26, name, "x") for value, name in ticks]
    texts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x_name, "x name"))
    return f'{text(4, 24, heading, "heading")}<path class="grid" d="{grid}"/>{"".join(texts)}'


def svg(description: str, body: Sequence[str]) -> str:
    """A chart with its description for those who cannot see it."""
    return (f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(description)}">'
            f"{''.join(body)}</svg>")  # fmt: skip


def text(x: float, y: float, content: str, kind: str) -> str:
    """A piece of text."""
    return f'<text x="{x:.0f}" y="{y:.0f}" class="{kind}">{escape(content)}</text>'


def dot(x: Axis, y: Axis, at: float, value: float, kind: str) -> str:
    """A mark; square on the training look."""
    px, py = float(x(at)), float(y(value))
    if kind == "train":
        return f'<rect class="dot {kind}" x="{px - 5:.0f}" y="{py - 5:.0f}" width="10" height="10"/>'
    return f'<circle class="dot {kind}" cx="{px:.0f}" cy="{py:.0f}" r="6"/>'


def path(x: Axis, y: Axis, at: np.ndarray, values: np.ndarray) -> str:
    """A line through the points that exist, in whole units relative to the one before: short and exact enough."""
    known = np.isfinite(values)
    points = np.stack([np.rint(x(at[known])), np.rint(y(values[known]))], axis=-1).astype(int)
    if not len(points):
        return ""
    (x0, y0), moves = points[0], np.diff(points, axis=0)
    line = " ".join(f"{a} {b}" for a, b in moves.tolist()).replace(" -", "-")
    return f"M{x0} {y0}l{line}" if line else f"M{x0} {y0}"


def step_text(most: float) -> Callable[[float], str]:
    """How steps are written: in millions or thousands where they are many."""
    unit, sign = (1e6, " M") if most >= 1e6 else (1e3, " k") if most >= 1e4 else (1, "")
    return lambda value: "0" if value == 0 else f"{value / unit:g}{sign}"


def number(value: float) -> str:
    """A value as ticks and descriptions say it."""
    return "unknown" if not math.isfinite(value) else f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
