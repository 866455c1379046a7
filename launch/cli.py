"""The command `kage`.

Each verb imports what it needs when it is called. So help answers at once, and commands that only read files do not
import JAX, which takes more than a second.
"""

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from kage.launch.garbage import collect_seldom

USAGE = """kage: where pixel agents break when only the look changes

  kage run ARGS        train, evaluate and print the gap table; ARGS are Hydra's: pair=background_2, suite=filters,
                       study=radial_light, 'seed=range(2)', budget=quick, filters.brightness=0.5,
                       eval.filters.hue_shift=0,90,180; cluster=slurm submits and returns; kage run --help has more
  kage search ARGS     search settings of a method with Optuna: agent and encoder keys with ranges; each trial is an
                       ordinary training: 'agent.learning_rate=tag(log,interval(1e-4,1e-2))' --trials 20
  kage plan ARGS       what kage run would do: trainings, their looks, what is finished, time, disk; --json
  kage list            the 34 pairs with what each changes, the suites and the studies; --json
  kage params [GROUP]  every parameter, or those of a group: meaning, unit, default and allowed values
  kage status DIR      state, progress and time left of every run there, on SLURM too; --watch, --json
  kage logs WHAT       output of the runs; WHAT is a folder or part of a training's name; -f follows them
  kage cancel WHAT     end exactly their SLURM jobs, after asking; --yes
  kage report DIR ...  results folders and packs as tables, figures and one page, DIR/report/index.html,
                       PACK-report/index.html, or of several --to DIR:
                       [--at max|last|train_best] [--paper] [--mix] [--reference METHOD] [--pairs NAMES]
                       [--suites NAMES] [--columns NAMES] [--width INCHES]
  kage compare A B     two results folders: settings and looks that differ, differences seed by seed; [--at RULE]
  kage pack DIR FILE   results as one zip file with Croissant metadata, to be sent or published; [--policies]
  kage merge A B ...   results folders and packs as one results folder, --to DIR
  kage leaderboard A B ...  methods x suites of packs or folders as one page, [--to FILE]
  kage note DIR [TEXT] add a line to the notes on an experiment, or show them
  kage rm WHAT         remove results, after asking; --yes
  kage certify ARGS    prove that looks differ in pixels and in nothing else: pair=background_2, suite=all,
                       eval.filters.brightness=0.5; [--episodes N]
  kage check DIR       the checks that a method has of its own trainings, agent=smg: each with its numbers, pass or
                       fail; [--steps N]
  kage explain DIR ... why kept policies break: which pixels, what they no longer know, where they fail;
                       DIR/explain/index.html; [--pairs NAMES] [--episodes N] [--to DIR]
  kage export ARGS     write the training look as YAML, or with --eval the evaluation look: --to FILE
  kage gallery TARGET  contact sheets of every parameter that can be seen into a folder, or a film into a .gif or .mp4
                       file: of one look, or with --both of the training and the evaluation look side by side
  kage play ARGS       play a look or levels with the keyboard; a look also with [--record FILE], or --actions FILE,
                       which repeats what was recorded
  kage bench WHAT      measured costs on this machine; WHAT is env, train, compile, memory or
                       commands
  kage completion SHELL  the lines that make bash, zsh or fish complete all this: eval "$(kage completion bash)"

kage VERB --help explains a verb; kage --version. KAGE_CONF=FOLDER adds option files of your own.
Exit codes: 0 done, 1 something failed or is not as certified, 2 wrong arguments, 130 stopped."""


def main(argv: list[str] | None = None) -> int:
    """Call the function of the verb. Wrong arguments and unusable folders give one line on stderr."""
    if argv is None:  # this process is the command's own
        collect_seldom()
    arguments = sys.argv[1:] if argv is None else argv
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    try:
        code = answer(verb, rest)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # the reader of a pipe, for example head, has ended
        from kage.console import leave_pipe

        leave_pipe()
        return 0


def answer(verb: str, rest: list[str]) -> int:
    """Do what a verb asks for. Returns the exit code."""
    if verb in ("help", "--help", "-h"):
        print(USAGE)
        return 0
    if verb == "--version":
        from importlib.metadata import version

        print(f"kage {version('kage-lab')}")
        return 0
    from kage.params import ConfigError, nearest
    from kage.runs.files import RunError

    if verb not in VERBS:
        guess = nearest(verb, VERBS)
        hint = f"; did you mean kage {guess}?" if guess else ""
        print(f"kage: no command {verb!r}, there are {', '.join(VERBS)}{hint}", file=sys.stderr)
        return 2
    from kage.console import NobodyReads

    try:
        return function(VERBS[verb])(rest)
    except ConfigError as error:
        print(f"kage {verb}: {error}", file=sys.stderr)
        return 2
    except RunError as error:
        print(f"kage {verb}: {error}", file=sys.stderr)
        return 1
    except NobodyReads:
        return int(verb == "run")  # a training ends by it; all others had nothing else to do
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130


def function(place: str):
    """The function at module:name."""
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


def report(arguments: Sequence[str]) -> int:
    """kage report: the tables of a results folder."""
    import argparse

    from kage.analysis.latex import WIDTH
    from kage.analysis.report import as_json, print_report
    from kage.analysis.select import RULES
    from kage.console import console
    from kage.launch.compilations import keep_compilations
    from kage.params import ConfigError
    from kage.runs.packs import refuse_others

    def names(text: str) -> list[str]:
        return [name for name in map(str.strip, text.split(",")) if name]

    parser = argparse.ArgumentParser(prog="kage report", description="gap tables of results folders, printed and "
                                     "written to FOLDER/report, with figures and a page, index.html")  # fmt: skip
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER",
                        help="an experiment's folder, any folder above run folders, or a pack (.zip)")  # fmt: skip
    parser.add_argument("--to", type=Path, metavar="DIR", help="write the report there; of one folder FOLDER/report, "
                        "of a pack NAME.zip NAME-report")  # fmt: skip
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
    parser.add_argument("--json", action="store_true", help="print every table for programs, and write nothing")
    options = parser.parse_args(arguments)
    refuse_others(options.folders)
    what = {"at": options.at, "mix": options.mix, "paper": options.paper, "reference": options.reference,
            "pairs": options.pairs, "suites": options.suites}  # fmt: skip
    if options.json:
        print(as_json(options.folders, **what))
        return 0
    if len(options.folders) > 1 and not options.to:
        raise ConfigError("a report of several folders needs --to DIR, the folder to write it to")
    if not 2 <= options.width <= 20:
        raise ConfigError(f"--width={options.width:g} is not allowed: 2 .. 20 inches")
    keep_compilations()
    print_report(options.folders, console(), **what, to=options.to or beside(options.folders[0]),
                 columns=options.columns, width=options.width)  # fmt: skip
    return 0


def beside(source: Path) -> Path:
    """Where the report of a folder or of a pack is written if nothing else is said."""
    from kage.runs.packs import is_pack

    return source.with_name(f"{source.stem}-report") if is_pack(source) else source / "report"


def compare(arguments: Sequence[str]) -> int:
    """kage compare: two results folders beside each other."""
    import argparse

    from kage.analysis.differences import print_comparison
    from kage.analysis.select import RULES
    from kage.console import console
    from kage.runs.packs import refuse_others

    parser = argparse.ArgumentParser(prog="kage compare", description="which settings and looks of two results folders "
                                     "differ, and their results, seed by seed")  # fmt: skip
    parser.add_argument("folders", nargs=2, type=Path, metavar="FOLDER",
                        help="an experiment, a training, a run or a pack (.zip)")  # fmt: skip
    parser.add_argument("--at", choices=list(RULES), default="max", help="as for kage report")
    options = parser.parse_args(arguments)
    refuse_others(options.folders)
    print_comparison(tuple(options.folders), console(), options.at)
    return 0


def certify(arguments: Sequence[str]) -> int:
    """kage certify: compare the looks of pairs and print the results. Returns 1 if a claim is wrong."""
    import argparse

    from kage.certificate import EPISODES
    from kage.console import console
    from kage.launch.certify import certify_all
    from kage.launch.compilations import keep_compilations

    parser = argparse.ArgumentParser(prog="kage certify", description="prove that looks differ in pixels only")
    parser.add_argument("overrides", nargs="*", help="as for kage run: pair=background_2, suite=all")
    parser.add_argument("--episodes", type=int, default=EPISODES, help="keys and action sequences, %(default)s")
    options = parser.parse_intermixed_args(arguments)
    keep_compilations()
    return certify_all(options.overrides, options.episodes, console())


def export(arguments: Sequence[str]) -> int:
    """kage export: one composed look as a YAML file."""
    import argparse

    from kage.launch.compose import one_world
    from kage.look.yaml_files import save

    parser = argparse.ArgumentParser(prog="kage export", description="write a composed look as YAML")
    parser.add_argument("overrides", nargs="*", help="as for kage run: pair=background_2, filters.brightness=0.5")
    parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="the file to write")
    parser.add_argument("--eval", action="store_true", help="the evaluation look instead of the training look")
    options = parser.parse_intermixed_args(arguments)
    family, world = one_world(options.overrides, options.eval)
    save(world.env, options.to, family.reader)
    print(options.to)
    return 0


# Verb -> the function that gets its arguments, as module:name, so that a command imports only what it needs.
VERBS = {
    "run": "kage.launch.start:main",
    "search": "kage.launch.search:main",
    "plan": "kage.launch.preview:main",
    "list": "kage.launch.listing:main",
    "params": "kage.launch.parameters:main",
    "status": "kage.launch.status:main",
    "logs": "kage.launch.logs:main",
    "cancel": "kage.launch.status:cancel_runs",
    "report": "kage.launch.cli:report",
    "compare": "kage.launch.cli:compare",
    "pack": "kage.launch.pack:main",
    "merge": "kage.launch.merge:main",
    "leaderboard": "kage.launch.leaderboard:main",
    "note": "kage.launch.keep:note",
    "rm": "kage.launch.keep:remove",
    "certify": "kage.launch.cli:certify",
    "check": "kage.launch.check:main",
    "explain": "kage.launch.explain:main",
    "export": "kage.launch.cli:export",
    "gallery": "kage.launch.gallery:main",
    "play": "kage.launch.play:main",
    "bench": "kage.launch.bench:main",
    "completion": "kage.launch.completion:main",
}
