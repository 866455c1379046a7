"""The command `kage`."""

import os
import sys
from pathlib import Path

from rich.console import Console

from kage.params import ConfigError
from kage.run import RunError

USAGE = """kage: where pixel agents break when only the look changes

  kage run ARGS        train, evaluate and print the gap table; ARGS are Hydra's: pair=background_2 'seed=range(2)'
                       budget=quick, filters.brightness=0.5, eval.filters.hue_shift=0,90,180, --cfg job, --help
  kage report DIR      gap table of a results folder, [--at max|last] [--csv FILE]
  kage certify ARGS    prove that looks differ in pixels and in nothing else: pair=background_2, 'pair=glob(*)',
                       eval.filters.brightness=0.5; [--episodes N]
  kage export ARGS     write the training look as YAML, or with --eval the evaluation look: --to FILE
  kage gallery TARGET  contact sheets of every visual axis into a folder, or a film of one look into a .gif file
  kage bench WHAT      measured speed on this machine; WHAT is env or train

Exit codes: 0 done, 1 something failed or is not as certified, 2 wrong arguments, 130 stopped and saved."""

HYDRA_FLAGS = ("--help", "-h", "--hydra-help", "--cfg", "-c", "--info", "-i", "--shell-completion", "-sc", "--version")


def main(argv: list[str] | None = None) -> int:
    """Dispatch the verb; errors of users and folders are one line on stderr."""
    arguments = sys.argv[1:] if argv is None else argv
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    verbs = {"run": run, "report": report, "certify": certify, "gallery": gallery, "export": export, "bench": bench}
    if verb in ("help", "--help", "-h"):
        print(USAGE)
        return 0
    if verb not in verbs:
        print(f"kage: no command {verb!r}, there are {', '.join(verbs)}", file=sys.stderr)
        return 2
    try:
        return verbs[verb](rest)
    except ConfigError as error:
        print(f"kage {verb}: {error}", file=sys.stderr)
        return 2
    except RunError as error:
        print(f"kage {verb}: {error}", file=sys.stderr)
        return 1


def run(arguments: list[str]) -> int:
    """kage run: compose, plan, train what is missing, print the gap table."""
    if any(argument.split("=")[0] in HYDRA_FLAGS for argument in arguments):
        return show(arguments)
    from analysis.tables import print_gaps  # these imports start JAX: not for --help
    from launch.compose import cells
    from launch.local import run_all
    from launch.plan import plan

    keep_compilations()
    console = Console()
    trainings = plan(cells(arguments))
    for training in trainings:
        build_tasks(training)
    code = run_all(trainings, console)
    if code != 130:
        print_gaps([training.folder for training in trainings], console, at="max")
    return code


def build_tasks(training) -> None:
    """Build every look once, so that what cannot be drawn is refused before anything is written."""
    from kage.tasks import kage_task

    for look in training.looks:
        kage_task(look.config, training.cell.task.pool)


def show(arguments: list[str]) -> int:
    """Leave --help, --cfg and their like to Hydra."""
    import hydra

    from launch.compose import register_schema

    register_schema()
    sys.argv = ["kage run", *(f"++{a}" if a.startswith("eval.") else a for a in arguments)]
    hydra.main(version_base="1.3", config_path="pkg://conf", config_name="config")(lambda config: None)()
    return 0


def report(arguments: list[str]) -> int:
    """kage report: the gap table of a results folder."""
    import argparse

    from analysis.tables import print_gaps

    parser = argparse.ArgumentParser(prog="kage report", description="gap table of a results folder")
    parser.add_argument("folder", type=Path, help="an experiment's folder, or any folder above run folders")
    parser.add_argument("--at", choices=["max", "last"], default="max", help="max: each metric's maximum over "
                        "training, as in the paper; last: the last evaluation")  # fmt: skip
    parser.add_argument("--csv", type=Path, help="also write the table there (default: FOLDER/gaps.csv)")
    options = parser.parse_args(arguments)
    if not options.folder.is_dir():
        raise ConfigError(f"{options.folder} is not a folder")
    csv = options.csv or options.folder / "gaps.csv"
    print_gaps([options.folder], Console(), at=options.at, csv=csv)
    return 0


def gallery(arguments: list[str]) -> int:
    """kage gallery: pictures of looks."""
    from launch.gallery import main

    return main(arguments)


def bench(arguments: list[str]) -> int:
    """kage bench: measured speed."""
    from launch.bench import main

    return main(arguments)


def certify(arguments: list[str]) -> int:
    """kage certify: compare the looks of pairs, print what was found; 1 if one is not what it claims to be."""
    import argparse

    from kage.certify import EPISODES
    from launch.certify import certify_all

    parser = argparse.ArgumentParser(prog="kage certify", description="prove that looks differ in pixels only")
    parser.add_argument("overrides", nargs="*", help="as for kage run: pair=background_2, 'pair=glob(*)'")
    parser.add_argument("--episodes", type=int, default=EPISODES, help="keys and action sequences, %(default)s")
    options = parser.parse_intermixed_args(arguments)
    keep_compilations()
    return certify_all(options.overrides, options.episodes, Console())


def export(arguments: list[str]) -> int:
    """kage export: one composed look as a YAML file."""
    import argparse

    from kage.config import save_config_to_yaml
    from launch.compose import cells

    parser = argparse.ArgumentParser(prog="kage export", description="write a composed look as YAML")
    parser.add_argument("overrides", nargs="*", help="as for kage run: pair=background_2, filters.brightness=0.5")
    parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="the file to write")
    parser.add_argument("--eval", action="store_true", help="the evaluation look instead of the training look")
    options = parser.parse_intermixed_args(arguments)
    looks = []
    for cell in cells(options.overrides):
        look = cell.shifted if options.eval else cell.train
        if look is None:
            raise ConfigError("there is no evaluation look: choose pair=<name>, or set eval.<group>.<key>=<value>")
        if look not in looks:
            looks.append(look)
    if len(looks) > 1:
        raise ConfigError(f"{len(looks)} looks are asked for, a file holds one: give single values")
    save_config_to_yaml(looks[0], options.to)
    print(options.to)
    return 0


def keep_compilations() -> None:
    """Compiled programs are kept in a folder of the user, unless JAX_COMPILATION_CACHE_DIR names another."""
    import jax

    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kage" / "jax"
        jax.config.update("jax_compilation_cache_dir", str(cache))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.5)
