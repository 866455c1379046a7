"""The paper's figures from our data, as PDF and PNG: success panels (Figure 4), dose-response (6, 7), curves (8-15)."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter, MaxNLocator

from kage.analysis.colours import colour
from kage.analysis.formats import file_name
from kage.analysis.metrics import PLATFORMER, Family, Metric
from kage.analysis.tables import method_names, named, varying
from kage.runs.files import write

STYLE = {
    "font.family": "sans-serif", "font.size": 8, "axes.titlesize": 8, "axes.labelsize": 8, "legend.fontsize": 7,
    "xtick.labelsize": 7, "ytick.labelsize": 7, "axes.spines.top": False, "axes.spines.right": False,
    "axes.linewidth": 0.6, "xtick.major.width": 0.6, "ytick.major.width": 0.6, "axes.grid": True,
    "grid.linewidth": 0.4, "grid.alpha": 0.4, "lines.linewidth": 1.3, "pdf.fonttype": 42, "savefig.dpi": 150,
    "axes.unicode_minus": False,  # one font less in every PDF
}  # fmt: skip
SOFT = "#6A6A6A"
TRAIN = "#3B3B3B"  # the training look, dashed, in every figure
LINES = ("-", ":", "-.", (0, (5, 1, 1, 1, 1, 1)))  # methods
BAND = "shaded: ± SEM over seeds"


def draw(folder: Path, frames: dict[str, pd.DataFrame], family: Family = PLATFORMER) -> list[str]:
    """Write every figure that the tables allow into a folder, as PDF and PNG; returns the names of the files.

    In: `pairs`, `doses` and `curves` of `kage.analysis.report.tables`. RunError if a file cannot be written.
    """
    written = []
    with matplotlib.rc_context(STYLE):
        for name, figure in figures(frames, family):
            FigureCanvasAgg(figure)
            for kind in ("png", "pdf"):
                buffer, path = io.BytesIO(), folder / f"{name}.{kind}"
                figure.savefig(buffer, format=kind, metadata={"CreationDate": None} if kind == "pdf" else None)
                write(path, buffer.getvalue())
                written.append(path.name)
    return written


def figures(frames: dict[str, pd.DataFrame], family: Family) -> Iterator[tuple[str, Figure]]:
    """Every figure with its name."""
    tables = [frames[name] for name in ("pairs", "doses") if name in frames]
    who = varying(pd.concat(tables)) if tables else []
    curves = by_method(frames.get("curves", pd.DataFrame(columns=["pair", "look", "study"])), who)
    if "pairs" in frames:
        pairs, looks = named(frames["pairs"]), named(curves[curves.study == ""])
        yield from success_panels(pairs, looks, family)
        for suite, of_suite in looks.groupby("suite", sort=False):
            yield f"curves_{file_name(suite)}", learning_curves(suite, of_suite, family)
    if "doses" in frames:
        for study, table in by_method(frames["doses"], who).groupby("study", sort=False):
            yield f"doses_{file_name(study)}", dose_response(table, curves[curves.study == study], family)


def by_method(table: pd.DataFrame, who: Sequence[str]) -> pd.DataFrame:
    """With a column method, which joins the columns `who`."""
    return table.assign(method=method_names(table, who))


def success_panels(pairs: pd.DataFrame, curves: pd.DataFrame, family: Family) -> Iterator[tuple[str, Figure]]:
    """Figure 4: the telling metric over training for the pairs that lose the least of it, middling, and the most."""
    main = family.telling
    losses = pairs[(pairs.metric == main.name) & pairs.gap.notna()].groupby("name", sort=False).gap.mean()
    order = losses.sort_values(kind="stable").index.tolist()
    if not order:
        return
    chosen = list(dict.fromkeys([order[0], order[len(order) // 2], order[-1]]))
    figure, axes = panels(1, len(chosen), [("evaluation look, in its suite's colour", SOFT)], styles(curves), BAND)
    for ax, name in zip(axes[0], chosen):
        of_pair = curves[(curves.name == name) & (curves.metric == main.name)]
        draw_lines(ax, of_pair, tint_of(curves, name, family), styles(curves))
        finish(ax, main, f"{folded(name)}: {losses[name]:.0f}{main.gap_unit} lost")
    axes[0, 0].set_ylabel(axis_name(main))
    yield "success" if main.name == "success_rate" else file_name(main.name), figure


def tint_of(curves: pd.DataFrame, name: str, family: Family) -> str:
    """The colour of a pair's suite."""
    return colour(curves[curves.name == name].suite.iloc[0], family.suites)


def learning_curves(suite: str, curves: pd.DataFrame, family: Family) -> Figure:
    """Figures 8-15: all metrics over training, a row per pair of a suite."""
    names, method_styles, metrics = list(dict.fromkeys(curves["name"])), styles(curves), drawn_metrics(family)
    tint = colour(suite, family.suites)
    figure, axes = panels(len(names), len(metrics), [("evaluation look", tint)], method_styles, BAND)
    by = dict(list(curves.groupby(["name", "metric"], sort=False)))
    for i, name in enumerate(names):
        for j, metric in enumerate(metrics):
            if (name, metric.name) in by:
                draw_lines(axes[i, j], by[name, metric.name], tint, method_styles)
            finish(axes[i, j], metric, axis_name(metric) if i == 0 else "", last=i == len(names) - 1)
        axes[i, 0].set_ylabel(folded(name))
    return figure


def dose_response(table: pd.DataFrame, curves: pd.DataFrame, family: Family) -> Figure:
    """Figures 6 and 7: all metrics, over training for every dose (above), and by dose (below)."""
    names, method_styles, metrics = list(dict.fromkeys(table.dose)), styles(table), drawn_metrics(family)
    shades = matplotlib.colormaps["viridis"](np.linspace(0.05, 0.88, len(names)))
    labels = names if max(map(len, names)) <= 7 else [f"{place}: {name}" for place, name in enumerate(names, 1)]
    figure, axes = panels(2, len(metrics), list(zip(labels, shades)), method_styles, f"{BAND}, bars likewise")
    shared = curves.training_id.nunique() == len(method_styles)  # else each dose was trained for
    for j, metric in enumerate(metrics):
        above, below = axes[0, j], axes[1, j]
        of_metric = curves[curves.metric == metric.name]
        for shade, dose in zip(shades, names):
            train = dose == names[0] or not shared
            draw_lines(above, of_metric[of_metric.dose == dose], shade, method_styles, train)
        finish(above, metric, axis_name(metric))
        for method, part in table[table.metric == metric.name].groupby("method", sort=False):
            at = [names.index(dose) for dose in part.dose]
            below.plot(at, part.train, color=TRAIN, linestyle="--", linewidth=1, marker="s", markersize=2.5)
            below.errorbar(at, part["eval"], part.eval_sem, color=SOFT, linestyle=method_styles[method], capsize=2)
            below.scatter(at, part["eval"], c=shades[at], s=16, zorder=3)
        below.set_xticks(range(len(names)), names if labels is names else range(1, len(names) + 1))
        below.set_xlabel("dose" if labels is names else "dose, numbered as above")
        finish(below, metric, "", last=False, steps=False)
    axes[0, 0].set_ylabel("over training")
    axes[1, 0].set_ylabel("by dose")
    return figure


def drawn_metrics(family: Family) -> list[Metric]:
    """The family's metrics in the order of tables."""
    return [family.metric(name) for name in family.in_order(metric.name for metric in family.metrics)]


def styles(table: pd.DataFrame) -> dict[str, object]:
    """A line style per method."""
    return {method: LINES[place % len(LINES)] for place, method in enumerate(dict.fromkeys(table.method))}


def panels(
    rows: int, columns: int, entries: Sequence[tuple[str, object]], methods: dict[str, object], caption: str,
) -> tuple[Figure, np.ndarray]:  # fmt: skip
    """A grid of panels below its legend, which tells the training look, colours and methods apart; caption below."""
    handles = [Line2D([], [], color=TRAIN, linestyle="--", linewidth=1, label="training look")]
    handles += [Line2D([], [], color=tint, label=label) for label, tint in entries]
    if len(methods) > 1:
        handles += [Line2D([], [], color=SOFT, linestyle=style, label=name) for name, style in methods.items()]
    width = max(2.0 * columns + 0.55, 4.2)
    longest = max(len(handle.get_label()) for handle in handles)
    across = max(1, min(len(handles), int(width / (0.065 * longest + 0.5))))
    top = 0.4 + 0.16 * -(-len(handles) // across)
    height = 1.45 * rows + top + 0.45
    figure = Figure(figsize=(width, height))
    axes = figure.subplots(rows, columns, squeeze=False)
    figure.subplots_adjust(left=0.6 / width, right=1 - 0.1 / width, top=1 - top / height, bottom=0.6 / height,
                           wspace=0.28, hspace=0.42)  # fmt: skip
    figure.legend(handles=handles, loc="upper center", ncols=across, frameon=False, borderaxespad=0.2)
    figure.text(1 - 0.1 / width, 0.06 / height, f"mean over seeds; {caption}", ha="right", fontsize=6.5, color=SOFT)
    return figure, axes


def draw_lines(ax: Axes, curves: pd.DataFrame, tint, methods: dict[str, object], train: bool = True) -> None:
    """Mean and SEM over training on both looks, a style per method; a dot for a method that was measured once."""
    for (method, _), of_method in curves.groupby(["method", "training_id"], sort=False):
        dot = {"marker": "o", "markersize": 2.5} if len(of_method) == 1 else {}
        if train:
            ax.plot(of_method.step, of_method.train, color=TRAIN, linestyle="--", linewidth=1, **dot)
            band(ax, of_method, "train", TRAIN)
        ax.plot(of_method.step, of_method["eval"], color=tint, linestyle=methods[method], **dot)
        band(ax, of_method, "eval", tint)


def band(ax: Axes, curve: pd.DataFrame, split: str, tint) -> None:
    """Mean ± SEM over training; nothing for a single seed, nor for a single evaluation."""
    if len(curve) == 1 or curve[f"{split}_sem"].isna().all():
        return
    ax.fill_between(curve.step, curve[split] - curve[f"{split}_sem"], curve[split] + curve[f"{split}_sem"],
                    color=tint, alpha=0.18, linewidth=0)  # fmt: skip


def finish(ax: Axes, metric: Metric, heading: str, last: bool = True, steps: bool = True) -> None:
    """Limits, ticks and headings."""
    if metric.share:
        ax.set_ylim(-0.03, 1.03)
    if steps:
        ax.xaxis.set_major_formatter(EngFormatter(sep=""))
        ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.yaxis.set_major_locator(MaxNLocator(4))
    if heading:
        ax.set_title(heading, loc="left")
    if last:
        ax.set_xlabel("environment steps")


def axis_name(metric: Metric) -> str:
    """A metric with its unit; a share of episodes needs none."""
    unit = "" if metric.unit == "share of episodes" else metric.unit.removeprefix("share ")
    return f"{metric.prose} ({unit})" if unit else metric.prose


def folded(name: str) -> str:
    """A name that fits beside its panel."""
    return name if len(name) <= 24 else name[:22] + "…"
