"""The page's map of interactions: a field for every two changes of a look."""

import pandas as pd

from kage.analysis.tables import around_difference, number


def joint_map(who: str, table: pd.DataFrame) -> dict:
    """A map in words and numbers: who, seconds (the columns), lines with a change and a field for each column or None.

    In: rows of `kage.analysis.interactions.interactions` of one study and method. A field has joint and expected as
    text, over (is the joint loss more than the expected one?), shade in 0..1, and what it says when it is pointed at.
    """
    alone = dict(zip(table["first"], table.first_gap)) | dict(zip(table["second"], table.second_gap))
    seconds, most = list(dict.fromkeys(table["second"])), max(10.0, table.difference.abs().max())
    lines = []
    for first, own in table.groupby("first", sort=False):
        rows = {row["second"]: row for row in own.to_dict("records")}
        fields = [field(rows[second], most) if second in rows else None for second in seconds]
        lines.append({"name": first, "alone": number(alone[first]), "fields": fields})
    return {"who": who, "seconds": [(name, number(alone[name])) for name in seconds], "lines": lines}


def field(row: dict, most: float) -> dict:
    """One field. `most`: the greatest difference of the map."""
    difference = 0.0 if pd.isna(row["difference"]) else row["difference"]
    words = f"{row['first']} and {row['second']}: joint - expected {around_difference(row, 1)}, {row['n']} seeds"
    return {"joint": number(row["joint"]), "expected": number(row["expected"]), "over": difference > 0,
            "shade": f"{abs(difference) / most:.2f}", "words": words}  # fmt: skip
