"""kage pack: the results of an experiment as one file, to be sent or published."""

import argparse
from pathlib import Path

from kage.analysis.collect import collect
from kage.analysis.croissant import croissant, table
from kage.analysis.page.provenance import read_attempts
from kage.console import console, counted, say
from kage.launch.gather import gathered
from kage.launch.preview import bytes_in_words
from kage.params import ConfigError
from kage.runs.packs import FILES, METADATA, ROWS, write_pack
from kage.runs.run import RunError, checkpoints

UNDATED = "1970-01-01"


def main(arguments: list[str]) -> int:
    """kage pack FOLDER FILE: write the pack and say what is in it."""
    parser = argparse.ArgumentParser(prog="kage pack", description="results as one zip file: all evaluations as a "
                                     "table with Croissant metadata, configurations and records; kage report, compare, "
                                     "merge and leaderboard read it like a folder")  # fmt: skip
    parser.add_argument("folder", type=Path, help="an experiment's folder, or any folder above run folders")
    parser.add_argument("file", type=Path, help="the pack to write, NAME.zip")
    parser.add_argument("--policies", action="store_true", help="with the policies that runs keep")
    parser.add_argument("--license", help="for the metadata: under which licence others may use it, as a name or a URL")
    parser.add_argument("--creator", help="for the metadata: who made it")
    parser.add_argument("--url", help="for the metadata: where it is published")
    options = parser.parse_args(arguments)
    if options.file.suffix != ".zip":
        raise ConfigError(f"{options.file} is not allowed: the name of a pack ends in .zip; nearest valid: "
                          f"{options.file.with_suffix('.zip')}")  # fmt: skip
    if not options.file.parent.is_dir():
        raise ConfigError(f"{options.file.parent} is not a folder")
    out, (rows, faults) = console(), collect([options.folder])
    for fault in faults:
        say(out, f"left out {fault}", markup=False)
    if rows.empty:
        raise RunError(f"no evaluations below {options.folder}")
    places = gathered(rows)
    content: dict[str, bytes | Path] = {}
    for place, folder in places.items():
        kept = [path.relative_to(folder) for path in checkpoints(folder).values()] if options.policies else []
        for name in (*map(Path, FILES), *kept):
            if (folder / name).is_file():
                content[f"runs/{place}/{name.as_posix()}"] = folder / name
    policies = sum(name.endswith(".msgpack") for name in content)
    if options.policies and not policies:
        raise RunError(f"{options.folder} keeps no policies: train with budget.keep_checkpoints=true, or leave out "
                       "--policies")  # fmt: skip
    called = {str(folder): f"runs/{place}" for place, folder in places.items()}
    packed = rows[rows.run.isin(list(called))]
    packed = table(packed.assign(run=packed.run.astype("str").map(called)))
    csv = packed.to_csv(index=False).encode()
    times = [attempt.get("time", "") for folder in places.values() for attempt in read_attempts(folder)]
    more = {key: value for key in ("license", "creator", "url") if (value := getattr(options, key))}
    metadata = croissant(packed, csv, options.file.stem, max(times, default="")[:10] or UNDATED, more)
    write_pack(options.file, {METADATA: metadata, ROWS: csv} | content)
    say(out, f"{options.file}: {counted(len(places), 'run')}, {counted(len(packed), 'row')}, "
        f"{counted(policies, 'policy file')}, {bytes_in_words(options.file.stat().st_size)}", markup=False)  # fmt: skip
    say(out, "record.json of every run holds the host, the command and what was changed in the code: read it before "
        "you publish the pack")  # fmt: skip
    return 0
