"""A store whose numbers are true, and what is said of each lie that is planted in it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fmbench.cli import main
from fmbench.data import Where
from fmbench.harness import Setting, resolve, run_with_logits
from fmbench.record import Record
from fmbench.report.verify import MEASURED
from fmbench.spec import RunSpec, TrainSpec
from fmbench.store import Store, decode, encode

Lie = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Run two cells once; return the files of their store."""
    root = tmp_path_factory.mktemp("truth")
    store = Store(root / "runs")
    store.prepare()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FMBENCH_CACHE", str(root / "cache"))
        for model in ("lr", "fm"):
            spec = RunSpec(
                name=model, dataset="kmrd-synth", dataset_args={"rows": 1500}, model=model,
                train=TrainSpec(max_epochs=2),
            )  # fmt: skip
            record, logits = run_with_logits(resolve(spec, Where()), Setting())
            assert logits, record.reason
            store.append(record, *(logits[part].tobytes() for part in ("test", "valid")))
    files = (path for path in store.root.rglob("*") if path.is_file())
    return {str(path.relative_to(store.root)): path.read_bytes() for path in files}


@pytest.fixture
def store(truth: dict[str, bytes], tmp_path: Path) -> Store:
    for name, content in truth.items():
        path = tmp_path / "runs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return Store(tmp_path / "runs")


@pytest.fixture
def verify(store: Store, capsys: pytest.CaptureFixture[str]) -> Callable[[], tuple[int, list[Any]]]:
    """Return what verifies the store: its exit code and what it shows."""

    def call() -> tuple[int, list[Any]]:
        capsys.readouterr()
        code = main(["report", str(store.root), "--verify", "--format", "json"])
        return code, json.loads(capsys.readouterr().out)["rows"]

    return call


def lie_in(store: Store, lie: Lie) -> str:
    """Change the record of fm, put it in its place as a writer would, and return its file name."""
    (path,) = store.records.glob("fm-*.json")
    content = msgspec.to_builtins(decode(path.read_bytes(), path.name)[1])
    lie(content)
    id, file = encode(record := msgspec.convert(content, Record))
    path.unlink()
    path = store.records / f"{record.spec.cell}-{id[:12]}.json"
    path.write_bytes(file)
    return path.name


def odd(rows: list[Any]) -> set[tuple[str, str, str]]:
    return {(row["of"], row["what"], row["state"]) for row in rows if row["of"] != "all"}


def test_a_true_store_is_as_stored(verify: Any) -> None:
    code, rows = verify()
    assert (code, odd(rows)) == (0, set())
    states = {row["what"]: row["state"] for row in rows}
    assert states["metrics.test"] == "12 as stored"
    assert states["predictions"] == states["parameters"] == states["fingerprint"] == "2 as stored"
    assert states[MEASURED] == "2 not verified"


def change(*place: str | int, by: float = 1e-9) -> Lie:
    """Return what adds a little to a number."""

    def lie(content: Any) -> None:
        for key in place[:-1]:
            content = content[key]
        content[place[-1]] += by

    return lie


@pytest.mark.parametrize(
    ("lie", "what"),
    [
        (change("metrics", "test", "auc"), "metrics.test.auc"),
        (change("metrics", "test", "gauc"), "metrics.test.gauc"),
        (change("metrics", "valid", "logloss"), "metrics.valid.logloss"),
        (change("metrics", "valid", "auc"), "metrics.valid.auc"),
        (change("best_epoch", by=-1), "best_epoch"),
        (change("parameters", by=1), "parameters"),
        (change("audit", "test_unseen_user_share"), "audit.test_unseen_user_share"),
        (
            change("samples", "train_samples_per_s", 1, by=1.0),
            "samples.train_samples_per_s.1",
        ),
        (lambda c: c["audit"].update(made_up=1), "audit.made_up"),
        (lambda c: c["metrics"]["test"].pop("ece"), "metrics.test.ece"),
        (
            lambda c: c["undefined"].update(test={"auc": "it would not fit"}),
            "undefined.test.auc",
        ),
        (lambda c: c.update(fingerprint="0" * 64), "fingerprint"),
        (lambda c: c.update(predictions=None), "predictions"),
        (lambda c: c["metrics"].update(train={"auc": 0.99}), "parts.0"),
    ],
)
def test_a_lie_is_one_line(lie: Lie, what: str, store: Store, verify: Any) -> None:
    name = lie_in(store, lie)
    code, rows = verify()
    assert code == 1
    assert {each for each in odd(rows) if each[0] != "table"} == {(name, what, "differs")}


def test_the_table_names_what_a_lie_makes_false(store: Store, verify: Any) -> None:
    lie_in(store, change("metrics", "test", "auc"))
    _, rows = verify()
    false = [what for of, what, _ in odd(rows) if of == "table"]
    assert [what.split(".")[-2:] for what in false] == [["auc", "mean"]]


def test_a_result_of_another_spec_is_found(store: Store, verify: Any) -> None:
    """A record that was renamed, and one whose spec asks for other data than its numbers are of."""
    (path,) = store.records.glob("lr-*.json")
    path.rename(store.records / "lr-0123456789ab-s0-0123456789ab.json")
    name = lie_in(store, lambda c: c["spec"]["dataset_args"].update(split="temporal"))
    code, rows = verify()
    found = odd(rows)
    assert code == 1
    assert ("lr-0123456789ab-s0-0123456789ab.json", "file name", "differs") in found
    assert (name, "fingerprint", "differs") in found
    assert ("metrics.test", "the rows at hand are not those of the record") in {
        (row["what"], row["why"]) for row in rows if "not verified" in row["state"]
    }


def test_what_is_not_at_hand_is_counted_and_said(store: Store, verify: Any) -> None:
    for path in store.predicted.iterdir():
        path.unlink()
    lie_in(store, lambda c: c["spec"].update(model="nobody"))
    code, rows = verify()
    missing = {(r["what"], r["state"]): r["why"] for r in rows if "not verified" in r["state"]}
    assert code == 0
    assert "not in the store" in missing["metrics.test", "2 not verified"]
    assert "unknown model 'nobody'" in missing["parameters", "1 not verified"]


def test_without_data_its_facts_are_not_verified(store: Store, verify: Any) -> None:
    lie_in(store, lambda c: c["spec"].update(dataset="elsewhere"))
    code, rows = verify()
    missing = {r["what"]: r for r in rows if "unknown dataset" in r["why"]}
    assert code == 0
    assert missing.keys() == {
        "fingerprint", "audit", "metrics.test", "parameters", "samples.train_samples_per_s",
    }  # fmt: skip


def test_damage_is_no_difference(store: Store, verify: Any) -> None:
    (record,) = store.records.glob("lr-*.json")
    of_lr = decode(record.read_bytes(), record.name)[1].predictions
    store.predictions_path(of_lr or "").write_bytes(b"no logits")
    code, rows = verify()
    assert code == 5
    assert odd(rows) == {(record.name, "predictions", "damaged")}
    record.write_bytes(b"{")
    code, rows = verify()
    assert (code, odd(rows)) == (5, set())


def test_a_failed_cell_holds_no_numbers(store: Store, verify: Any) -> None:
    name = lie_in(store, lambda c: c.update(status="diverged", reason="loss is nan"))
    code, rows = verify()
    assert code == 1
    assert (name, "predictions", "differs") in odd(rows)
    assert (name, "metrics.test.auc", "differs") in odd(rows)
    assert (name, "parameters", "differs") in odd(rows)


def test_an_epoch_without_time_has_no_speed(store: Store, verify: Any) -> None:
    name = lie_in(store, lambda c: c["curve"][0].update(seconds=0.0))
    code, rows = verify()
    assert code == 1
    assert {each for each in odd(rows) if each[0] != "table"} == {
        (name, "samples.train_samples_per_s.0", "differs")
    }


def test_what_is_not_trained_by_epochs_has_less_to_verify(store: Store, verify: Any) -> None:
    del_samples = {"predict_latency_ms": [0.1]}
    lie_in(store, lambda c: c.update(curve=[], best_epoch=None, samples=del_samples))
    code, rows = verify()
    assert (code, odd(rows)) == (0, set())
    assert "1 not verified" in {r["state"] for r in rows if r["what"] == "parameters"}
