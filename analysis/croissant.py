"""What a pack tells search engines and data loaders: its table in the words of Croissant (mlcommons.org/croissant)."""

import hashlib
import json
from collections.abc import Mapping

import pandas as pd

from kage.runs.packs import ROWS

# Columns of rows.csv: what each holds. Their order is that of the file.
COLUMNS = {
    "run": "folder of the run in this pack: one seed of one training",
    "training": "name of the training",
    "training_id": "identity of all that decides the trained policy, but the seed",
    "family": "kind of world",
    "agent": "method",
    "budget": "how long was trained and how often measured, by name",
    "world": "digest of the code of the world",
    "code": "digest of the code of the method",
    "device": "what was computed on",
    "seed": "seed of the training",
    "state": "done, or how a training that is not done stands",
    "step": "environment steps that were trained when this was measured",
    "split": "train: measured on the look of the training; eval: on another one",
    "suite": "suite of the pair",
    "pair": "pair of training look and evaluation look",
    "study": "study of a dose",
    "dose": "value of the parameters that the study changes",
    "look": "what the evaluation look changes, in words",
    "look_id": "identity of the look",
    "track": "what training knew of the evaluation look: agnostic, informed or privileged",
    "metric": "what was measured",
    "value": "its mean over episodes",
    "episodes": "number of episodes behind the value",
}
WORDS = (
    "citeAs", "column", "equivalentProperty", "extract", "field", "fileObject", "fileProperty", "fileSet", "format",
    "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
    "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
)  # fmt: skip
CONTEXT = {  # the one that all Croissant files begin with
    "@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/", "dct": "http://purl.org/dc/terms/",
    "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/",
    "conformsTo": "dct:conformsTo", "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "examples": {"@id": "cr:examples", "@type": "@json"},
} | {word: f"cr:{word}" for word in WORDS}  # fmt: skip
TYPES = {"i": "sc:Integer", "f": "sc:Float"}  # by the kind of a NumPy dtype; all else is text


def table(rows: pd.DataFrame) -> pd.DataFrame:
    """The columns of rows.csv. In: tidy rows of `kage.analysis.collect`, run as the pack calls it."""
    return rows[list(COLUMNS)]


def croissant(rows: pd.DataFrame, csv: bytes, name: str, date: str, more: Mapping[str, str]) -> bytes:
    """croissant.json of a pack.

    In: `table`, the content of rows.csv, the pack's name, the day of the newest run as YYYY-MM-DD; more: license,
    creator and url, as far as they are known.
    """
    agents, suites = (", ".join(sorted(set(rows[column]) - {""})) for column in ("agent", "suite"))
    fields = [{
        "@type": "cr:Field", "@id": f"rows/{column}", "name": column, "description": text,
        "dataType": TYPES.get(getattr(rows[column].dtype, "kind", ""), "sc:Text"),
        "source": {"fileObject": {"@id": ROWS}, "extract": {"column": column}},
    } for column, text in COLUMNS.items()]  # fmt: skip
    creator = {"creator": {"@type": "sc:Person", "name": more["creator"]}} if "creator" in more else {}
    content = {
        "@context": CONTEXT, "@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/1.0", "name": name,
        "description": f"Results of KAGE: how agents ({agents}) do when only the look of their world changes "
                       f"({suites or 'no suite'}).",
        "datePublished": date, "version": "1.0.0", **more, **creator,
        "distribution": [{
            "@type": "cr:FileObject", "@id": ROWS, "name": ROWS, "description": "every evaluation of every run",
            "contentUrl": ROWS, "contentSize": f"{len(csv)} B", "encodingFormat": "text/csv",
            "sha256": hashlib.sha256(csv).hexdigest(),
        }],
        "recordSet": [{"@type": "cr:RecordSet", "@id": "rows", "name": "rows",
                       "description": "a row per run, step, look and metric", "field": fields}],
    }  # fmt: skip
    return json.dumps(content, indent=1, ensure_ascii=False).encode()
