"""The picture of the README: what the agents of `make demo` were trained on, what they were shown, how they fared.

    python docs/picture.py outputs/demo docs/demo.png
"""

import sys
from pathlib import Path

import jax
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from kage.analysis.collect import collect
from kage.analysis.gaps import gaps
from kage.analysis.pairing import paired
from kage.launch.compose import cells
from kage.platformer import env

SCALE, MARGIN, CAPTION = 2, 12, 46
PAIRS = ("background_2", "layout_1")
INK, PAPER = (40, 40, 46), (255, 255, 255)


def frame(config, steps: int = 90) -> Image.Image:
    """The view after running right for a while, jumping now and then."""
    params = env.build(config)
    state = env.reset(jax.random.key(3), params)
    step = jax.jit(env.step)
    for t in range(steps):
        state, _ = step(state, 6 if t % 12 < 2 else 2, params)
    pixels = np.moveaxis(np.asarray(env.render(state, params)), 0, -1)
    return Image.fromarray(pixels).resize((config.W * SCALE, config.H * SCALE), Image.NEAREST)


def main(results: Path, target: Path) -> None:
    """Draw the strip: the training look, then each pair's evaluation look with its success rate."""
    rows, _ = collect([results])
    table = gaps(paired(rows))
    success = table[table.metric == "success_rate"].set_index("pair")
    shown = {pair: cells([f"pair={pair}", "budget=quick"])[0] for pair in PAIRS}
    first = success.loc[PAIRS[0]]
    panels = [("trained on", first.train, frame(shown[PAIRS[0]].world.env))]
    panels += [(f"pair={pair}", success.loc[pair]["eval"], frame(cell.shifted.env)) for pair, cell in shown.items()]
    width, height = panels[0][2].size
    sheet = Image.new("RGB", (len(panels) * (width + MARGIN) + MARGIN, height + CAPTION + MARGIN), PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=16)
    for i, (name, rate, picture) in enumerate(panels):
        left = MARGIN + i * (width + MARGIN)
        sheet.paste(picture, (left, CAPTION))
        pen.text((left, 4), name, INK, font)
        pen.text((left, 24), f"success rate {rate:.2f}", INK, font)
    sheet.save(target, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
