"""Pictures from files: skins and their animation, and background pictures.

A skin is a folder of frames. All skins of a layer are kept in one sheet, so that a sprite is drawn by blending one
window of the sheet over one window of the frame.
"""

import functools
from collections.abc import Sequence
from pathlib import Path
from struct import error as StructError

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct
from PIL import Image, ImageOps, UnidentifiedImageError

from kage.look.files import SUFFIXES, listed, picture_files, skin_files
from kage.params import ConfigError, fault

STEPS_PER_SECOND = 60  # an animation's "frames per second" refer to this rate


def read(key: str, value: str, path: Path, mode: str) -> Image.Image:
    """The picture in a file, converted to `mode`: RGBA, or RGB where nothing may be transparent.

    Raises `ConfigError` for an animation, and for transparency where nothing lies behind the picture.
    """
    try:
        with Image.open(path) as picture:
            if getattr(picture, "is_animated", False) and picture.format != "MPO":  # a photo with a second, small view
                raise fault(key, value, f"still pictures, but {path} is an animation of {picture.n_frames} frames: "
                                        "save each frame that is wanted as a picture of its own")
            if mode == "RGB" and not opaque(picture):
                raise fault(key, value, f"opaque pictures, but parts of {path} are transparent, and nothing lies "
                                        "behind a background: save it with a colour there")
            upright = ImageOps.exif_transpose(picture)
            if upright.mode.startswith("I"):  # grey of 16 bits, which `convert` would cut off at 255
                upright = Image.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
            return upright.convert(mode)
    except ConfigError:
        raise
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError, StructError, Image.DecompressionBombError):
        raise fault(key, value, f"readable pictures ({', '.join(SUFFIXES)}), but {path} is not one") from None


def opaque(picture: Image.Image) -> bool:
    """True unless some pixel is transparent in part or in whole. Most pictures that have transparency do not use it."""
    return not picture.has_transparency_data or picture.convert("RGBA").getextrema()[3][0] == 255


def stamp(path: Path) -> tuple[str, int, int]:
    """A file's path, time and size: a cache of its pixels depends on them."""
    about = path.stat()
    return str(path), about.st_mtime_ns, about.st_size


# --- background pictures ---


def pictures(config, names: Sequence[str], height: int) -> np.ndarray:
    """The pictures that `config` names, (count, 3, height, width) u8, all with the width of the first."""
    key, values, is_folder = listed(config, names)
    files = [stamp(path) for value in values for path in picture_files(key, value, is_folder)]
    return load_pictures(key, str(values[0] if len(values) == 1 else values), tuple(files), height)


@functools.lru_cache(maxsize=8)
def load_pictures(key: str, value: str, files: tuple, height: int) -> np.ndarray:
    """`pictures` from these (path, time, size), resized to `height` by Lanczos; the first keeps its aspect ratio."""
    planes, width = [], None
    for name, _, _ in files:
        picture = read(key, value, Path(name), "RGB")
        if width is None:
            width = max(1, round(picture.width * height / picture.height))
        if picture.size != (width, height):
            picture = picture.resize((width, height), Image.Resampling.LANCZOS)
        planes.append(np.moveaxis(np.asarray(picture), -1, 0))
    return np.stack(planes)


# --- skins ---


@struct.dataclass
class Skins:
    """The frames of all skins of a layer, padded to one size: pixels at the bottom left, the rest transparent.

    A margin as large as a window surrounds each padded frame. So a window that crosses the edge of the screen, or lies
    beside the screen, still lies in the sheet.
    """

    height: int = struct.field(pytree_node=False)  # px, of the largest frame
    width: int = struct.field(pytree_node=False)  # px
    window: tuple[int, int] = struct.field(pytree_node=False)  # px rows and columns, at most the screen
    sheet: jax.Array  # (frames, 4, height + 2 window rows, width + 2 window columns) u8 RGBA
    first: jax.Array  # (skins,) i32 first frame of each skin
    count: jax.Array  # (skins,) i32 frames of each skin
    own_width: jax.Array  # (skins,) i32 px

    @property
    def number(self) -> int:
        """How many skins there are."""
        return self.first.shape[-1]


def skins(config, names: Sequence[str], height: int, width: int) -> Skins:
    """The skins that `config` names, for a screen of height x width px."""
    key, values, is_folder = listed(config, names)
    stamps = [tuple(map(stamp, frames)) for value in values for frames in skin_files(key, value, is_folder)]
    sheet, first, count, own_width, size = load_skins(
        key, str(values[0] if len(values) == 1 else values), tuple(stamps), height, width
    )
    return Skins(
        height=size[0],
        width=size[1],
        window=(min(size[0], height), min(size[1], width)),
        sheet=jnp.asarray(sheet),
        first=jnp.asarray(first),
        count=jnp.asarray(count),
        own_width=jnp.asarray(own_width),
    )


@functools.lru_cache(maxsize=16)
def load_skins(key: str, value: str, files: tuple, screen_height: int, screen_width: int) -> tuple:
    """Sheet, first frames, frame counts, widths and the common size of the skins with these files."""
    frames = [[np.asarray(read(key, value, Path(name), "RGBA")) for name, _, _ in skin] for skin in files]
    height = max(frame.shape[0] for skin in frames for frame in skin)
    width = max(frame.shape[1] for skin in frames for frame in skin)
    rows, columns = min(height, screen_height), min(width, screen_width)
    count = np.array([len(skin) for skin in frames], np.int32)
    sheet = np.zeros((count.sum(), 4, height + 2 * rows, width + 2 * columns), np.uint8)
    for i, frame in enumerate(frame for skin in frames for frame in skin):
        h, w, _ = frame.shape
        sheet[i, :, rows + height - h : rows + height, columns : columns + w] = np.moveaxis(frame, -1, 0)
    own_width = np.array([max(frame.shape[1] for frame in skin) for skin in frames], np.int32)
    return sheet, np.cumsum(count, dtype=np.int32) - count, count, own_width, (height, width)


def flat(skins: Skins, value: int) -> Skins:
    """The same skins painted in one value, opaque wherever they are not fully transparent."""
    channel = jax.lax.broadcasted_iota(jnp.uint8, (4, 1, 1), 0)
    covers = skins.sheet[:, 3:] > 0
    return skins.replace(sheet=jnp.where(covers, jnp.where(channel == 3, 255, value), 0).astype(jnp.uint8))


def animate(skins: Skins, skin: jax.Array, idle: jax.Array | int, n: jax.Array, fps: jax.Array) -> jax.Array:
    """Index in the sheet, i32, of the frame a skin shows after `n` steps: from `idle` on, `fps` frames in 60 steps."""
    ticks = n.astype(jnp.float32) * fps
    shown = jnp.floor(ticks / STEPS_PER_SECOND)
    # A compiler multiplies by the reciprocal, and the result may be just below a whole number. So compare exactly.
    rest = ticks - shown * STEPS_PER_SECOND
    shown = shown + (rest >= STEPS_PER_SECOND) - (rest < 0)
    return skins.first[skin] + (idle + shown.astype(jnp.int32)) % skins.count[skin]


def draw(
    frame: jax.Array, skins: Skins, skin: jax.Array, index: jax.Array, cx: jax.Array, bottom: jax.Array
) -> jax.Array:
    """`frame` (3, H, W) u8 with one sprite blended over it; only the sprite's window changes.

    index: the sheet's frame; cx: the screen column of the sprite's middle; bottom: the screen row below its last
    row, i32 px. A sprite beside the screen changes nothing.
    """
    _, height, width = frame.shape
    rows, columns = skins.window
    top, left = bottom - skins.height, cx - skins.own_width[skin] // 2
    y, x = jnp.clip(top, 0, height - rows), jnp.clip(left, 0, width - columns)
    # Not below 0: a slice counts negative starts from the end.
    row, column = jnp.maximum(rows + y - top, 0), jnp.maximum(columns + x - left, 0)
    sprite = jax.lax.dynamic_slice(skins.sheet, (index, 0, row, column), (1, 4, rows, columns))[0]
    under = jax.lax.dynamic_slice(frame, (0, y, x), (3, rows, columns)).astype(jnp.float32)
    alpha = sprite[3].astype(jnp.float32) / 255.0
    blend = sprite[:3].astype(jnp.float32) * alpha + under * (1.0 - alpha)
    return jax.lax.dynamic_update_slice(frame, blend.astype(jnp.uint8), (0, y, x))
