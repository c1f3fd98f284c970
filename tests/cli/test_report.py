"""fmbench report's other views, on a store that a run left."""

import json
from pathlib import Path

import pytest

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

    for path in (out / "predictions").iterdir():
        path.unlink()
    done = cli("report", out, "--slices")
    assert done.code == 0
    assert "NOT SLICED: predictions or data are out of reach" in done.out
    assert "are not there" in caplog.text
    assert "is not sliced" in caplog.text


def test_one_view_at_a_time(cli: Cli, tmp_path: Path) -> None:
    done = cli("report", tmp_path, "--slices", "--pareto")
    assert done.code == 2
    assert "not allowed with" in done.err
