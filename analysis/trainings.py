"""What trainings are called in tables and warnings: by the names of their folders, which say what was trained."""

from collections import Counter

import pandas as pd

from kage.analysis.pairing import SEVERAL


def training_names(rows: pd.DataFrame) -> dict[str, str]:
    """The name of each training by its id: black-teal_circle-quick of the folder black-teal_circle-quick-1a2b3c4d5e.

    The id stays where two trainings would have one name; it is the name where the folder is not called by it.

    In: tidy rows of `kage.analysis.collect`.
    """
    folders = rows[["training_id", "training"]].drop_duplicates("training_id").astype(str).itertuples(index=False)
    short = {key: folder.removesuffix(f"-{key}") if folder.endswith(f"-{key}") else key for key, folder in folders}
    alone = Counter(short.values())
    return {key: name if alone[name] == 1 or name == key else f"{name}-{key}" for key, name in short.items()}


def with_names(table: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """The table with names in place of the ids of trainings; unchanged if it has none."""
    if "training_id" not in table or table.empty:
        return table
    texts = [SEVERAL.join(names.get(key, key) for key in str(ids).split(SEVERAL)) for ids in table.training_id]
    return table.assign(training_id=texts)
