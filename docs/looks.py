"""The picture of the seven training looks in the README: one moment of an episode under each of them.

    python docs/looks.py docs/looks.png

Where a look draws its background anew for each episode, the panel shows a strip of each background that it may draw.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from kage.launch.captions import PAPER, caption
from kage.launch.compose import one_look
from kage.platformer.config import Config, from_dict
from kage.platformer.pictures import picture

COLORS, PICTURES = "background=red_green_blue", "background=images_1_2_3"
LOOKS = {
    "T1: black, teal circle": ["background=black", "character=teal_circle"],
    "T2: black, skeleton": ["background=black", "character=skeleton"],
    "T3: red, green or blue, teal circle": [COLORS, "character=teal_circle"],
    "T4: picture 1, teal circle": ["background=image_1", "character=teal_circle"],
    "T5: picture 1, 2 or 3, teal circle": [PICTURES, "character=teal_circle"],
    "T6: picture 1, skeleton": ["background=image_1", "character=skeleton"],
    "T7: picture 1, 2 or 3, skeleton": [PICTURES, "character=skeleton"],
}
COLUMNS, GAP = 4, 12  # GAP in px


def panel(look: Config) -> np.ndarray:
    """The frame of a look, (H, W, 3) u8, in as many strips as it has backgrounds."""
    key = "color_names" if look.background.mode == "color" else "image_paths"
    single = [from_dict({"background": {key: [one]}}, look) for one in getattr(look.background, key) or ()]
    frames = [picture(one) for one in single] or [picture(look)]
    edges = np.linspace(0, look.W, len(frames) + 1).astype(int)
    return np.hstack([frame[:, a:b] for frame, a, b in zip(frames, edges, edges[1:])])


def main(target: Path) -> None:
    """Draw the panels, each below its name, twice as large as a frame."""
    panels = {text: panel(one_look(options)).repeat(2, 0).repeat(2, 1) for text, options in LOOKS.items()}
    drawn = [np.vstack([caption(text, frame.shape[1]), frame]) for text, frame in panels.items()]
    height, width, _ = drawn[0].shape
    rows = -(-len(drawn) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * (width + GAP) + GAP, rows * (height + GAP) + GAP), PAPER)
    for i, block in enumerate(drawn):
        place = GAP + i % COLUMNS * (width + GAP), GAP + i // COLUMNS * (height + GAP)
        sheet.paste(Image.fromarray(block), place)
    sheet.save(target, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
