import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from fmbench import machine_code
from fmbench.cli import main
from fmbench.record import Record
from fmbench.store import Store, examine, repair
from fmbench.store.file import _hash

Make = Callable[..., Record]

LOGITS = b"\0\0\x80?" * 9


@pytest.fixture
def broken(store: Store, made: Make) -> Store:
    """A store with one of everything that can be found."""
    for seed, logits in ((0, LOGITS), (1, LOGITS * 2), (2, LOGITS * 3)):
        store.append(made(seed, predictions=hashlib.sha256(logits).hexdigest()), logits)
    store.append(made(3))
    store.append(made(3, parameters=7))
    (store.records / "damaged.json").write_bytes(b"{")
    (store.records / ".0123.tmp").write_bytes(b"draft")
    (store.records / "notes.txt").write_bytes(b"my notes")
    (store.predicted / "0000000000000000.f32z").write_bytes(b"orphan")
    store.predictions_path(hashlib.sha256(LOGITS).hexdigest()).write_bytes(b"not these")
    store.predictions_path(hashlib.sha256(LOGITS * 2).hexdigest()).unlink()
    return store


def kinds(store: Store) -> dict[str, int]:
    found = [finding.kind for finding in examine(store)]
    return {kind: found.count(kind) for kind in found}


def contents(root: Path) -> list[bytes]:
    return sorted(path.read_bytes() for path in root.rglob("*") if path.is_file())


def test_everything_is_found(broken: Store) -> None:
    assert kinds(broken) == {
        "damaged": 2,
        "superseded": 1,
        "draft": 1,
        "orphan": 1,
        "foreign": 1,
        "missing": 1,
    }


def test_repair_moves_and_never_deletes(broken: Store) -> None:
    before, read = contents(broken.root), broken.read().records
    repair(broken, examine(broken))
    assert contents(broken.root) == before
    assert kinds(broken) == {"foreign": 1, "missing": 2}
    assert broken.read() == (read, [])


def test_repair_moves_nothing_that_is_outside(store: Store, made: Make, tmp_path: Path) -> None:
    content = msgspec.to_builtins(made()) | {"predictions": "../../victim"}
    file = msgspec.json.encode({"sha256": _hash(content), "record": content})
    (store.records / "sealed.json").write_bytes(file)
    victim = tmp_path / "victim.f32z"
    victim.write_bytes(b"not fmbench's")
    moved = repair(store, examine(store))
    assert list(moved) == [store.records / "sealed.json"]
    assert victim.read_bytes() == b"not fmbench's"


def test_a_whole_store_has_no_findings(store: Store, made: Make) -> None:
    store.append(made(0, predictions=hashlib.sha256(LOGITS).hexdigest()), LOGITS)
    store.append(made(1, status="error", reason="no way"))
    assert examine(store) == []


def test_the_verb(broken: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", str(broken.root), "--format", "json"]) == 5
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {row["state"] for row in rows if row["of"] == "store"} >= {"damaged", "draft", "missing"}
    assert {row["what"] for row in rows if row["of"] == "machine"} >= {"processor", "load", "torch"}
    assert main(["doctor", str(broken.root), "--repair"]) == 0
    assert "damaged, moved" in capsys.readouterr().out
    assert len(list(broken.damaged.iterdir())) == 5


def test_the_verb_on_a_whole_store_and_on_none(
    store: Store, made: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.append(made())
    assert main(["doctor", str(store.root)]) == 0
    assert "whole" in capsys.readouterr().out
    assert main(["doctor"]) == 0
    assert main(["doctor", "--repair"]) == 2
    for flags in ([], ["--repair"]):
        assert main(["doctor", str(tmp_path / "nowhere"), *flags]) == 2
        assert not (tmp_path / "nowhere").exists()


def test_a_clone_without_predictions_is_whole(
    store: Store, made: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    store.append(made(predictions=hashlib.sha256(LOGITS).hexdigest()), LOGITS)
    shutil.rmtree(store.predicted)
    assert main(["doctor", str(store.root), "--format", "json"]) == 0
    whole, missing = json.loads(capsys.readouterr().out)["rows"][:2]
    assert (whole["state"], missing["state"]) == ("whole", "missing")
    assert "are not there; expected the logits" in missing["why"]


@pytest.mark.parametrize("folder", ["records", "predictions"])
def test_a_folder_that_cannot_be_read(
    folder: str,
    store: Store,
    made: Make,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    store.append(made())
    listed = Path.iterdir

    def iterdir(path: Path) -> Iterator[Path]:
        if path.name == folder:
            raise OSError(5, "Input/output error")
        return listed(path)

    monkeypatch.setattr("pathlib.Path.iterdir", iterdir)
    assert main(["doctor", str(store.root)]) == 6
    assert f"{folder}' cannot be read: Input/output error" in capsys.readouterr().err


def test_what_cannot_be_moved(
    broken: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stuck(path: Path, target: Path) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("pathlib.Path.replace", stuck)
    assert main(["doctor", str(broken.root), "--repair"]) == 6
    assert "cannot be written: Read-only file system" in capsys.readouterr().err


def machine(capsys: pytest.CaptureFixture[str], *argv: str) -> dict[str, dict[str, str]]:
    capsys.readouterr()
    assert main(["doctor", *argv, "--format", "json"]) == 0
    return {row["what"]: row for row in json.loads(capsys.readouterr().out)["rows"]}


def test_it_says_whether_data_is_at_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FMBENCH_DATA", str(tmp_path))
    monkeypatch.setenv("FMBENCH_CACHE", str(tmp_path / "cache"))
    row = machine(capsys)["kmrd-small"]
    assert row["state"] == "not here"
    assert "FMBENCH_DATA" in row["why"]
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "kmrd-small").mkdir()
    (tmp_path / "kmrd-small" / "rates.csv").touch()
    assert machine(capsys)["kmrd-small"]["state"] == "at hand"


def test_it_says_whether_kernels_are_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    places = (tmp_path / "package", tmp_path / "cache")
    monkeypatch.setattr(machine_code, "places", lambda: places)
    row = machine(capsys)["kernels"]
    assert row["state"] == "not compiled"
    assert str(places[0]) in row["why"]
    assert not places[0].exists()
    for place in places:
        place.touch()  # no folder can be made there
    row = machine(capsys)["kernels"]
    assert row["state"] == "compiled at each start"
    assert [place for place in (*places, "FMBENCH_CACHE") if str(place) not in row["why"]] == []
    places[1].unlink()
    (places[1] / "engine_0123").mkdir(parents=True)
    assert str(places[1]) in machine(capsys)["kernels"]["why"]
    (places[1] / "engine_0123" / "adam.step-1.py311.1.nbc").touch()
    assert machine(capsys)["kernels"]["state"] == f"compiled, in {places[1]}"


def test_it_says_how_much_room_there_is(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for free, words in ((5 << 30, ("5.0 GiB free", "")), (1 << 29, ("0.5 GiB free", "little"))):
        usage = shutil._ntuple_diskusage(0, 0, free)
        monkeypatch.setattr("shutil.disk_usage", lambda _, usage=usage: usage)
        row = machine(capsys, str(store.root))["disk"]
        assert row["state"] == words[0]
        assert row["why"].startswith(words[1])
        assert bool(row["why"]) == bool(words[1])


def test_it_loads_neither_torch_nor_numba(store: Store) -> None:
    code = (
        "import sys; from fmbench.cli import main; main(sys.argv[1:]); "
        "sys.exit(bool({'torch', 'numba'} & {*sys.modules}))"
    )
    argv = [sys.executable, "-c", code, "doctor", str(store.root)]
    assert subprocess.run(argv, capture_output=True).returncode == 0
