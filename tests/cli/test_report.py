"""fmbench report's other views, on a store that a run left."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from fmbench.record import Record
from fmbench.spec import RunSpec
from fmbench.store import Store

from .conftest import SMALL, Cli


def test_slices_and_front_of_a_store(
    cli: Cli, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    out = tmp_path / "runs"
    assert cli(f"run {SMALL} --models lr,fm --seeds 2 --jobs 1 --out", out).code == 0
    done = cli("report", out, "--slices", "--format", "json")
    parts = json.loads(done.out)["slices"]
    assert done.code == 0
    assert {part["name"] for part in parts} == {"lr", "fm"}
    whole = next(part for part in parts if part["family"] == "all")
    table = json.loads(cli("report", out, "--format", "json").out)
    (row,) = (row for row in table["rows"] if row["case"] == whole["case"])
    for metric, interval in whole["metrics"].items():
        assert interval["mean"] == row["metrics"][metric]["mean"]
    unseen = next(part for part in parts if part["slice"] == "user unseen")
    share = unseen["rows"] / whole["rows"]
    assert share == pytest.approx(table["audit"]["test_unseen_user_share"], abs=1e-6)

    front = json.loads(cli("report", out, "--pareto", "--format", "json").out)["pareto"]
    assert {(place["cost"], place["name"]) for place in front} == {
        (cost, name) for cost in ("train_samples_per_s", "time_to_best_s") for name in ("lr", "fm")
    }

    page = cli("report", out, "--format", "html").out
    assert "<strong>Calibration</strong>" in page
    assert not (out / "answers").exists()
    assert cli("report", out, "--keep", "--format", "html").out == page
    (kept,) = (out / "answers").iterdir()
    kept.write_text(kept.read_text().replace('"rows": ', '"rows": 1', 1))
    found = cli("report", out, "--verify")
    assert (found.code, "slices, calibration.parts.0.rows" in found.out) == (1, True)
    kept.unlink()
    assert cli("report", out, "--keep", "--format", "html").out == page
    assert cli("report", out, "--verify").code == 0

    cli("report", out, "--ablations", "--to", tmp_path / "to").refuses(2, "holds no plan")
    for path in (out / "predictions").iterdir():
        path.unlink()
    assert cli("report", out, "--format", "html").out == page
    kept.unlink()
    assert "<strong>Calibration</strong>" not in cli("report", out, "--format", "html").out
    done = cli("report", out, "--slices")
    assert done.code == 0
    assert "NOT SLICED: predictions or data are out of reach" in done.out
    assert "are not there" in caplog.text
    assert "is not sliced" in caplog.text


def test_one_view_at_a_time(cli: Cli, tmp_path: Path) -> None:
    done = cli("report", tmp_path, "--slices", "--pareto")
    assert done.code == 2
    assert "not allowed with" in done.err
    cli("report", tmp_path, "--slices", "--to", tmp_path).refuses(2, "found a view")


def test_a_page_needs_no_plugin(cli: Cli, tmp_path: Path) -> None:
    """Predictions of a dataset that nobody knows here leave slices out, and the rest in."""
    store = Store(tmp_path / "runs")
    logits = np.zeros(3, np.float32).tobytes()
    record = Record(
        spec=RunSpec(name="m", dataset="of-a-plugin", model="m"),
        status="ok",
        metrics={"test": {"auc": 0.7, "logloss": 0.6}},
        fingerprint="f" * 64,
        audit={"parts": {"test": {"rows": 3}}},
        predictions=hashlib.sha256(logits).hexdigest(),
    )
    store.prepare()
    store.append(record, logits)
    done = cli("report", store.root, "--format", "html")
    assert (done.code, "m: AUC 0.7000." in done.out) == (0, True)
