"""Packs: results in one zip file, to be sent to somebody else or published.

    croissant.json                  what rows.csv holds, in the words of Croissant
    rows.csv                        all evaluations as one table
    runs/<training>/seed=<k>/       config.yaml, record.json, status.json, train.jsonl, eval.jsonl of each run
    runs/<training>/seed=<k>/checkpoints/   its kept policies, where they were asked for

A pack may come from anybody. Only files with these names are taken out of it, and only into the folder that was asked
for; a pack that has anything else is refused as a whole.
"""

import contextlib
import os
import re
import secrets
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kage.params import ConfigError
from kage.runs.files import RunError, cannot_write
from kage.runs.run import EVAL, TRAIN

METADATA, ROWS = "croissant.json", "rows.csv"
FILES = ("config.yaml", "record.json", "status.json", TRAIN, EVAL)  # of each run
RUN = r"runs/(?!\.{1,2}/)[^/\\\0]+/seed=\d+/"
MEMBER = re.compile(rf"{METADATA}|{ROWS}|{RUN}({'|'.join(map(re.escape, FILES))}|checkpoints/step=\d+\.msgpack)")
DATE = (1980, 1, 1, 0, 0, 0)  # of every file in a pack: equal results make equal packs


def is_pack(path: Path) -> bool:
    """Is this a file that may be a pack? Everything else is read as a folder."""
    return path.suffix == ".zip" and os.path.isfile(path)


def refuse_others(given: Sequence[Path]) -> None:
    """ConfigError for what is neither a folder nor a pack."""
    for path in given:
        if not is_pack(path) and not os.path.isdir(path):  # False too for a name that no file can have
            raise ConfigError(f"{path} is neither a folder nor a pack (.zip)")


def write_pack(path: Path, content: Mapping[str, bytes | Path]) -> None:
    """Write a pack as a whole or not at all. content: bytes, or the file that holds them, by name in the pack. RunError
    if it cannot be written or a file cannot be read."""
    for name in content:
        if not MEMBER.fullmatch(name):
            raise RunError(f"{name!r} cannot be in a pack: rename that folder, without a backslash")
    temporary = path.parent / f"{path.name}.{secrets.token_hex(4)}.tmp"
    try:
        with zipfile.ZipFile(temporary, "x", zipfile.ZIP_DEFLATED) as pack:
            for name, data in content.items():
                member = zipfile.ZipInfo(name, DATE)
                member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                if isinstance(data, Path):
                    member.file_size = data.stat().st_size  # zipfile must know of files beyond 2 GB beforehand
                    with open(data, "rb") as source, pack.open(member, "w") as target:
                        shutil.copyfileobj(source, target, 1 << 20)
                else:
                    pack.writestr(member, data)
        os.replace(temporary, path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def extract(path: Path, folder: Path) -> None:
    """Write what a pack holds into a folder. RunError if it is damaged, holds anything that no pack has, or is larger
    than the room there."""
    try:
        with zipfile.ZipFile(path) as pack:
            members = pack.infolist()
            names = {member.filename for member in members}
            if len(names) < len(members):
                raise RunError(f"{path} has several files of one name: it is no pack of kage pack")
            for member in members:
                check(path, member)
            needed, free = sum(member.file_size for member in members), shutil.disk_usage(folder).free
            if needed > free:
                raise RunError(f"{path} holds {needed:,} bytes and {folder} has room for {free:,}; set TMPDIR to a "
                               "folder with more room")  # fmt: skip
            for member in members:
                target = folder / member.filename
                target.parent.mkdir(parents=True, exist_ok=True)
                with pack.open(member) as source, open(target, "xb") as file:
                    shutil.copyfileobj(source, file, 1 << 20)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
        raise RunError(f"{path} is damaged, or no zip file: {error}") from None
    except OSError as error:
        raise RunError(f"{path} cannot be unpacked into {folder}: {error.strerror or error}") from None


def check(path: Path, member: zipfile.ZipInfo) -> None:
    """RunError for a member that no pack has: a link, an encrypted file, another name than those of packs."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    known = MEMBER.fullmatch(member.filename) and kind in (0, stat.S_IFREG)
    if not known or member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise RunError(f"{path} has {member.filename!r}, which kage pack does not write, so nothing of it is read; "
                       "unpack other zip files yourself and name the folder")  # fmt: skip


@dataclass(frozen=True)
class Sources:
    """Results folders, packs among them unpacked, in the order in which they were named."""

    given: tuple[Path, ...]  # as the user named them
    folders: tuple[Path, ...]  # where they are

    def told(self, text: str) -> str:
        """A message with the names of packs in place of the folders that they were unpacked into."""
        for given, folder in zip(self.given, self.folders):
            text = text.replace(str(folder), str(given)) if folder != given else text
        return text


@contextlib.contextmanager
def opened(given: Sequence[Path]) -> Iterator[Sources]:
    """Results folders and packs as folders, as long as the context lasts. RunError for a pack that cannot be read;
    errors raised inside the context name packs, not the folders they were unpacked into."""
    with tempfile.TemporaryDirectory(prefix="kage-") as room:
        folders = [Path(room).resolve() / str(place) / path.stem if is_pack(path) else path
                   for place, path in enumerate(given)]  # fmt: skip
        for path, folder in zip(given, folders):
            if folder != path:
                folder.mkdir(parents=True)
                extract(path, folder)
        sources = Sources(tuple(given), tuple(folders))
        try:
            yield sources
        except RunError as error:
            raise RunError(sources.told(str(error))) from None
