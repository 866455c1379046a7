"""The numbers of docs/why.md: why lights and filters take success, from trainings that this script starts.

    python docs/why.py run      trains, measures and explains what is missing in outputs/why; stopped, it continues
    python docs/why.py write    writes the tables of outputs/why between the marks of docs/why.md
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from marks import kage, replace

from kage.analysis.collect import collect
from kage.analysis.explained import FOLDER, LINE, NOW, VALUE, read_explained, summary, summed, value
from kage.analysis.formats import Cell, View, markdown
from kage.analysis.tables import plus_minus

PAGE = Path(__file__).with_name("why.md")
RESULTS = Path("outputs/why")
BEGIN = "<!-- tables: python docs/why.py write -->\n"
LOOKS = ("pair=background_2,layout_1", "eval.effects.point_light_enabled=true", "eval.filters.hue_shift=180")
FAILS = ("steps up", "jump missing", "jump too early", "jump too late")


def run() -> None:
    """All looks are measured with the policies of one training."""
    for look in LOOKS:
        kage("run", look, "seed=range(2)", "budget=quick", f"experiment={RESULTS.name}")
    kage("explain", str(RESULTS))


def tables() -> Iterator[str]:
    """Motion and time, pixels, places; in Markdown."""
    rows, _ = read_explained([RESULTS / FOLDER])
    table, measured = summed(rows), collect([RESULTS])[0]
    measured = measured[measured.step.eq(measured.step.max()) & measured.metric.eq("distance")]
    distance = measured.groupby("look", observed=True).value.agg(["mean", "sem"])
    limits = [name for name in dict.fromkeys(table.what) if name.startswith("limit")]
    lost = [f"lost, {size} step {way}" for way in ("up", "down") for size in ("low", "middle", "high")]
    motion, places = [], []
    for (_, _, _, look, _), own in table.groupby(LINE, sort=False):
        found = {tuple(row[name] for name in VALUE): row for row in own.to_dict("records")}
        far = [Cell(plus_minus(*distance.loc[name])) for name in ("train", look)]
        told = [value(found, "fails", NOW, "", "train"), *(value(found, "fails", it, "", "eval") for it in limits)]
        motion.append((Cell(look), *far, *told))
        for on in ("train", "eval"):
            told = (value(found, "fails", it, "", on) for it in ("lost, flat", *lost, *FAILS))
            places.append((Cell(look), Cell(on), *told))
    times = [f"eval, time x {name.removeprefix('limit ')}" for name in limits]
    headers = ("look", "distance train (px)", "distance eval (px)", "success train", *times)
    yield markdown(View("motion", "Distance, and success with more time", headers, tuple(motion)))
    yield markdown(summary(table))
    headers = ("look", "measured on", "lost, flat", *lost, *FAILS)
    yield markdown(View("places", "Steps that are lost, and what happened at steps up, in an episode", headers,
                        tuple(places), left=2))  # fmt: skip


def write() -> None:
    """Replace what stands between the marks of the page."""
    told = "\n\n".join(map(str.strip, tables())) + "\n"
    replace(PAGE, BEGIN, told)


if __name__ == "__main__":
    {"run": run, "write": write}[sys.argv[1]]()
