"""kage play: a person plays a look or levels in a window, or a recording is repeated without a window.

A recording, which looks alone have, has one JSON line per episode: the identity of the training look, the seed of the
level, the actions (one digit 0..7 per step), and the measures reached. The measures depend on seed and actions, and not
on the look.
"""

import argparse
import contextlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from types import ModuleType

from rich.console import Console
from rich.table import Table

from kage.console import console
from kage.extras import need
from kage.launch.compilations import keep_compilations
from kage.launch.compose import cells, one_world, parse_seed, refuse
from kage.launch.episode import Episode, Stage
from kage.launch.film import encoder, pictures
from kage.launch.level_stage import LevelStage, level_stage
from kage.params import ConfigError, fault, unknown_key
from kage.runs.files import write
from kage.runs.run import RunError, to_lines

HELP = "R goes on to the next level; Esc ends"
FIELDS = {
    "look": ("text", str), "seed": ("a whole number", int), "actions": ("text, a digit 0 .. 7 per step", str),
    "distance": ("a number", int, float), "progress": ("a number", int, float), "success": ("true or false", bool),
    "return": ("a number", int, float),
}  # fmt: skip

Turn = Sequence[tuple[str, bool]]  # key events between two steps, in order: (name, True for down or False for up)


def main(arguments: list[str]) -> int:
    """kage play OVERRIDES, in a window or with --actions FILE."""
    parser = argparse.ArgumentParser(prog="kage play", description=f"play a look, by arrows or A and D, or with "
                                     f"task=kinetix the levels that eval.levels names: {HELP}")  # fmt: skip
    parser.add_argument("overrides", nargs="*", help="the look or the levels, as for kage run")
    parser.add_argument("--eval", action="store_true", help="the evaluation look instead of the training look")
    parser.add_argument("--seed", default="0", help="the first level, %(default)s")
    parser.add_argument("--scale", type=int, default=4, help="window pixels per pixel, %(default)s; "
                        "levels are drawn that large")  # fmt: skip
    parser.add_argument("--record", type=Path, metavar="FILE", help="keep what is played there")
    parser.add_argument("--actions", type=Path, metavar="FILE", help="repeat a recording, without a window")
    parser.add_argument("--film", type=Path, metavar="FILE", help="with --actions: film it, .gif or .mp4")
    options = parser.parse_intermixed_args(arguments)
    keep_compilations()
    if options.scale < 1:
        raise fault("--scale", options.scale, "at least 1")
    seed = parse_seed(f"seed={options.seed}")
    if cells(options.overrides)[0].recipe.family.people is None:
        refuse(parser, options, ("--eval", "--record", "--actions", "--film"), "it is for looks, not for levels")
        return perform(level_stage(options.overrides, options.scale), "", seed, 1, None, console())
    family, world = one_world(options.overrides, options.eval)
    stage, look = Stage(family, world.env), one_world(options.overrides)[1].look_id
    if options.actions:
        refuse(parser, options, ("--seed", "--scale", "--record"), "it is for a window, --actions opens none")
        return replay(options.actions, options.film, stage, look, console())
    refuse(parser, options, ("--film",), "it needs --actions")
    if options.record and os.path.exists(options.record):
        raise fault("--record", str(options.record), "a file that does not exist yet")
    return perform(stage, look, seed, options.scale, options.record, console())


def report(episodes: Sequence[Episode], console: Console) -> None:
    """Print what the episodes reached, one row per episode."""
    table = Table()
    rows = [episode.stage.columns(episode) for episode in episodes]
    for name in rows[0]:
        table.add_column(name, justify="right")
    for values in rows:
        table.add_row(*values.values())
    console.print(table)


# --- a recording ---


def replay(path: Path, film: Path | None, stage: Stage, look: str, console: Console) -> int:
    """Repeat a recording, print what it reaches, and film it. Returns 1 if the measures are not the recorded ones.

    look: identity of the training look. If measures differ and the recording has another look, the message says so.
    """
    encode = encoder(film) if film else None
    rows = read(path, stage.config.episode_length)
    episodes = [Episode(stage, row["seed"]) for row in rows]
    states = [[episode.act(int(digit)) for digit in row["actions"]] for episode, row in zip(episodes, rows)]
    report(episodes, console)
    if encode:
        write(film, encode(pictures(chain.from_iterable(states), stage)))
        console.print(f"film: {film}", highlight=False, soft_wrap=True)
    code = 0
    for episode, row in zip(episodes, rows):
        differs = [f"{name} was {row[name]}" for name, value in episode.measures.items() if value != row[name]]
        if differs:
            why = "" if row["look"] == look else f"; the training look was {row['look']}, this is {look}"
            line = f"seed {episode.seed} is not what was recorded: {', '.join(differs)}{why}"
            console.print(line, highlight=False, soft_wrap=True)
            code = 1
    return code


def row(episode: Episode, look: str) -> dict:
    """An episode as a line of a recording."""
    return {"look": look, "seed": episode.seed, "actions": "".join(map(str, episode.actions))} | episode.measures


def read(path: Path, steps: int) -> list[dict]:
    """The lines of a recording, each with at most `steps` steps. ConfigError names the line that is wrong."""
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not text") from None
    if not lines:
        raise ConfigError(f"{path}: holds no episode")
    rows = []
    for number, line in enumerate(lines, 1):
        try:
            rows.append(parse(line, steps))
        except ConfigError as error:
            raise ConfigError(f"{path}, line {number}: {error}") from None
    return rows


def parse(line: str, steps: int) -> dict:
    """One line of a recording. ConfigError if it is not valid."""
    try:
        values = json.loads(line)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise ConfigError(f"is not a JSON object with the keys {', '.join(FIELDS)}")
    for name in values:
        if name not in FIELDS:
            raise unknown_key("", name, values[name], list(FIELDS))
    for name, (words, *kinds) in FIELDS.items():
        if type(values.get(name)) not in kinds:
            raise fault(name, values.get(name), words)
    parse_seed(f"seed={values['seed']}")
    if wrong := re.search("[^0-7]", values["actions"]):
        raise fault(f"actions[{wrong.start()}]", wrong.group(), "a digit 0 .. 7")
    if not 1 <= len(values["actions"]) <= steps:
        raise ConfigError(f"{len(values['actions'])} actions are not allowed: 1 .. {steps}, the steps of an episode")
    return values


# --- a person ---


def perform(
    stage: Stage | LevelStage, look: str, seed: int, scale: int, record: Path | None, console: Console
) -> int:
    """Let a person play in a window, from the level of `seed` on. Then record and print what was reached.

    look: identity of the training look, for the recording.
    """
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    pygame = need("pygame", "play")
    first = Episode(stage, seed)
    height, width, _ = stage.draw(first.act(0)).shape  # compiled now, so that the player does not wait later
    screen = window(pygame, width * scale, height * scale)
    console.print(f"{stage.help}; {HELP}", highlight=False, soft_wrap=True)
    played = {}
    try:
        with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C in the terminal acts like Esc
            for episode in game(stage, seed, turns(pygame, stage.rate)):
                played[episode.seed] = episode
                show(episode, screen, pygame)
    finally:
        pygame.display.quit()
        episodes = [episode for episode in played.values() if episode.actions]
        if episodes and record:
            write(record, to_lines(row(episode, look) for episode in episodes))
    if episodes:
        report(episodes, console)
    else:
        console.print("nothing was played")
    return 0


def window(pygame: ModuleType, width: int, height: int):
    """Open a window of this size, px. RunError if there is no screen."""
    try:
        pygame.display.init()
        screen = pygame.display.set_mode((width, height))
    except pygame.error as error:
        raise no_window(error) from None
    if pygame.display.get_driver() == "offscreen" and "SDL_VIDEODRIVER" not in os.environ:  # SDL's silent fallback
        pygame.display.quit()
        raise no_window("there is no display")
    return screen


def no_window(why: object) -> RunError:
    """The error for a machine without a screen."""
    return RunError(f"no window can be opened: {why}; --actions FILE repeats a recording without one")


def game(stage: Stage | LevelStage, seed: int, turns: Iterable[Turn]) -> Iterator[Episode]:
    """Yield the episode that is being played, before the first turn and after each turn, until Esc.

    An episode begins with its first action, so that the player can look at it first. Once over, it does not change.
    """
    episode, held = Episode(stage, seed), set()
    yield episode
    for turn in turns:
        action, down = press(held, turn, stage.keys)
        if "escape" in down:
            return
        if "r" in down:
            episode = Episode(stage, (episode.seed + 1) % 2**32)
        elif not episode.over and (action or episode.actions):
            episode.act(action)
        yield episode


def press(held: set[str], turn: Turn, keys: Mapping[str, int]) -> tuple[int, set[str]]:
    """The action of a turn, and the keys that went down in the turn. Updates `held`, the keys that are down.

    keys: name of a key -> bits of an action. A key that went down and up again within the turn counts too, so that no
    short tap is lost.
    """
    down = {name for name, is_down in turn if is_down}
    action = 0
    for name in held | down:
        action |= keys.get(name, 0)
    for name, is_down in turn:
        (held.add if is_down else held.discard)(name)
    return action, down


def turns(pygame: ModuleType, rate: int) -> Iterator[Turn]:
    """Yield the key events of each step, at so many steps per second. Closing the window acts like Esc."""
    clock = pygame.time.Clock()
    while True:
        turn = []
        for event in pygame.event.get():
            if event.type in (pygame.KEYDOWN, pygame.KEYUP):
                turn.append((pygame.key.name(event.key), event.type == pygame.KEYDOWN))
            elif event.type == pygame.QUIT:
                turn.append(("escape", True))
        yield turn
        clock.tick(rate)


def show(episode: Episode, screen, pygame: ModuleType) -> None:
    """Draw the episode's frame in the window, and write its measures into the title."""
    frame = episode.stage.draw(episode.state)
    height, width, _ = frame.shape
    picture = pygame.image.frombuffer(frame.tobytes(), (width, height), "RGB")
    screen.blit(pygame.transform.scale(picture, screen.get_size()), (0, 0))
    pygame.display.flip()
    pygame.display.set_caption(episode.stage.title(episode))
