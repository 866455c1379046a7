"""Parts of a report: some pairs, some suites, some columns."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from kage.analysis.formats import View
from kage.params import nearest


def only_looks(rows: pd.DataFrame, pairs: Sequence[str] = (), suites: Sequence[str] = ()) -> pd.DataFrame:
    """Tidy rows of the pairs and of the suites with these names, or patterns like background_*; empty: all.

    Training looks stay. ValueError for a name that nothing has."""
    asked = [(column, names) for column, names in (("pair", pairs), ("suite", suites)) if names]
    if not asked:
        return rows
    train = (rows.split == "train").to_numpy()
    chosen = ~train
    for column, names in asked:
        known = sorted({*rows[column].unique()} - {""})
        found = matching(f"--{column}s", names, known, lambda name, pattern: fnmatchcase(name, pattern))
        chosen &= rows[column].isin(found).to_numpy()
    if not chosen.any():
        raise ValueError(f"no pair of --suites {','.join(suites)} is one of --pairs {','.join(pairs)}")
    runs = rows.run.cat.codes.to_numpy()
    return rows[(train & np.isin(runs, runs[chosen])) | chosen].reset_index(drop=True)


def headers_asked(views: Sequence[View], columns: Sequence[str]) -> set[str] | None:
    """The headers of views, as in `spoken`, that columns name: whole, or by how they begin: success, "success gap",
    agreement. None, which stands for all, if no columns are asked for. ValueError for a name that nothing has."""
    if not columns:
        return None
    known = list(dict.fromkeys(spoken(header) for view in views for header in view.headers[view.left :]))
    return matching("--columns", [spoken(name) for name in columns], known,
                    lambda header, name: header == name or header.startswith(f"{name} "))  # fmt: skip


def with_columns(views: Iterable[View], asked: set[str] | None) -> Iterator[View]:
    """Views with their columns of names and those of `headers_asked`; what has none of them is left out, and so are
    notes that begin with the name of a column that is."""
    for view in views:
        kept = [i for i, it in enumerate(view.headers) if i < view.left or asked is None or spoken(it) in asked]
        if len(kept) > view.left or view.left == len(view.headers):
            rows = tuple(tuple(row[i] for i in kept) for row in view.rows)
            headers = tuple(view.headers[i] for i in kept)
            notes = tuple(it for it in view.notes if speaks_of(it, headers) or not speaks_of(it, view.headers))
            yield dataclasses.replace(view, headers=headers, rows=rows, notes=notes)


def speaks_of(note: str, headers: Iterable[str]) -> bool:
    """Does a note begin with the name of a column, or with a part of the name?"""
    name, colon, _ = note.partition(":")
    return bool(colon) and any(spoken(name) in spoken(header) for header in headers)


def spoken(header: str) -> str:
    """A header as one types it: success gap %."""
    return " ".join(header.replace("Δ", "gap").lower().split())


def matching(flag: str, asked: Sequence[str], known: Sequence[str], fits: Callable) -> set[str]:
    """The known names that one of those asked for fits. ValueError if one fits none."""
    found: set[str] = set()
    for name in asked:
        these = {one for one in known if fits(one, name)}
        if not these:
            guess = nearest(name, known)
            hint = f"; nearest valid: {guess}" if guess else ""
            raise ValueError(f"{flag} {name!r} is not allowed: there are {', '.join(known)}{hint}")
        found |= these
    return found
