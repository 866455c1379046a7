"""Films: states of an environment drawn twice as large, 30 frames a second, and written as GIF or MP4."""

import io
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from kage.extras import need
from kage.launch.captions import PAPER, caption, wrapped
from kage.launch.episode import Stage
from kage.look.sprites import STEPS_PER_SECOND
from kage.params import fault
from kage.runs.files import RunError

EVERY = 2  # steps per frame
SCALE = 2  # px per px; H.264 stores one colour for 2 x 2 px, so at this scale no colour is lost
FRAMES_PER_SECOND = STEPS_PER_SECOND // EVERY
GAP = 8  # px between films side by side

Encoder = Callable[[Sequence[np.ndarray]], bytes]


def encoder(path: Path) -> Encoder:
    """The function that turns frames, (H, W, 3) u8 each, into the bytes of this file.

    Raises `ConfigError` for a suffix that names no film, and for `.mp4` without the extra `video`.
    """
    if path.suffix not in (".gif", ".mp4"):
        raise fault("film", str(path), "a film ends in .gif or .mp4", path.with_suffix(".gif"))
    if path.suffix == ".gif":
        return gif
    ffmpeg = need("imageio_ffmpeg", "video").get_ffmpeg_exe()
    return lambda frames: mp4(frames, ffmpeg)


def gif(frames: Sequence[np.ndarray]) -> bytes:
    """An endless GIF. A frame equal to the one before is not stored: the one before is shown longer."""
    first, *more = map(Image.fromarray, frames)
    data = io.BytesIO()
    first.save(data, "GIF", save_all=True, append_images=more, duration=1000 // FRAMES_PER_SECOND, loop=0)
    return data.getvalue()


def mp4(frames: Sequence[np.ndarray], ffmpeg: str) -> bytes:
    """An H.264 film, made by this executable of ffmpeg.

    ffmpeg is run directly, because the Python packages for it fork, which is unsafe in a process with JAX's threads.
    """
    height, width, _ = frames[0].shape
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(FRAMES_PER_SECOND), "-i", "-"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        coded = ["-c:v", "libx264", "-crf", "18", "-pix_fmt", "yuv420p", "-loglevel", "error", str(path)]
        done = subprocess.run([ffmpeg, *raw, *coded], input=b"".join(map(bytes, frames)), capture_output=True)
        if done.returncode:
            raise RunError(f"ffmpeg could not make the film: {done.stderr.decode(errors='replace').strip()}")
        return path.read_bytes()


def pictures(states: Iterable[Any], stage: Stage) -> list[np.ndarray]:
    """The frames of a film, (SCALE H, SCALE W or more, 3) u8 each, of successive states."""
    seen = (stage.draw(state) for state in islice(states, 0, None, EVERY))
    return [frame.repeat(SCALE, 0).repeat(SCALE, 1) for frame in seen]


def beside(films: Mapping[str, Sequence[np.ndarray]]) -> list[np.ndarray]:
    """Films of equal length side by side, as one film. In: caption -> frames, (H, W, 3) u8 each, W even."""
    width = next(iter(films.values()))[0].shape[1]
    lines = max(len(list(wrapped(text, width))) for text in films)
    heads = [caption(text, width, lines) for text in films]
    return [row([np.vstack(column) for column in zip(heads, frames)]) for frames in zip(*films.values(), strict=True)]


def row(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Pictures of equal height in a row, with a gap between them."""
    gap = np.full((len(pictures[0]), GAP, 3), PAPER, np.uint8)
    first, *others = pictures
    return np.hstack([first, *(part for picture in others for part in (gap, picture))])
