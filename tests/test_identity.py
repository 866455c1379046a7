"""Ids, first losses and tables are those that were written down; `tests/freeze.py` says what to do when they change."""

import io
import json

import numpy as np
import pandas as pd
from freeze import IDENTITY, LOSSES, TABLES, identity, losses, report_tables


def test_every_shipped_pair_keeps_its_ids():
    assert identity().splitlines() == IDENTITY.read_text().splitlines()


def test_the_first_losses_are_those_of_the_first_version():
    """To rounding, which processors do differently; NaN, where no episode ended, is NaN again."""
    written, found = json.loads(LOSSES.read_text()), losses()
    assert found.keys() == written.keys()
    for name, values in written.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-4, atol=1e-6, err_msg=name)


def test_tables_of_synthetic_results_stay():
    found = report_tables()
    assert set(found) == {path.stem for path in TABLES.glob("*.csv")}
    for name, text in found.items():
        written = pd.read_csv(TABLES / f"{name}.csv")
        pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(text)), written, rtol=1e-9, obj=name)
