"""The page of results: the same bytes from the same records, and the committed one is theirs."""

import importlib
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from fmbench.record import Record
from fmbench.spec import RunSpec
from fmbench.store import Store

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "results" / "kmrd-small"
SUITE = (
    "--dataset", "kmrd-synth", "--fields", "ids", "--split", "random",
    "--models", "lr,fm", "--seeds", "2",
    "--set", "data.rows=1500", "--set", "train.max_epochs=1",
)  # fmt: skip


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module("results")


def made_up(model: str, seed: int, auc: float, fields: str = "ids", **changed: Any) -> Record:
    spec = RunSpec(
        name=model,
        dataset="kmrd-small",
        dataset_args={"fields": fields, "split": "random"},
        model=model,
        seed=seed,
    )
    usual: dict[str, Any] = {
        "status": "ok",
        "metrics": {"test": {"auc": auc, "logloss": 1 - auc}},
        "fingerprint": ("a" if fields == "ids" else "b") * 64,
    }
    return Record(spec=spec, **{**usual, **changed})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "results" / "made-up")
    store.prepare()
    for fields in ("ids", "full"):
        for seed in range(4):
            store.append(made_up("good", seed, 0.8 + 0.0001 * (seed % 3), fields))
            store.append(made_up("<b>bad", seed, 0.7 + 0.0001 * (seed % 2), fields))
    return store


def test_the_page_is_the_same_from_the_same_records(results: ModuleType, store: Store) -> None:
    first = results.build(store.root)
    assert results.build(store.root) == first
    assert results.main(["--page", "--out", str(store.root)]) == 0
    assert {path: path.read_text(encoding="utf-8") for path in first} == first
    assert {path.name for path in first} == {"README.md", "ids-random.svg", "full-random.svg"}
    page = first[store.root.parent / "README.md"]
    assert page.count("- On these test rows good has a better AUC (0.8001) than ") == 2
    for figure in re.findall(r"\]\((.*\.svg)\)", page):
        assert (store.root.parent / figure).is_file()
    assert "<b>" not in page


def test_trials_beside_the_store_are_shown_with_what_they_are_worth(
    results: ModuleType, store: Store
) -> None:
    tuning = Store(store.root.parent / "tuning")
    tuning.prepare()
    for number, loss in enumerate((0.6, 0.5, 0.4)):
        trial = made_up("good", 0, 0.0, metrics={"valid": {"logloss": loss}})
        spec = msgspec.structs.replace(
            trial.spec, name=f"good trial {number}", model_args={"draw": number}, tests=False
        )
        tuning.append(msgspec.structs.replace(trial, spec=spec))
    files = results.build(store.root)
    page = files[store.root.parent / "README.md"]
    assert page.count("### What tuning is worth") == 1
    assert "(figures/ids-random-effort.svg)" in page
    assert store.root.parent / "figures" / "ids-random-effort.svg" in files
    row = next(line for line in page.splitlines() if line.startswith("| good") and "0.4500" in line)
    assert [cell.strip() for cell in row.split("|")[-4:-1]] == ["0.6000", "0.4500", "0.4000"]


def test_pairs_of_other_records_are_refused(results: ModuleType, store: Store) -> None:
    assert results.ask(store.root) == 0
    before = results.build(store.root)
    for model in ("good", "<b>bad"):
        store.append(made_up(model, 4, 0.75))
    with pytest.raises(ValueError, match="not of these records"):
        results.build(store.root)
    assert results.ask(store.root) == 0
    assert results.build(store.root) != before


def test_one_command_runs_all_and_a_second_run_gives_the_same(
    results: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--out", str(tmp_path / "made")]
    assert results.main(command, [SUITE]) == 0
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "4 records, 0 of them of cells that failed" in page
    assert "other users and seeds: 95 % interval" in page  # asked while predictions were there
    capsys.readouterr()
    assert results.main([*command, "--check"], [SUITE]) == 0
    assert capsys.readouterr().out == "4 records committed, 0 differences\n"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"metrics": {"test": {"auc": 0.8000000001, "logloss": 0.2}}}, "metrics differ"),
        ({"predictions": "c" * 64}, "predictions differ"),
        ({"parameters": 3}, "parameters differ"),
        ({"peak_rss_mib": 3.0, "environment": {"cpu": "another"}}, ""),
    ],
)
def test_what_a_check_calls_different(
    changed: dict[str, Any], said: str, results: ModuleType
) -> None:
    before = made_up("good", 0, 0.8)
    lines = list(results.differences([before], [msgspec.structs.replace(before, **changed)]))
    assert [line.partition(": ")[2] for line in lines] == [said] * bool(said)


def test_a_check_names_what_only_one_run_has(results: ModuleType) -> None:
    one, other = made_up("good", 0, 0.8), made_up("good", 1, 0.8)
    gone, new = results.differences([one], [other])
    assert gone == f"{one.spec.cell}: committed, and did not run again"
    assert new == f"{other.spec.cell}: ran, and is not committed"


@pytest.mark.skipif(not COMMITTED.is_dir(), reason="no results are committed")
def test_the_committed_page_is_that_of_the_committed_records(results: ModuleType) -> None:
    files = results.build(COMMITTED)
    assert {path: path.read_text(encoding="utf-8") for path in files} == files
    made = {path.name for path in files if path.suffix == ".svg"}
    assert {path.name for path in (COMMITTED.parent / "figures").iterdir()} == made
