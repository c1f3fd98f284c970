"""What predictions say of a table: its calibration, kept with its slices, and what a page shows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from fmbench import report
from fmbench.errors import StoreError
from fmbench.metrics import METRICS
from fmbench.record import Record
from fmbench.report import Answers, Scored, Table, Traits, ask, keep, kept, split_tables
from fmbench.report.board import boards
from fmbench.report.calibration import build_bins

Make = Callable[..., Record]

ROWS = 3_000


@pytest.fixture
def records(record: Make) -> list[Record]:
    """Return two models that know something, over two seeds, and a constant guess."""
    made = [record(m, seed, auc=0.79 + 1e-3 * seed) for m in ("true", "bold") for seed in (0, 1)]
    made += [record("mean", seed, auc=0.5, baseline=True) for seed in (0, 1)]
    return [replace(r, predictions=f"{i:064x}") for i, r in enumerate(made)]


@pytest.fixture
def rows(records: list[Record]) -> tuple[Scored, Traits]:
    """Return rows whose chances `true` knows but for a little, and `bold` exaggerates."""
    random = np.random.default_rng(0)
    logits = random.normal(0.5, 1.2, ROWS)
    labels = random.random(ROWS) < 1 / (1 + np.exp(-logits))
    users = random.integers(400, size=ROWS)
    factor = {"true": 1.0, "bold": 3.0, "mean": 0.0}
    said = {
        (r.spec.case, r.spec.seed): (
            factor[r.spec.model] * logits + 0.05 * r.spec.seed + 0.01
        ).astype(np.float32)
        for r in records
    }
    times = 1_500_000_000 + 86_400 * random.integers(1000, size=ROWS)
    return Scored(labels, users, said), Traits(len(users), users % 30, users % 7, times)


def answers(records: list[Record], rows: tuple[Scored, Traits]) -> tuple[Table, Answers]:
    (table,) = split_tables(records)
    return table, ask(table, records, *rows)


def test_bins_add_up_to_the_calibration_error(
    records: list[Record], rows: tuple[Scored, Traits]
) -> None:
    (table,) = split_tables(records)
    scored = rows[0]
    one = {key: value for key, value in scored.logits.items() if key[1] == 0}
    bins = [*build_bins(table, Scored(scored.labels, scored.users, one))]
    compute: Any = METRICS["ece"].compute
    for (case, _), logits in one.items():
        own = [b for b in bins if b.case == case]
        assert sum(b.rows for b in own) == ROWS
        gap = sum(b.rows * abs(b.predicted - b.observed) for b in own) / ROWS
        both = [b for b in build_bins(table, scored) if b.case == case]
        assert sum(b.rows for b in both) == pytest.approx(ROWS)  # a mean over seeds
        assert gap == pytest.approx(compute(scored.labels, logits.astype(np.float64), scored.users))


def test_what_is_kept_is_what_was_asked_of_the_same_predictions(
    records: list[Record], rows: tuple[Scored, Traits], tmp_path: Path
) -> None:
    table, found = answers(records, rows)
    keep(table, found, tmp_path)
    again = kept(table, records[::-1], tmp_path)
    assert again == found
    others = [*records[:-1], replace(records[-1], predictions="f" * 64)]
    assert kept(table, others, tmp_path) is None
    assert report.show(records, "html", lambda _: again) == report.show(
        records, "html", lambda _: found
    )
    (path,) = (tmp_path / "answers").iterdir()
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(StoreError, match="is damaged"):
        kept(table, records, tmp_path)


def test_the_page_shows_whom_a_model_serves_and_how_it_is_calibrated(
    records: list[Record], rows: tuple[Scored, Traits]
) -> None:
    table, found = answers(records, rows)
    (board,) = boards([table], records, lambda _: found)
    charts = {chart.title: chart for chart in board.charts}
    assert {"Calibration", "AUC by ratings of the user in training"} < charts.keys()
    curve = [m for m in charts["Calibration"].marks if m.title.startswith("bold: says")]
    low, high = curve[0].title, curve[-1].title
    assert float(low.split()[2][:-1]) < float(low.split()[4][:-1])  # too sure of a no
    assert float(high.split()[2][:-1]) > float(high.split()[4][:-1])  # and of a yes
    assert len(board.folded) == 8 + 1
    assert all(board.target(title) is not None for each in board.folded for title in each.of)
    (bare,) = boards([table], records)
    assert not bare.folded


def test_a_constant_guess_is_left_out_of_figures_and_not_of_the_table(
    records: list[Record],
) -> None:
    (board,) = boards(split_tables(records), records)
    assert [row[0] for row in board.section.grid.cells][-1] == "mean †"
    for chart in board.charts[:2]:
        assert "mean" not in {mark.text for mark in chart.marks}
    assert "A constant guess is left out" in board.charts[0].caption
