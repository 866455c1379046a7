"""Figures as PDF and PNG, as wide as the text of a paper: the paper's success panels (Figure 4), dose-response (6, 7)
and curves (8-15); methods side by side, and their differences to a reference."""

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter, MaxNLocator

from kage.analysis.colours import colour, of_methods
from kage.analysis.compare import SAME
from kage.analysis.dosed import parameters, unordered
from kage.analysis.formats import file_name
from kage.analysis.heat import heat_maps
from kage.analysis.latex import WIDTH
from kage.analysis.metrics import DIFFERENCE, PLATFORMER, Family, Metric
from kage.analysis.page.svg import numeric
from kage.analysis.pairing import natural, were_joined
from kage.analysis.tables import lost, method_names, named, varying
from kage.runs.files import write

STYLE = {
    "font.family": "sans-serif", "font.size": 8, "axes.titlesize": 8, "axes.labelsize": 8, "legend.fontsize": 7,
    "xtick.labelsize": 7, "ytick.labelsize": 7, "axes.spines.top": False, "axes.spines.right": False,
    "axes.linewidth": 0.6, "xtick.major.width": 0.6, "ytick.major.width": 0.6, "axes.grid": True,
    "grid.linewidth": 0.4, "grid.alpha": 0.4, "lines.linewidth": 1.3, "pdf.fonttype": 42, "savefig.dpi": 200,
    "axes.unicode_minus": False,  # one font less in every PDF
    "text.parse_math": False,  # names may hold a $
}  # fmt: skip
SOFT = "#6A6A6A"
TRAIN = "#3B3B3B"  # the training look of a single method, dashed, in every figure
BAND = "mean over seeds; shaded: ± SEM"
FEW = 6  # doses whose values stand below their axis
ROWS = 6  # methods that have panels of their own
LETTER = 0.058  # in, of a title


def draw(
    folder: Path, frames: dict[str, pd.DataFrame], rows: pd.DataFrame, family: Family = PLATFORMER,
    width: float = WIDTH,
) -> list[str]:  # fmt: skip
    """Write every figure that the tables allow into a folder, as PDF and PNG; returns the names of the files.

    In: tables of `kage.analysis.report.tables`, with `curves`; tidy rows of `kage.analysis.collect`; the width of the
    text that figures stand in, in inches. RunError if a file cannot be written.
    """
    written = []
    with matplotlib.rc_context(STYLE):
        for name, figure in figures(frames, rows, family, width):
            FigureCanvasAgg(figure)
            for kind in ("png", "pdf"):
                buffer, path = io.BytesIO(), folder / f"{name}.{kind}"
                figure.savefig(buffer, format=kind, metadata={"CreationDate": None} if kind == "pdf" else None)
                write(path, buffer.getvalue())
                written.append(path.name)
    return written


def figures(
    frames: dict[str, pd.DataFrame], rows: pd.DataFrame, family: Family, width: float,
) -> Iterator[tuple[str, Figure]]:  # fmt: skip
    """Every figure with its name."""
    tables = [frames[name] for name in ("pairs", "doses") if name in frames]
    who = [column for column in varying(pd.concat(tables)) if not averaged(column, *frames.values())] if tables else []
    curves = by_method(frames.get("curves", pd.DataFrame(columns=["pair", "look", "study"])), who)
    usual = set(frames["methods"].reference) if "methods" in frames else ()
    tints = of_methods(sorted(set(curves.method), key=lambda name: (name not in usual, natural(name))))
    if "pairs" in frames:
        pairs, looks = by_method(named(frames["pairs"]), who), named(curves[curves.study == ""])
        yield from success_panels(pairs, looks, tints, family, width)
        for suite, of_suite in looks.groupby("suite", sort=False):
            yield f"curves_{file_name(suite)}", learning_curves(suite, of_suite, tints, family, width)
    if "doses" in frames:
        dosed = parameters(rows, family)
        for study, table in by_method(frames["doses"], who).groupby("study", sort=False):
            if unordered(table.dose):
                continue
            of_study = curves[curves.study == study]
            yield f"doses_{file_name(study)}", dose_response(table, of_study, dosed[study], tints, family, width)
    if "interactions" in frames:
        yield from heat_maps(by_method(frames["interactions"], who), family, width)
    if "profiles" in frames:
        table = by_method(frames["profiles"], [column for column in who if column in frames["profiles"]])
        yield "profiles", performance_profiles(table, tints, family, width)
    if "methods" in frames:
        table = by_method(frames["methods"], [column for column in who if column in frames["methods"]])
        yield "methods", side_by_side(table, frames["scores_suites"], tints, family, width)
        compared = table[table.difference.notna() & (table.agent != table.reference)]
        if len(compared):
            yield "differences", differences(compared, tints, family, width)


def averaged(column: str, *tables: pd.DataFrame) -> bool:
    """Is a table the mean over values of this column? Then methods of other tables are not told apart by it either."""
    return column != "agent" and any(were_joined(table[column]).any() for table in tables if column in table)


def by_method(table: pd.DataFrame, who: Sequence[str]) -> pd.DataFrame:
    """With a column method, which joins the columns `who`."""
    return table.assign(method=method_names(table, who))


def success_panels(
    pairs: pd.DataFrame, curves: pd.DataFrame, tints: Mapping[str, str], family: Family, width: float,
) -> Iterator[tuple[str, Figure]]:  # fmt: skip
    """Figure 4: the telling metric over training for the pairs that lose the least of it, middling, and the most; a row
    for each method, which says what that method loses or gains."""
    main = family.telling
    told = pairs[(pairs.metric == main.name) & pairs.gap.notna()]
    order = told.groupby("name", sort=False).gap.mean().sort_values(kind="stable").index.tolist()
    if not order:
        return
    chosen = list(dict.fromkeys([order[0], order[len(order) // 2], order[-1]]))
    methods = [method for method in tints if method in set(told.method)]
    note, methods = caption(methods), methods[:ROWS]
    whose = "its method's" if len(tints) > 1 else "its suite's"
    entries = [(f"evaluation look, in {whose} colour", SOFT)]
    figure, axes = panels(len(methods), len(chosen), entries, width, note, gap=0.4, titles=2)
    for method, line in zip(methods, axes):
        for ax, name in zip(line, chosen):
            own = curves[(curves.name == name) & (curves.metric == main.name) & (curves.method == method)]
            gap = told[(told.name == name) & (told.method == method)].gap
            if len(tints) == 1:
                draw_lines(ax, own, colour(own.suite.iloc[0], family.suites), TRAIN)
            else:
                draw_lines(ax, own, tints[method], tints[method])
            words = lost(gap.iloc[0], main.gap_unit) if len(gap) else "no gap"
            finish(ax, main, f"{folded(name, ax)}\n{words}", method == methods[-1], steps_of(curves))
        line[0].set_ylabel(folded(method, line[0], tall=True) if len(tints) > 1 else axis_name(main))
    yield "success" if main.name == "success_rate" else file_name(main.name), figure


def learning_curves(
    suite: str, curves: pd.DataFrame, tints: Mapping[str, str], family: Family, width: float,
) -> Figure:  # fmt: skip
    """Figures 8-15: metrics over training, a row per pair of a suite; a colour for each method if there are several."""
    names, metrics, several = list(dict.fromkeys(curves["name"])), drawn_metrics(family), len(tints) > 1
    tint = colour(suite, family.suites)
    entries = [("evaluation look", SOFT), *tints.items()] if several else [("evaluation look", tint)]
    figure, axes = panels(len(names), len(metrics), entries, width, BAND)
    by = dict(list(curves.groupby(["name", "metric", "method"], sort=False)))
    for i, name in enumerate(names):
        for j, metric in enumerate(metrics):
            for method, of_method in tints.items():
                if (name, metric.name, method) in by:
                    shades = (of_method, of_method) if several else (tint, TRAIN)
                    draw_lines(axes[i, j], by[name, metric.name, method], *shades)
            finish(axes[i, j], metric, axis_name(metric) if i == 0 else "", i == len(names) - 1, steps_of(curves))
        axes[i, 0].set_ylabel(folded(name, axes[i, 0], tall=True))
    return figure


def dose_response(
    table: pd.DataFrame, curves: pd.DataFrame, parameter: str, tints: Mapping[str, str], family: Family, width: float,
) -> Figure:  # fmt: skip
    """Figures 6 and 7: metrics over training for every dose, a row for each method, and by dose (below)."""
    names, metrics, several = list(dict.fromkeys(table.dose)), drawn_metrics(family), len(tints) > 1
    shades = matplotlib.colormaps["viridis"](np.linspace(0.05, 0.88, len(names)))
    numbers = numeric(names)
    labels = names if numbers else [f"{place}: {name}" for place, name in enumerate(names, 1)]
    at = dict(zip(names, numbers or range(1, len(names) + 1)))
    methods = [method for method in tints if method in set(table.method)]
    entries = [*zip(labels, shades), *((method, tints[method]) for method in methods if several)]
    note, methods = f"{caption(methods)}, bars likewise", methods[:ROWS]
    figure, axes = panels(len(methods) + 1, len(metrics), entries, width, note, gap=0.4)
    for j, metric in enumerate(metrics):
        of_metric, below = curves[curves.metric == metric.name], axes[-1, j]
        for i, method in enumerate(methods):
            own = of_metric[of_metric.method == method]
            shared = own.training_id.nunique() == 1  # else each dose was trained for
            for shade, dose in zip(shades, names):
                train = dose == names[0] or not shared
                draw_lines(axes[i, j], own[own.dose == dose], shade, (TRAIN if shared else shade) if train else None)
            finish(axes[i, j], metric, axis_name(metric) if i == 0 else "", i == len(methods) - 1, steps_of(curves))
        for method, part in table[table.metric == metric.name].groupby("method", sort=False):
            tint, places = tints[method] if several else SOFT, [at[dose] for dose in part.dose]
            square = {"linestyle": "--", "linewidth": 1, "marker": "s", "markersize": 2.5}
            below.plot(places, part.train, color=tint if several else TRAIN, **square)
            below.errorbar(places, part["eval"], part.eval_sem, color=tint, capsize=2)
            dots = tint if several else shades[[names.index(dose) for dose in part.dose]]
            below.scatter(places, part["eval"], c=dots, s=16, zorder=3)
        if len(names) <= FEW:
            below.set_xticks(list(at.values()), names if numbers else None)
        finish(below, metric)
    for i, method in enumerate(methods):
        axes[i, 0].set_ylabel(folded(method, axes[i, 0], tall=True) if several else "over training")
    axes[-1, 0].set_ylabel("by dose")
    whose = parameter if numbers else f"{parameter}, numbered as above"
    figure.supxlabel(whose, fontsize=8, y=0.27 / figure.get_figheight(), va="center")
    return figure


def side_by_side(
    table: pd.DataFrame, scores: pd.DataFrame, tints: Mapping[str, str], family: Family, width: float,
) -> Figure:  # fmt: skip
    """The telling metric of every method, suite by suite: under the shift with its interval, and on the training look.

    In: `kage.analysis.methods.methods` with a column method, `kage.analysis.scores.suite_scores`.
    """
    main, suites = family.telling, list(dict.fromkeys(table.suite))
    methods = [method for method in tints if method in set(table.method)]
    key, scores = ["rule", *SAME, "agent", "code", "suite"], scores[scores.metric == main.name]
    key = [column for column in key if not averaged(column, table)]
    table = table.merge(scores[[*key, "low", "high"]], on=key, suffixes=("_difference", ""))
    note = "filled: under the shift, bar: 95 % interval; hollow: on the training look"
    figure, axes = panels(1, 1, [(method, tints[method]) for method in methods], width, note, training=False)
    ax, step = axes[0, 0], 0.8 / len(methods)
    for place, method in enumerate(methods):
        own, tint = table[table.method == method], tints[method]
        x = np.array([suites.index(suite) for suite in own.suite]) + (place - (len(methods) - 1) / 2) * step
        bars = np.clip([own["eval"] - own.low, own.high - own["eval"]], 0, None)
        ax.errorbar(x, own["eval"], bars, color=tint, linestyle="", marker="o", markersize=4, capsize=1.5, linewidth=1)
        ax.plot(x, own.train, color=tint, linestyle="", marker="o", markersize=4, fillstyle="none", markeredgewidth=0.8)
    ax.set_xticks(range(len(suites)), [folded(suite, ax, share=len(suites)) for suite in suites])
    ax.grid(False, axis="x")
    finish(ax, main)
    ax.set_ylabel(axis_name(main))
    return figure


def performance_profiles(table: pd.DataFrame, tints: Mapping[str, str], family: Family, width: float) -> Figure:
    """The share of runs x pairs above each threshold, with its interval, and on the training look: a colour for each
    method. In: `kage.analysis.profiles.profiles` with a column method."""
    methods = [method for method in tints if method in set(table.method)]
    entries = [(method or "evaluation look", tints[method]) for method in methods]
    figure, axes = panels(1, 1, entries, width, "shaded: 95 % interval", height=1.8)
    ax = axes[0, 0]
    for method in methods:
        own = table[table.method == method]
        train = tints[method] if len(methods) > 1 else TRAIN
        ax.plot(own.threshold, own["eval"], color=tints[method])
        ax.fill_between(own.threshold, own.eval_low, own.eval_high, color=tints[method], alpha=0.15, linewidth=0)
        ax.plot(own.threshold, own.train, color=train, linestyle="--", linewidth=1)
    ax.set_ylim(-0.03, 1.03)
    ax.set_xlim(-0.02, 1.0)
    ax.set_ylabel(f"share of runs x {family.word('pair')}s")
    ax.set_xlabel(f"{family.telling.prose} above")
    return figure


def differences(table: pd.DataFrame, tints: Mapping[str, str], family: Family, width: float) -> Figure:
    """What every method has more or less of the telling metric than the reference, under the shift, suite by suite.

    In: rows of `kage.analysis.methods.methods` that have a difference, with a column method.
    """
    main, suites = family.telling, list(dict.fromkeys(table.suite))
    table = table.sort_values("suite", key=lambda names: names.map(suites.index), kind="stable", ignore_index=True)
    entries = [(method, tint) for method, tint in tints.items() if method in set(table.method)]
    note = f"mean over {family.word('pair')}s, seed by seed; bar: 95 % interval"
    height = 0.35 + 0.16 * len(table)
    figure, axes = panels(1, 1, entries, width, note, height=height, left=1.1, training=False)
    ax = axes[0, 0]
    for y, row in enumerate(table.to_dict("records")):
        ax.plot(row["difference"], y, "o", color=tints[row["method"]], markersize=4)
        if not np.isnan(row["low"]):
            ax.plot([row["low"], row["high"]], [y, y], color=tints[row["method"]], linewidth=1)
    middle = [np.flatnonzero(table.suite == suite).mean() for suite in suites]
    ax.set_yticks(middle, [name if len(name) <= 16 else name[:15] + "…" for name in suites])
    ax.set_ylim(len(table) - 0.5, -0.5)
    for y in np.flatnonzero(table.suite != table.suite.shift())[1:]:
        ax.axhline(y - 0.5, color=SOFT, linewidth=0.4)
    ax.axvline(0, color=TRAIN, linewidth=0.8)
    most = 1.1 * np.nanmax(np.abs(table[["difference", "low", "high"]].to_numpy(float))) or 1.0
    ax.set_xlim(-most, most)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.grid(False, axis="y")
    reference = ", ".join(table.reference.unique())
    ax.set_xlabel(f"worse than {reference}   ←   difference of {main.prose}   →   better")
    return figure


def drawn_metrics(family: Family) -> list[Metric]:
    """The family's metrics in the order of tables, but those that are multiples of others."""
    metrics = (family.metric(name) for name in family.in_order(metric.name for metric in family.metrics))
    return [metric for metric in metrics if not metric.repeats]


def caption(methods: Sequence[str]) -> str:
    """What is drawn, and whether there are more methods than have rows."""
    return BAND + (f"; {ROWS} of {len(methods)} methods" if len(methods) > ROWS else "")


def panels(
    rows: int, columns: int, entries: Sequence[tuple[str, object]], width: float, note: str, gap: float = 0.18,
    height: float = 1.15, left: float = 0.6, titles: int = 1, training: bool = True,
) -> tuple[Figure, np.ndarray]:  # fmt: skip
    """A grid of panels, `height` in high and `gap` in apart, below a legend of (label, colour), with a note below.
    `left`: of the first panel, in; `titles`: lines of these; `training`: is there the training look, a dashed line?"""
    handles = [Line2D([], [], color=TRAIN, linestyle="--", linewidth=1, label="training look")] if training else []
    handles += [Line2D([], [], color=tint, label=f" {label}") for label, tint in entries]
    longest = max(len(handle.get_label()) for handle in handles)
    across = max(1, min(len(handles), int(width / (0.056 * longest + 0.5))))
    top, bottom = 0.15 + 0.14 * titles + 0.15 * -(-len(handles) // across), 0.58
    total = rows * height + (rows - 1) * gap + top + bottom
    figure = Figure(figsize=(width, total))
    axes = figure.subplots(rows, columns, squeeze=False)
    panel = (width - left - 0.12) / (columns + 0.34 * (columns - 1))
    figure.subplots_adjust(left=left / width, right=1 - 0.12 / width, top=1 - top / total, bottom=bottom / total,
                           wspace=0.34, hspace=gap / height)  # fmt: skip
    for ax in axes.flat:
        ax.inches = panel, height
    figure.legend(handles=handles, loc="upper center", ncols=across, frameon=False, borderaxespad=0.1)
    figure.text(1 - 0.12 / width, 0.05 / total, note, ha="right", fontsize=6.5, color=SOFT)
    return figure, axes


def draw_lines(ax: Axes, curves: pd.DataFrame, tint, train) -> None:
    """Mean and SEM over training under the shift, and dashed on the training look unless its colour is None; a dot for
    what was measured once."""
    for _, own in curves.groupby("training_id", sort=False):
        dot = {"marker": "o", "markersize": 2.5} if len(own) == 1 else {}
        if train is not None:
            ax.plot(own.step, own.train, color=train, linestyle="--", linewidth=1, **dot)
            band(ax, own, "train", train)
        ax.plot(own.step, own["eval"], color=tint, **dot)
        band(ax, own, "eval", tint)


def band(ax: Axes, curve: pd.DataFrame, split: str, tint) -> None:
    """Mean ± SEM over training; nothing for a single seed, nor for a single evaluation."""
    if len(curve) == 1 or curve[f"{split}_sem"].isna().all():
        return
    ax.fill_between(curve.step, curve[split] - curve[f"{split}_sem"], curve[split] + curve[f"{split}_sem"],
                    color=tint, alpha=0.15, linewidth=0)  # fmt: skip


def steps_of(curves: pd.DataFrame) -> int:
    """How far an axis of environment steps goes: as far as the longest training."""
    return max(int(curves.step.max()), 1)


def finish(ax: Axes, metric: Metric, heading: str = "", last: bool = False, steps: int | None = None) -> None:
    """Limits, ticks and headings. `steps`: the end of an axis of environment steps, which the `last` row names."""
    if metric.share:
        ax.set_ylim(-0.03, 1.03)
        ax.set_yticks([0, 0.25, 0.5, 0.75, 1.0], ["0", "", "0.5", "", "1.0"])
    else:
        ax.yaxis.set_major_locator(MaxNLocator(4))
        if metric.gap != DIFFERENCE and ax.get_ylim()[0] > 0:
            ax.set_ylim(bottom=0)
    if steps:
        ax.set_xlim(-0.04 * steps, 1.04 * steps)
        ax.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        ax.xaxis.set_major_formatter(EngFormatter(sep=""))
        ax.tick_params(labelbottom=last)
    if heading:
        ax.set_title(heading, loc="left")
    if last:
        ax.set_xlabel("environment steps")


def axis_name(metric: Metric) -> str:
    """A metric with its unit; a share of episodes needs none, and rewards are known to be added up in an episode."""
    unit = "" if metric.unit in ("share of episodes", "reward per episode") else metric.unit.removeprefix("share ")
    return f"{metric.prose} ({unit})" if unit else metric.prose


def folded(name: str, ax: Axes, tall: bool = False, share: int = 1) -> str:
    """A name that fits above its panel, or beside it if it stands upright (`tall`); or below a `share` of its width."""
    most = max(int(ax.inches[1 if tall else 0] * (1.05 if tall else 1.2) / LETTER / share), 4)
    return name if len(name) <= most else name[: most - 1] + "…"
