"""kage explain: why kept policies break under the looks that they were measured on."""

import argparse
import dataclasses
import json
import time
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from kage.analysis.explained import FILES, FOLDER, print_explained
from kage.analysis.formats import file_name
from kage.analysis.only import matching
from kage.console import console, duration, say
from kage.family import Case, success_of, title
from kage.launch.compilations import keep_compilations
from kage.params import ConfigError
from kage.recipe import Recipe
from kage.runs import files
from kage.runs.folders import run_folders, seed_of
from kage.runs.policy import read_policy, read_recipe
from kage.runs.run import RunError, checkpoints, damage

FORMAT = 1  # of the files; those of another one are made again


@dataclasses.dataclass(frozen=True)
class Question:
    """A run and a look that its policies broke under, or not."""

    folder: Path
    recipe: Recipe
    case: Case
    step: int
    episodes: int

    @property
    def name(self) -> str:
        """What tables call the look."""
        return title(self.case, self.recipe.world)

    @property
    def about(self) -> dict[str, Any]:
        """What an answer is an answer to."""
        return {"format": FORMAT, "training": self.folder.parent.name, "training_id": self.recipe.id,
                "seed": seed_of(self.folder), "agent": self.recipe.label, "pair": self.name, "look": self.case.change,
                "look_id": self.case.id, "metric": success_of(self.recipe.family), "step": self.step,
                "episodes": self.episodes}  # fmt: skip

    def file(self, to: Path) -> Path:
        """The file of the answer."""
        training = self.folder.parent.name
        return to / FILES / f"{file_name(f'{training} {self.folder.name} {self.name} {self.case.id}')}.json"


def main(arguments: Sequence[str]) -> int:
    """kage explain RUNS."""
    parser = argparse.ArgumentParser(
        prog="kage explain", description="why policies break when the look changes: which pixels, what they no longer "
        "know, where they fail; what was computed is not computed again")  # fmt: skip
    parser.add_argument("folders", type=Path, nargs="+", metavar="RUNS", help="an experiment, or any folder above runs "
                        "that keep policies; the newest policy of each is explained")  # fmt: skip
    parser.add_argument("--pairs", type=lambda text: text.split(","), default=["*"], metavar="NAMES",
                        help="only these: background_2,'filters_*'")  # fmt: skip
    parser.add_argument("--episodes", type=int, metavar="N", help="of each hybrid; as many as runs were measured on")
    parser.add_argument("--to", type=Path, metavar="DIR", help="write there, not to RUNS/explain")
    options = parser.parse_args(arguments)
    if options.episodes is not None and options.episodes < 1:
        raise ConfigError(f"--episodes={options.episodes} is not allowed: at least 1")
    if len(options.folders) > 1 and not options.to:
        raise ConfigError("an explanation of several folders needs --to DIR, the folder to write it to")
    keep_compilations()
    to, out = options.to or options.folders[0] / FOLDER, console()
    found = list(questions(options.folders, options.episodes, out))
    if not found:
        raise RunError(f"no run below {', '.join(map(str, options.folders))} can be explained")
    try:
        names = matching("--pairs", options.pairs, sorted({it.name for it in found}), fnmatchcase)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    asked = [it for it in found if it.name in names]
    for number, question in enumerate(asked, 1):
        answer(question, to, f"{number} of {len(asked)}", out)
    print_explained(to, out)
    return 0


def questions(folders: Sequence[Path], episodes: int | None, out: Console) -> Iterator[Question]:
    """Every run below the folders with every look that it was measured on. What cannot be explained is named."""
    from kage.launch.measure import requested

    for folder in run_folders(folders)[0]:
        try:
            recipe, kept = read_recipe(folder), checkpoints(folder)
            if not hasattr(recipe.family, "explained"):
                raise ConfigError(f"task={recipe.family.name} has no looks, so there is nothing to explain")
            if "encoder" not in recipe.used:
                raise ConfigError(f"agent={recipe.agent.name} has learnt nothing")
            if not kept:
                raise RunError("it keeps no policies: train with budget.keep_checkpoints=true")
            many = episodes or yaml.safe_load((folder / "config.yaml").read_text())["budget"]["eval_episodes"]
        except (ConfigError, RunError) as error:
            say(out, f"left out {folder.parent.name} seed {seed_of(folder)}: {error}", markup=False)
            continue
        for case in requested(folder, recipe).cases:
            if case.split == "eval":
                yield Question(folder, recipe, case, max(kept), many)


def answer(question: Question, to: Path, place: str, out: Console) -> None:
    """Explain, unless it is done, and write the file."""
    import jax

    from kage.analysis.page.looks import data_uri
    from kage.explain.explanation import explain

    path, about, recipe = question.file(to), question.about, question.recipe
    who = f"{question.name}, {question.folder.parent.name} seed {about['seed']}, {place}"
    with damage(path):
        done = path.exists() and json.loads(path.read_bytes())["about"] == about
    if done:
        say(out, f"{who}: done before", markup=False)
        return
    begin = time.perf_counter()
    try:
        twins = recipe.family.explained(recipe.world, question.case.world)
    except ConfigError as error:
        say(out, f"left out {who}: {error}", markup=False)
        return
    _, params = read_policy(question.folder, question.step)
    key = jax.random.fold_in(jax.random.fold_in(jax.random.key(about["seed"]), 1), question.step)  # of the evaluation
    with out.status(who) as status:
        found = explain(recipe.method().actor, twins, params, key, question.episodes,
                        lambda text: status.update(f"{who}: {text}"))  # fmt: skip
    content = {"about": about, "rows": [row._asdict() for row in found.rows],
               "pictures": {name: data_uri(pixels) for name, pixels in found.pictures.items()}}  # fmt: skip
    files.write(path, json.dumps(content, indent=1).encode())
    say(out, f"{who}: {duration(time.perf_counter() - begin)}", markup=False)
