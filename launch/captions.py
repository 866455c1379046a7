"""Text above pictures: captions of films, titles of contact sheets."""

from collections.abc import Iterator, Mapping

import numpy as np
from PIL import Image, ImageDraw, ImageFont

INK, PAPER = (30, 30, 36), (250, 250, 250)
MARGIN = 4  # px
COLUMNS = 8
CAPTION, GAP = 16, 4  # px, of a tile


def caption(text: str, width: int, lines: int = 1, size: int = 14) -> np.ndarray:
    """The text on light ground, (height, width, 3) u8; height and width in px, the height even, as films need it.

    Text that is too long goes on in the next line. There is room for at least `lines` lines.
    """
    broken = list(wrapped(text, width, size))
    step = size + 6 + size % 2
    image = Image.new("RGB", (width, step * max(lines, len(broken)) + MARGIN), PAPER)
    ImageDraw.Draw(image).multiline_text((MARGIN, MARGIN // 2), "\n".join(broken), INK, font(size), spacing=4)
    return np.asarray(image)


def wrapped(text: str, width: int, size: int = 14) -> Iterator[str]:
    """The lines of a text that is `width` px wide. A word that is wider than that has a line of its own."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and font(size).getlength(longer) > width - 2 * MARGIN:
            yield line
            longer = word
        line = longer
    yield line


def contact_sheet(title: str, frames: Mapping[str, np.ndarray]) -> Image.Image:
    """Pictures (H, W, 3) u8 of one size side by side, by caption, below a title."""
    height, width, _ = next(iter(frames.values())).shape
    columns = min(COLUMNS, len(frames))
    rows = -(-len(frames) // columns)
    head = caption(title, columns * (width + GAP) + GAP)
    canvas = Image.new("RGB", (head.shape[1], len(head) + rows * (height + CAPTION + GAP) + GAP), PAPER)
    canvas.paste(Image.fromarray(head))
    for i, (text, frame) in enumerate(frames.items()):
        x, y = GAP + i % columns * (width + GAP), len(head) + GAP + i // columns * (height + CAPTION + GAP)
        canvas.paste(Image.fromarray(caption(text, width, size=12)[:CAPTION]), (x, y))
        canvas.paste(Image.fromarray(frame), (x, y + CAPTION))
    return canvas


def font(size: int) -> ImageFont.ImageFont:
    """The font that comes with Pillow."""
    return ImageFont.load_default(size=size)
