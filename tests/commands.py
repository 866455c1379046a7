"""Pages of the documentation, performed: every command as cheaply as it can be and still be true, every Python block.

    python -m commands PAGE    performs a page in the current folder; results that it speaks of are made where missing
"""

import contextlib
import functools
import glob
import io
import itertools
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import yaml
from runs import last_of_each_key
from synthetic import SMALL, write_results

from kage import conf
from kage.launch import bench, explain, play, search
from kage.launch.cli import main
from kage.launch.compose import cells
from kage.launch.queue import Jobs
from kage.launch.state import claim
from kage.params import ConfigError

ROOT = Path(__file__).parent.parent
CONF = Path(conf.__file__).parent
FEW = 8  # cells that are trained; more are composed
HYDRA = ("--help", "--cfg")


def shell_lines(text: str) -> list[str]:
    """The commands of a page's shell blocks, without their comments."""
    lines = "\n".join(re.findall(r"```shell\n(.*?)```", text, re.S)).splitlines()
    return [line.split(" #")[0].strip() for line in lines if line.strip()]


def words(line: str) -> list[str]:
    """A command's words as a shell makes them: variables, and what is not quoted and has a star names files."""
    found = []
    for word in shlex.split(line, posix=False):
        (plain,) = shlex.split(word if "'" in word else os.path.expandvars(word))
        matches = sorted(glob.glob(plain)) if "*" in word and not set(word) & {"'", '"'} else [plain]
        assert matches, f"{plain} names no file"
        found += matches
    return found


def perform_page(path: Path) -> None:
    """Perform a page's commands in order, then its Python blocks as one program."""
    text = path.read_text()
    for line in shell_lines(text):
        perform(line, text)
    names: dict = {}
    for block in re.findall(r"```python\n(.*?)```", text, re.S):
        exec(compile(block, path, "exec"), names)


def perform(line: str, text: str) -> None:
    """Perform a command. It ends well, or with an error that the page shows; one without a rule is an error."""
    settings = dict(word.split("=", 1) for word in itertools.takewhile(lambda word: "=" in word, words(line)))
    program, *arguments = words(line)[len(settings) :]
    assert program in PROGRAMS, f"no rule for {line!r}"
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors), mock.patch.dict(os.environ, settings):
        try:
            code = PROGRAMS[program](*arguments)
        except SystemExit as refused:
            code = refused.code
    told = errors.getvalue().strip()
    assert not code or told and told in text, f"{line!r} ended with {code}: {told}"


def kage(verb: str, *arguments: str) -> int:
    assert verb in VERBS, f"no rule for kage {verb}"
    return VERBS[verb]([one_pair(argument) for argument in arguments])


def one_pair(argument: str) -> str:
    """The smallest suite in place of suites that exist: `test_benchmark` composes all of them."""
    key, _, names = argument.partition("=")
    known = key == "suite" and all((CONF / "suite" / f"{name}.yaml").exists() for name in names.split(","))
    return "suite=layout" if known else argument


def make(*targets: str) -> int:
    """The target exists, and the commands of its recipe are performed."""
    done = subprocess.run(["make", "-n", "-C", ROOT, *targets], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        if "bin/kage " in line:
            perform("kage " + line.split("bin/kage ")[1], "")
    return 0


def python(script: str, *arguments: str) -> int:
    """The script is there; `test_docs` has what it writes."""
    return int(not (ROOT / script).exists())


def pip(*arguments: str) -> int:
    """An extra of this project exists; nothing is installed."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert arguments in {("install", f"kage-lab[{name}]") for name in extras}, f"no rule for pip {arguments}"
    return 0


def run(arguments: list[str]) -> int:
    """An experiment with a name is trained, others are planned; on SLURM, the batch files are made."""
    if set(arguments) & {*HYDRA, "--dry-run"}:
        return once("run", *arguments)
    if any(argument.startswith("cluster=") for argument in arguments):
        return once("run", *arguments, "--dry-run")
    try:
        found = composed(*arguments)
    except ConfigError:
        return main(["run", *arguments])
    named = any(argument.startswith("experiment=") for argument in arguments) and len(found) <= FEW
    return main(["run", *last_of_each_key(*arguments, *SMOKE)]) if named else 0


composed = functools.cache(lambda *overrides: cells(overrides))


@functools.cache
def once(*arguments: str) -> int:
    """What leaves nothing behind is not done twice."""
    return main(list(arguments))


def flat(values: dict, prefix: str = "") -> list[str]:
    """A nested mapping as overrides."""
    parts = [flat(value, f"{prefix}{key}.") if isinstance(value, dict) else
             [f"{prefix}{key}={str(value).replace(' ', '')}"] for key, value in values.items()]  # fmt: skip
    return sum(parts, [])


# Set one by one, the folders of a run are still called as the page says. Agreement would be half of the compiling.
budget = yaml.safe_load((CONF / "budget/smoke.yaml").read_text())
del budget["defaults"], budget["curriculum"]  # chooses encoder=cnn_tiny; for curriculum=sfl
tiny = yaml.safe_load((CONF / "encoder/cnn_tiny.yaml").read_text())
SMOKE = [setting for setting in flat({"encoder": tiny}) if "defaults" not in setting]
SMOKE += [setting for setting in flat(budget) if "budget.name" not in setting]
# What quick has and smoke has not, as it is in smoke: then the programs are those of other tests, compiled once.
SMOKE += ["forward_reward_scale=0.2", "jump_penalty=10.0", "idle_penalty=5.0", "agent.gamma=0.999", "agent.reward_scale=1.0"]
SMOKE += ["budget.agreement_episodes=0", "budget.total_steps=96"]


def results(folder: str) -> Path:
    """A results folder, as trainings on SLURM would leave it where there is none, or a pack of one."""
    root = Path(folder)
    if root.suffix == ".zip" and not root.exists():
        assert main(["pack", str(results(root.stem)), folder]) == 0
    elif not root.exists():
        write_results(root, SMALL, seeds=range(2), evaluations=3)
        for seed in root.glob("runs/*/seed=*"):
            log = root / f"{seed.name}.log"
            log.write_text("trained\n")
            claim(seed, "1_0", log)
    return root


def of_results(verb: str):
    """A verb that looks at a results folder."""

    def perform(arguments: list[str]) -> int:
        results(arguments[0])
        with mock.patch("kage.launch.status.ask", lambda ids: Jobs({}, {}, {})):
            return main([verb, *arguments])

    return perform


def of_several(verb: str):
    """A verb that reads all that stands in front of its options."""

    def perform(arguments: list[str]) -> int:
        for source in itertools.takewhile(lambda argument: not argument.startswith("--"), arguments):
            results(source)
        return main([verb, *arguments])

    return perform


def remove(arguments: list[str]) -> int:
    """What would be removed is listed, and stays: later commands speak of it."""
    results(arguments[0])
    with mock.patch("builtins.input", lambda question: "no"):
        return main(["rm", *arguments]) - 1


reported: set[tuple] = set()


def report(arguments: list[str]) -> int:
    """Once per folder and options, with figures once."""
    folder, *options = arguments
    if Path(folder).exists() or tuple(options) not in reported:
        plain = mock.patch("kage.analysis.figures.draw", lambda *_: []) if reported else contextlib.nullcontext()
        with plain:
            reported.add(tuple(options))
            return main(["report", str(results(folder)), *options])
    return 0


def certify(arguments: list[str]) -> int:
    """One pair with few episodes; of several, that they compose."""
    return main(["certify", *arguments, "--episodes", "3"]) if len(composed(*arguments)) == 1 else 0


def gallery(arguments: list[str]) -> int:
    """Films of two frames, one sheet of looks; levels as the page asks for them."""
    if "--models" in arguments:  # results of pages have no states of trainings
        with mock.patch("kage.launch.gallery.sheets_of_models", lambda folder: iter(())):
            return main(["gallery", *arguments])
    film = Path(arguments[0]).suffix
    short = ["--steps", "4"] if film else ["--only", "light_count"] if len(arguments) == 1 else []
    return main(["gallery", *arguments, *short])


def check_(arguments: list[str]) -> int:
    """Results of pages have no states of trainings: what stands beside them is read, nothing is computed."""
    results(arguments[0])
    with mock.patch("kage.launch.check.trainings", lambda root: []):
        return main(["check", *arguments])


def explain_(arguments: list[str]) -> int:
    """Results of pages are of policies that learnt nothing: the words are understood, nothing is played."""
    run = SimpleNamespace(name="background_2")
    with mock.patch.multiple(explain, questions=lambda *_: [run], answer=lambda *_: None):
        return main(["explain", *arguments])


def play_(arguments: list[str]) -> int:
    """A person who runs to the right for three steps, in a window that nobody sees."""
    turns = [[("right", True)], [], [], [("escape", True)]]
    with mock.patch.dict(os.environ, SDL_VIDEODRIVER="dummy"), mock.patch.object(play, "turns", lambda *_: turns):
        return main(["play", *arguments])


def search_(arguments: list[str]) -> int:
    """The first trials are chosen, and not trained."""
    with mock.patch.object(search, "train", lambda trainings, console: None):
        return main(["search", *arguments])


def bench_(arguments: list[str]) -> int:
    """The arguments are understood; nothing is measured."""
    measures = {name: lambda *_: [] for name in vars(bench) if name.startswith("bench_")}
    with mock.patch.multiple(bench, **measures):
        return main(["bench", *arguments])


def as_it_is(verb: str):
    """A verb that is quick."""
    return lambda arguments: once(verb, *arguments)


PROGRAMS = {"kage": kage, "make": make, "python": python, "pip": pip}
VERBS = {
    "run": run, "report": report, "certify": certify, "check": check_, "explain": explain_, "gallery": gallery, "play": play_, "bench": bench_,
    "status": of_results("status"), "logs": of_results("logs"), "cancel": of_results("cancel"),
    "plan": as_it_is("plan"), "list": as_it_is("list"), "export": as_it_is("export"), "params": as_it_is("params"),
    "completion": as_it_is("completion"), "search": search_, "note": of_results("note"), "rm": remove,
    "pack": of_results("pack"), "compare": of_several("compare"), "merge": of_several("merge"),
    "leaderboard": of_several("leaderboard"),
}  # fmt: skip


def performed(arguments: Sequence[str]) -> None:
    """Perform pages in the current folder."""
    for name in arguments:
        perform_page(Path(name))


if __name__ == "__main__":
    performed(sys.argv[1:])
