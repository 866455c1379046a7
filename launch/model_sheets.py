"""Contact sheets of what the models of a training see, for methods that have such models."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from kage.launch.captions import caption
from kage.launch.check import looks_of, restored, trainings
from kage.launch.film import SCALE, row
from kage.params import fault


def sheets_of_models(root: Path) -> Iterator[tuple[str, Image.Image]]:
    """The name of each look that the run at or below the root was measured on, and its sheet: a row of moments for each
    thing that the models draw."""
    (folder, recipe), *more = trainings(root)
    if more:
        raise fault("--models", str(root), "the folder of one run, seed=<k>", more[0][0])
    method, learner, _ = restored(folder, recipe)
    for name, rows in recipe.agent.sheets(method, learner, looks_of(folder, recipe)):
        yield name, sheet_of_rows(f"{recipe.label} on {name}", rows)


def sheet_of_rows(title: str, rows: Mapping[str, np.ndarray]) -> Image.Image:
    """Rows of pictures (n, H, W, 3) u8 below their captions."""
    strips = [row([frame.repeat(SCALE, 0).repeat(SCALE, 1) for frame in frames]) for frames in rows.values()]
    width = strips[0].shape[1]
    parts = [part for text, strip in zip(rows, strips, strict=True) for part in (caption(text, width, size=12), strip)]
    return Image.fromarray(np.vstack([caption(title, width), *parts]))
