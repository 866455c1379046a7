"""The command `kage`.

Each verb imports what it needs when it is called. So help answers at once, and commands that only read files do not
import JAX, which takes more than a second.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

USAGE = """kage: where pixel agents break when only the look changes

  kage run ARGS        train, evaluate and print the gap table; ARGS are Hydra's: pair=background_2, suite=filters,
                       study=radial_light, 'seed=range(2)', budget=quick, filters.brightness=0.5,
                       eval.filters.hue_shift=0,90,180, --cfg job, --help; cluster=slurm submits and returns;
                       --fail-fast stops at the first failure, --dry-run shows the batch files
  kage plan ARGS       what kage run would do: trainings, their looks, what is done, time and disk; --json
  kage list            the 34 pairs with what each changes, the suites and the studies; --json
  kage status DIR      state, progress and time left of every run there, on SLURM too; --watch, --json
  kage logs WHAT       what their SLURM jobs said; WHAT is a folder or part of a training's name
  kage cancel WHAT     end exactly their jobs, after asking; --yes
  kage report DIR ...  results folders as tables, figures and one page, DIR/report/index.html, or of several --to DIR:
                       [--at max|last|train_best] [--paper] [--mix] [--reference METHOD] [--pairs NAMES]
                       [--suites NAMES] [--columns NAMES] [--width INCHES]
  kage certify ARGS    prove that looks differ in pixels and in nothing else: pair=background_2, suite=all,
                       eval.filters.brightness=0.5; [--episodes N]
  kage export ARGS     write the training look as YAML, or with --eval the evaluation look: --to FILE
  kage gallery TARGET  contact sheets of every visual axis into a folder, or a film of one look into a .gif or .mp4 file
  kage play ARGS       play a look with the keyboard, [--record FILE]; or repeat what was recorded: --actions FILE
  kage bench WHAT      measured costs on this machine; WHAT is env, train, compile, memory or
                       commands

Exit codes: 0 done, 1 something failed or is not as certified, 2 wrong arguments, 130 stopped."""

RUN_FLAGS = ("--fail-fast", "--dry-run")
HYDRA_FLAGS = ("--help", "-h", "--hydra-help", "--cfg", "-c", "--info", "-i", "--shell-completion", "-sc", "--version")


def main(argv: list[str] | None = None) -> int:
    """Call the function of the verb. Wrong arguments and unusable folders give one line on stderr."""
    arguments = sys.argv[1:] if argv is None else argv
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    verbs = {"run": run, "plan": plan, "list": listing, "status": status, "logs": logs, "cancel": cancel,
             "report": report, "certify": certify, "gallery": gallery, "play": play, "export": export,
             "bench": bench}  # fmt: skip
    if verb in ("help", "--help", "-h"):
        print(USAGE)
        return 0
    if verb not in verbs:
        print(f"kage: no command {verb!r}, there are {', '.join(verbs)}", file=sys.stderr)
        return 2
    from kage.params import ConfigError
    from kage.runs.files import RunError

    try:
        return verbs[verb](rest)
    except ConfigError as error:
        print(f"kage {verb}: {error}", file=sys.stderr)
        return 2
    except RunError as error:
        print(f"kage {verb}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of a pipe, for example head, has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def run(arguments: list[str]) -> int:
    """kage run: compose, plan, train what is missing, print the gap table."""
    if any(argument.split("=")[0] in HYDRA_FLAGS for argument in arguments):
        return show(arguments)
    from rich.console import Console

    from kage.launch.compose import cells
    from kage.launch.plan import plan
    from kage.launch.trackers import need_trackers
    from kage.params import ConfigError

    check_flags(arguments)
    fail_fast, dry_run = (flag in arguments for flag in RUN_FLAGS)
    trainings = plan(cells([argument for argument in arguments if argument not in RUN_FLAGS]))
    for training in trainings:
        need_trackers(training.cell.tracker)
    places = {training.cell.cluster.name for training in trainings}
    if "slurm" in places and places != {"slurm"}:
        raise ConfigError("cluster=slurm cannot be mixed with other clusters in one command")
    if dry_run:
        return show_batch_files(trainings)
    build_tasks(trainings)
    console = Console()
    if "slurm" in places:
        from kage.launch.slurm import submit

        code = 0
        if not submit(trainings, console, fail_fast):
            return code
    else:
        from kage.launch.local import run_all

        code = run_all(trainings, console, fail_fast)
    if code != 130:
        from kage.analysis.report import print_report

        print_report([training.folder for training in trainings], console)
    return code


def show_batch_files(trainings: Sequence) -> int:
    """kage run --dry-run: print what would be submitted. No look is built."""
    from kage.params import ConfigError

    if trainings[0].cell.cluster.name != "slurm":
        raise ConfigError("--dry-run shows the batch files of cluster=slurm; for the work itself there is kage plan")
    from kage.launch.slurm import dry_run

    dry_run(trainings)
    return 0


def check_flags(arguments: list[str]) -> None:
    """Raise ConfigError for an argument that looks like a flag but is none."""
    from kage.launch.compose import GRID_FLAGS
    from kage.params import ConfigError, nearest

    flags = [*RUN_FLAGS, *HYDRA_FLAGS, *GRID_FLAGS]
    for argument in arguments:
        if argument.startswith("-") and argument not in flags:
            guess = nearest(argument.replace("_", "-"), flags)
            hint = f"; nearest valid: {guess}" if guess else ""
            raise ConfigError(f"{argument} is not allowed: the flags are {', '.join(flags)}{hint}")


def build_tasks(trainings: Sequence) -> None:
    """Build every task once, so that a look that cannot be drawn is refused before anything is written."""
    from kage.launch.compilations import keep_compilations

    keep_compilations()
    for training in trainings:
        for case in training.cases:
            training.cell.recipe.family.task(case.world)


def show(arguments: list[str]) -> int:
    """Let Hydra answer --help, --cfg and similar flags."""
    import hydra

    from kage.launch.compose import GRID_FLAGS, register_schema

    register_schema()
    shown = [argument for argument in arguments if argument not in GRID_FLAGS]  # Hydra shows nothing with them
    sys.argv = ["kage run", *(f"++{a}" if a.startswith("eval.") else a for a in shown)]
    hydra.main(version_base="1.3", config_path="pkg://kage.conf", config_name="config")(lambda config: None)()
    return 0


def report(arguments: list[str]) -> int:
    """kage report: the tables of a results folder."""
    import argparse

    from rich.console import Console

    from kage.analysis.latex import WIDTH
    from kage.analysis.report import print_report
    from kage.analysis.select import RULES
    from kage.launch.compilations import keep_compilations
    from kage.params import ConfigError

    def names(text: str) -> list[str]:
        return [name for name in map(str.strip, text.split(",")) if name]

    parser = argparse.ArgumentParser(prog="kage report", description="gap tables of results folders, printed and "
                                     "written to FOLDER/report, with figures and a page, index.html")  # fmt: skip
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER",
                        help="an experiment's folder, or any folder above run folders")  # fmt: skip
    parser.add_argument("--to", type=Path, metavar="DIR", help="write the report there; of one folder FOLDER/report")
    parser.add_argument("--pairs", type=names, default=[], metavar="NAMES", help="only these: background_2,'filters_*'")
    parser.add_argument("--suites", type=names, default=[], metavar="NAMES", help="only pairs of these: filters,layout")
    parser.add_argument("--columns", type=names, default=[], metavar="NAMES", help="only these beside the names, as "
                        "headers call them or begin, with gap for Δ: 'success gap,agreement'; CSV files have all")
    parser.add_argument("--width", type=float, default=WIDTH, metavar="INCHES", help="of the text that LaTeX tables "
                        f"and figures stand in; {WIDTH:.2f}, an article in one column")  # fmt: skip
    parser.add_argument("--at", choices=list(RULES), default="max",
                        help="; ".join(f"{name}: {rule}" for name, rule in RULES.items()))  # fmt: skip
    parser.add_argument("--paper", action="store_true", help="set the paper's numbers beside ours")
    parser.add_argument("--mix", action="store_true", help="average over budgets, code versions and trainings")
    parser.add_argument("--reference", metavar="LABEL", help="the method that others are compared with; ppo if it is "
                        "there, else the first by name")  # fmt: skip
    options = parser.parse_args(arguments)
    for folder in options.folders:
        if not folder.is_dir():
            raise ConfigError(f"{folder} is not a folder")
    if len(options.folders) > 1 and not options.to:
        raise ConfigError("of several folders, --to DIR says where the report is written")
    if not 2 <= options.width <= 20:
        raise ConfigError(f"--width={options.width:g} is not allowed: 2 .. 20 inches")
    keep_compilations()
    print_report(options.folders, Console(), at=options.at, mix=options.mix, paper=options.paper,
                 to=options.to or options.folders[0] / "report", reference=options.reference, pairs=options.pairs,
                 suites=options.suites, columns=options.columns, width=options.width)  # fmt: skip
    return 0


def plan(arguments: list[str]) -> int:
    """kage plan: what would run."""
    from kage.launch.preview import main

    return main(arguments)


def listing(arguments: list[str]) -> int:
    """kage list: pairs, suites, studies."""
    from kage.launch.listing import main

    return main(arguments)


def status(arguments: list[str]) -> int:
    """kage status: the state of runs."""
    from kage.launch.status import main

    return main(arguments)


def logs(arguments: list[str]) -> int:
    """kage logs: the logs of the jobs of runs."""
    from kage.launch.status import logs

    return logs(arguments)


def cancel(arguments: list[str]) -> int:
    """kage cancel: end the jobs of runs."""
    from kage.launch.status import cancel_runs

    return cancel_runs(arguments)


def gallery(arguments: list[str]) -> int:
    """kage gallery: pictures of looks."""
    from kage.launch.compilations import keep_compilations
    from kage.launch.gallery import main

    keep_compilations()
    return main(arguments)


def play(arguments: list[str]) -> int:
    """kage play: a person plays a look."""
    from kage.launch.compilations import keep_compilations
    from kage.launch.play import main

    keep_compilations()
    return main(arguments)


def bench(arguments: list[str]) -> int:
    """kage bench: measured costs."""
    from kage.launch.bench import main

    return main(arguments)


def certify(arguments: list[str]) -> int:
    """kage certify: compare the looks of pairs and print the results. Returns 1 if a claim is wrong."""
    import argparse

    from rich.console import Console

    from kage.launch.certify import certify_all
    from kage.launch.compilations import keep_compilations
    from kage.platformer.certify import EPISODES

    parser = argparse.ArgumentParser(prog="kage certify", description="prove that looks differ in pixels only")
    parser.add_argument("overrides", nargs="*", help="as for kage run: pair=background_2, suite=all")
    parser.add_argument("--episodes", type=int, default=EPISODES, help="keys and action sequences, %(default)s")
    options = parser.parse_intermixed_args(arguments)
    keep_compilations()
    return certify_all(options.overrides, options.episodes, Console())


def export(arguments: list[str]) -> int:
    """kage export: one composed look as a YAML file."""
    import argparse

    from kage.launch.compose import one_look
    from kage.platformer.config import save_config_to_yaml

    parser = argparse.ArgumentParser(prog="kage export", description="write a composed look as YAML")
    parser.add_argument("overrides", nargs="*", help="as for kage run: pair=background_2, filters.brightness=0.5")
    parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="the file to write")
    parser.add_argument("--eval", action="store_true", help="the evaluation look instead of the training look")
    options = parser.parse_intermixed_args(arguments)
    save_config_to_yaml(one_look(options.overrides, options.eval), options.to)
    print(options.to)
    return 0
