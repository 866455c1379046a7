"""kage certify: find the looks to compare, compare them, and print the results as a table."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kage.certificate import Certificate
from kage.family import Case, Family
from kage.launch.compose import cells
from kage.params import ConfigError


def certify_all(overrides: Sequence[str], episodes: int, console: Console) -> int:
    """Compare the looks of every pair that the overrides name and print the results. Returns 1 if a claim is wrong."""
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
    """Family, training case and evaluation case of each pair. A pair with several seeds is listed once."""
    found = cells(overrides)
    if not all(cell.shifted for cell in found):
        raise ConfigError("there is nothing to compare: choose pair=<name>, or set eval.<group>.<key>=<value>")
    pairs = ((cell.recipe.family, cell.cases[0], case) for cell in found for case in cell.cases[1:])
    return list({(train.id, case.id, case.pair): (family, train, case) for family, train, case in pairs}.values())


def print_certificates(found: Sequence[tuple[Case, Certificate]], console: Console) -> None:
    """Print one row per pair, then each violation on a line of its own."""
    table = Table()
    for name in ("pair", "may change", "latent", "frames that differ", "pixels that differ", ""):
        table.add_column(name, justify="right" if "that" in name else "left")
    names = titles([look for look, _ in found])
    for name, (_, certificate) in zip(names, found, strict=True):
        table.add_row(
            escape(name), "any axis" if certificate.axis is None else ", ".join(certificate.axis),
            "differs" if certificate.physics or certificate.diverged else "equal",
            f"{certificate.frames_differing} of {certificate.frames}", f"{certificate.pixels_differing:.2%}",
            "[green]certified[/]" if certificate.ok else "[red]violated[/]",
        )  # fmt: skip
    console.print(table)
    for name, (_, certificate) in zip(names, found, strict=True):
        for line in certificate.violations:
            console.print(f"{name} {line}", highlight=False, markup=False)
    _, first = found[0]
    console.print(f"{sum(certificate.ok for _, certificate in found)} of {len(found)} certified, "
                  f"each over {first.episodes} keys and action sequences; latent: state, rewards and truncations, "
                  "bit by bit", highlight=False)  # fmt: skip


def titles(looks: Sequence[Case]) -> list[str]:
    """A name for each look: its pair, or the change itself if it has no pair or several looks have the same pair."""
    pairs = [look.pair for look in looks]
    return [look.change if look.pair == "custom" or pairs.count(look.pair) > 1 else look.pair for look in looks]
