"""The store: a record is there whole or not at all, and what is damaged is refused."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fmbench.errors import EnvironmentFault, StoreError, UsageError
from fmbench.record import Epoch, Record
from fmbench.spec import RunSpec
from fmbench.store import Store, decode, encode


def made(seed: int = 0, **changed: Any) -> Record:
    usual: dict[str, Any] = {
        "status": "ok",
        "metrics": {"test": {"auc": 0.1 + 0.2, "gauc": None}},
        "curve": [
            Epoch(train_loss=1 / 3, tail_loss=0.5, valid_logloss=1e-300, valid_auc=None, seconds=2)
        ],
        "samples": {"predict_latency_ms": [0.1, 0.25]},
        "audit": {"parts": {"train": {"rows": 8}}, "한글": "멜로/로맨스"},
    }
    spec = RunSpec(name="fm", dataset="kmrd-synth", model="fm", seed=seed)
    return Record(spec=spec, **(usual | changed))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "runs")
    store.prepare()
    return store


def only_file(store: Store) -> Path:
    (path,) = store.records.iterdir()
    return path


def test_what_is_appended_is_read_back(store: Store) -> None:
    records = [made(seed) for seed in (0, 1, 10)]
    for record in records:
        store.append(record, logits=b"\0\0\x80?")
    assert sorted(store.read(), key=lambda r: r.spec.seed) == records
    assert store.finished() == {(r.spec.case, r.spec.seed): r for r in records}
    assert {p.read_bytes() for p in store.predictions.iterdir()} == {b"\0\0\x80?"}
    assert len(list(store.predictions.iterdir())) == 3


def test_a_failed_record_is_replaced(store: Store) -> None:
    store.append(made(status="error", reason="no way"))
    assert store.finished() == {}
    store.append(made())
    assert store.read() == [made()]


def test_a_file_is_readable_json(store: Store) -> None:
    store.append(made())
    whole = json.loads(only_file(store).read_text(encoding="utf-8"))
    assert whole["record"]["spec"]["model"] == "fm"
    assert whole["record"]["metrics"]["test"]["auc"] == 0.1 + 0.2


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace"])
@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("before", [[], [made(status="error", reason="earlier")]])
def test_what_stops_a_write_leaves_what_was_there(
    step: str,
    fault: BaseException,
    before: list[Record],
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for record in before:
        store.append(record)

    def stopped(*_: object) -> None:
        raise fault

    with monkeypatch.context() as patch, pytest.raises((EnvironmentFault, KeyboardInterrupt)) as e:
        patch.setattr(step, stopped)
        store.append(made())
    if isinstance(fault, OSError):
        assert "cannot be written: No space left on device" in str(e.value)
    assert store.read() == before
    assert [p.name for p in store.records.iterdir() if p.suffix != ".json"] == []
    store.append(made())
    assert store.read() == [made()]


def test_a_crash_at_any_byte_is_seen(store: Store) -> None:
    file = encode(made())
    for length in range(0, len(file) - 1, 7):
        with pytest.raises(StoreError):
            decode(file[:length], "x.json")


def test_a_changed_byte_is_seen_or_harmless() -> None:
    file, record = encode(made()), made()
    for place in range(len(file)):
        changed = bytearray(file)
        changed[place] ^= 1
        try:
            assert decode(bytes(changed), "x.json") == record
        except StoreError as error:
            assert "'x.json'" in str(error)


def resealed(change: Callable[[dict[str, Any]], None]) -> bytes:
    """Return a file whose record was changed by somebody who knows the checksum."""
    from fmbench.store import _checksum

    content = msgspec.to_builtins(made())
    change(content)
    return msgspec.json.encode({"sha256": _checksum(content), "record": content})


DAMAGE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is damaged: it is not a record's JSON"),
    "no JSON": (b"\x00\xff", "is damaged: it is not a record's JSON"),
    "other JSON": (b"[1, 2]", "is damaged: it is not a record's JSON"),
    "no text": (b'{"sha256": "\xff"}', "is damaged: it is not a record's JSON"),
    "half": (encode(made())[:300], "is damaged: it is not a record's JSON"),
    "edited": (encode(made()).replace(b'"fm"', b'"lr"', 1), "is damaged: its checksum"),
    "no record": (b'{"sha256": "", "record": 3}', "is damaged"),
    "newer": (resealed(lambda c: c.update(schema=2)), "has schema 2; this fmbench reads 1"),
    "no schema": (resealed(lambda c: c.pop("schema")), "is damaged"),
    "odd schema": (
        resealed(lambda c: c.update(schema="new")),
        "has schema 'new'; this fmbench reads 1",
    ),
    "other keys": (resealed(lambda c: c.update(more=1)), "is not of schema 1"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_damage_is_refused_by_name(case: str, store: Store) -> None:
    content, words = DAMAGE[case]
    store.append(made(1))
    (store.records / "mine.json").write_bytes(content)
    with pytest.raises(StoreError, match=r"'mine\.json'") as caught:
        store.read()
    assert words in str(caught.value)
    assert caught.value.exit_code == 5
    assert caught.value.hint
    with pytest.raises(StoreError):
        store.finished()


def test_what_a_crash_left_is_ignored(store: Store) -> None:
    store.append(made())
    for name in (".0123.tmp", "notes.txt", ".hidden"):
        (store.records / name).write_text("{")
    assert store.read() == [made()]


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_files_have_the_permissions_that_the_user_gives(umask: int, store: Store) -> None:
    before = os.umask(umask)
    try:
        store.append(made(), logits=b"1234")
    finally:
        os.umask(before)
    for path in (only_file(store), *store.predictions.iterdir()):
        assert path.stat().st_mode & 0o777 == 0o666 & ~umask


def test_no_store(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
    assert store.finished() == {}
    with pytest.raises(UsageError, match="holds no records; expected a folder"):
        store.read()
    store.check()
    assert not (tmp_path / "runs").exists()


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    for root in (tmp_path / "runs", tmp_path / "runs" / "deeper"):
        for refuse in (Store(root).check, Store(root).prepare):
            with pytest.raises(EnvironmentFault):
                refuse()
