"""kage certify: which looks to compare, and what was found as a table."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kage.family import Case, Family
from kage.launch.compose import cells
from kage.params import ConfigError
from kage.platformer.certify import Certificate


def certify_all(overrides: Sequence[str], episodes: int, console: Console) -> int:
    """Compare the looks of every pair that the overrides span and print the result; 1 if one is not as claimed."""
    if episodes < 1:
        raise ConfigError(f"--episodes={episodes} is not allowed: at least 1")
    pairs = looks_to_compare(overrides)
    found = []
    for number, (family, train, shifted) in enumerate(pairs, 1):
        with console.status(f"comparing {shifted.pair}, {number} of {len(pairs)}"):
            certificate = family.certify(train, shifted, episodes)
            if certificate is None:
                raise ConfigError(f"task={family.name} has no looks, so there is nothing to certify")
            found.append((shifted, certificate))
    print_certificates(found, console)
    return 0 if all(certificate.ok for _, certificate in found) else 1


def looks_to_compare(overrides: Sequence[str]) -> list[tuple[Family, Case, Case]]:
    """Family, training case and evaluation case of each pair, each once whatever the seeds."""
    found = cells(overrides)
    if not all(cell.shifted for cell in found):
        raise ConfigError("there is nothing to compare: choose pair=<name>, or set eval.<group>.<key>=<value>")
    pairs = ((cell.recipe.family, cell.cases[0], case) for cell in found for case in cell.cases[1:])
    return list({(train.id, case.id, case.pair): (family, train, case) for family, train, case in pairs}.values())


def print_certificates(found: Sequence[tuple[Case, Certificate]], console: Console) -> None:
    """One row per pair, then every violation as a line of its own."""
    table = Table()
    for name in ("pair", "may change", "latent", "frames that differ", "pixels that differ", ""):
        table.add_column(name, justify="right" if "that" in name else "left")
    names = titles([look for look, _ in found])
    for name, (_, it) in zip(names, found, strict=True):
        table.add_row(
            escape(name), "any axis" if it.axis is None else ", ".join(it.axis),
            "differs" if it.physics or it.diverged else "equal", f"{it.frames_differing} of {it.frames}",
            f"{it.pixels_differing:.2%}", "[green]certified[/]" if it.ok else "[red]violated[/]",
        )  # fmt: skip
    console.print(table)
    for name, (_, it) in zip(names, found, strict=True):
        for line in it.violations:
            console.print(f"{name} {line}", highlight=False, markup=False)
    _, first = found[0]
    console.print(f"{sum(it.ok for _, it in found)} of {len(found)} certified, each over {first.episodes} keys and "
                  "action sequences; latent: state, rewards and truncations, bit by bit", highlight=False)  # fmt: skip


def titles(looks: Sequence[Case]) -> list[str]:
    """What tells the looks apart: the name of the pair, the change itself where there is no name or more of them."""
    pairs = [look.pair for look in looks]
    return [look.change if look.pair == "custom" or pairs.count(look.pair) > 1 else look.pair for look in looks]
