"""The store: a record is there whole or not at all, and what is damaged is left out by name."""

import dataclasses
import hashlib
import json
import os
import signal
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from fmbench.errors import EnvironmentFault, StoreError, UsageError
from fmbench.files import open_regular
from fmbench.record import Record
from fmbench.store import Missing, Store, decode, encode, examine
from fmbench.store import store as store_room
from fmbench.store.file import _hash
from fmbench.store.logits import pack

Make = Callable[..., Record]

LOGITS = np.linspace(-3, 3, 50).astype("<f4").tobytes()


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def scored(made: Make, seed: int = 0) -> Record:
    return made(seed, predictions=hashlib.sha256(LOGITS).hexdigest())


def test_what_is_appended_is_read_back(store: Store, made: Make) -> None:
    records = [made(seed) for seed in (0, 1, 10)]
    for record in records:
        store.append(record)
    assert sorted(store.read().records, key=lambda r: r.spec.seed) == records
    assert store.read().damages == []


def test_a_name_says_what_it_is_of_and_what_is_in_it(store: Store, made: Make) -> None:
    store.append(made(3))
    (path,) = files(store.records)
    whole = json.loads(path.read_text(encoding="utf-8"))
    assert path.name == f"fm-{made(3).spec.case}-s3-{whole['sha256'][:12]}.json"
    assert whole["record"]["metrics"]["test"]["auc"] == 0.1 + 0.2


def test_a_failed_record_is_replaced(store: Store, made: Make) -> None:
    store.append(made(status="error", reason="no way"))
    store.append(made(1, status="error", reason="another seed"))
    store.append(made())
    assert [r.status for r in store.read().records] == ["ok", "error"]
    assert len(files(store.records)) == 2


def test_a_good_record_is_never_replaced(store: Store, made: Make) -> None:
    store.append(made())
    store.append(made(status="error", reason="a second writer had no luck"))
    assert store.read().records == [made()]


@pytest.mark.parametrize("swapped", [False, True])
def test_two_failed_appends_at_once_leave_one(
    swapped: bool, store: Store, made: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second writer begins and ends between what the first writes and what it removes."""
    twins = [made(status="error", reason=reason) for reason in ("first", "second")]
    first, second = twins[::-1] if swapped else twins
    write = store_room.write

    def interrupted(path: Path, content: bytes) -> None:
        monkeypatch.undo()
        write(path, content)
        store.append(second)

    monkeypatch.setattr(store_room, "write", interrupted)
    store.append(first)
    (left,) = store.read().records
    assert left in twins


def test_one_record_of_a_cell_counts_whatever_the_order(tmp_path: Path, made: Make) -> None:
    twins = [made(samples={"predict_latency_ms": [float(i)]}) for i in range(6)]
    chosen = []
    for order in (twins, twins[::-1]):
        store = Store(tmp_path / str(len(chosen)))
        store.prepare()
        for record in order:
            store.append(record)
        chosen.append(store.read().records)
        assert len(files(store.records)) == 6
    assert chosen[0] == chosen[1]
    assert len(chosen[0]) == 1


def test_predictions_come_back_bit_by_bit(store: Store, made: Make) -> None:
    store.append(scored(made), LOGITS)
    assert store.predictions(scored(made)).tobytes() == LOGITS


def test_validation_predictions_come_back_and_records_are_as_without_them(
    store: Store, made: Make
) -> None:
    store.append(scored(made), LOGITS)
    before = {path.name: path.read_bytes() for path in files(store.records)}
    with pytest.raises(Missing, match="expected the logits of its valid rows"):
        store.valid_predictions(scored(made))
    store.append(scored(made), LOGITS, LOGITS[4:])
    assert store.valid_predictions(scored(made)).tobytes() == LOGITS[4:]
    assert store.predictions(scored(made)).tobytes() == LOGITS
    assert {path.name: path.read_bytes() for path in files(store.records)} == before
    assert examine(store) == []


@pytest.mark.parametrize("content", [b"", b"text", pack(LOGITS)])
def test_damaged_validation_predictions_are_refused(
    content: bytes, store: Store, made: Make
) -> None:
    store.append(scored(made), LOGITS, LOGITS[4:])
    (path,) = store.valid_paths(scored(made))
    path.write_bytes(content)
    with pytest.raises(StoreError, match="are damaged"):
        store.valid_predictions(scored(made))
    assert [finding.kind for finding in examine(store)] == ["damaged"]


def test_a_second_try_does_not_inherit_predictions(store: Store, made: Make) -> None:
    store.append(scored(made), LOGITS)
    other = made(predictions=hashlib.sha256(LOGITS[4:]).hexdigest())
    with pytest.raises(StoreError, match="are not there"):
        store.predictions(other)


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "other"])
def test_damaged_predictions_are_refused(damage: str, store: Store, made: Make) -> None:
    store.append(scored(made), LOGITS)
    (path,) = files(store.predicted)
    file = path.read_bytes()
    flipped = file[:20] + bytes([file[20] ^ 4]) + file[21:]
    path.write_bytes({"flip": flipped, "cut": file[:-3], "empty": b"", "other": b"text"}[damage])
    with pytest.raises(StoreError, match="are damaged"):
        store.predictions(scored(made))


def test_a_small_file_does_not_become_a_large_one(store: Store, made: Make) -> None:
    """A megabyte that unpacks to 256, of a record that has nine test rows."""
    record = made(predictions="0" * 64, audit={"parts": {"test": {"rows": 9}}})
    squeeze = zlib.compressobj(1)
    zeros = bytes(1 << 24)
    bomb = b"".join(squeeze.compress(zeros) for _ in range(16)) + squeeze.flush()
    store.predictions_path("0" * 64).write_bytes(bomb)
    tracemalloc.start()
    try:
        with pytest.raises(StoreError, match="are damaged"):
            store.predictions(record)
        assert tracemalloc.get_traced_memory()[1] < 1 << 23
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("rows", [50, None, "50", True, -1, 49])
def test_no_more_logits_are_read_than_the_audit_has_rows(
    rows: Any, store: Store, made: Make
) -> None:
    parts = {"test": {"rows": rows}} if rows is not None else "none"
    record = msgspec.structs.replace(scored(made), audit={"parts": parts})
    store.append(record, LOGITS)
    if rows in (True, -1, 49):
        with pytest.raises(StoreError, match="are damaged"):
            store.predictions(record)
    else:
        assert store.predictions(record).tobytes() == LOGITS


def test_without_an_audit_there_is_a_limit_too(
    store: Store, made: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.append(scored(made), LOGITS)
    monkeypatch.setattr("fmbench.store.logits.MOST", len(LOGITS))
    assert store.predictions(scored(made)).tobytes() == LOGITS
    monkeypatch.setattr("fmbench.store.logits.MOST", len(LOGITS) - 1)
    with pytest.raises(StoreError, match="are damaged"):
        store.predictions(scored(made))


@pytest.mark.parametrize("named", [None, "0" * 64])
def test_logits_that_the_record_does_not_name_are_refused(
    named: str | None, store: Store, made: Make
) -> None:
    with pytest.raises(StoreError, match=f"have SHA-256 .*; expected {named}"):
        store.append(made(predictions=named), LOGITS)
    assert files(store.records) == files(store.predicted) == []


def test_predictions_that_the_disk_does_not_give(
    store: Store, made: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.append(scored(made), LOGITS)

    def failing(path: Path, *, within: Path | None = None) -> BufferedReader:
        if path.parent == store.predicted:
            raise OSError(5, "Input/output error")
        return open_regular(path, within=within)

    monkeypatch.setattr("fmbench.files.open_regular", failing)
    with pytest.raises(StoreError, match="cannot be read: Input/output error"):
        store.predictions(scored(made))
    ((path, kind, _, is_damage),) = map(dataclasses.astuple, examine(store))
    assert (path.parent, kind, is_damage) == (store.predicted, "damaged", True)


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace"])
@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("status", [None, "error"])
def test_what_stops_a_write_leaves_what_was_there(
    step: str,
    fault: BaseException,
    status: str | None,
    store: Store,
    made: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if status:
        store.append(made(status=status, reason="earlier"))
    before = store.read().records

    def stopped(*_: object) -> None:
        raise fault

    with monkeypatch.context() as patch, pytest.raises((EnvironmentFault, KeyboardInterrupt)) as e:
        patch.setattr(step, stopped)
        store.append(made())
    if isinstance(fault, OSError):
        assert "cannot be written: No space left on device" in str(e.value)
    assert store.read().records == before
    assert [p.name for p in files(store.records) if p.suffix != ".json"] == []
    store.append(made())
    assert store.read().records == [made()]


def resealed(made: Make, change: Callable[[dict[str, Any]], None]) -> bytes:
    """Return a file whose record was changed by somebody who knows the checksum."""
    content = msgspec.to_builtins(made())
    change(content)
    return msgspec.json.encode({"sha256": _hash(content), "record": content})


DAMAGE: dict[str, tuple[Callable[[Make], bytes], str]] = {
    "empty": (lambda made: b"", "it is not a record's JSON"),
    "no JSON": (lambda made: b"\x00\xff", "it is not a record's JSON"),
    "other JSON": (lambda made: b"[1, 2]", "it is not a record's JSON"),
    "deep JSON": (lambda made: b"[" * 100_000, "it is not a record's JSON"),
    "no text": (lambda made: b'{"sha256": "\xff"}', "it is not a record's JSON"),
    "half": (lambda made: encode(made())[1][:300], "it is not a record's JSON"),
    "edited": (lambda made: encode(made())[1].replace(b'"fm"', b'"lr"', 1), "its checksum"),
    "no record": (lambda made: b'{"sha256": "", "record": 3}', "it is not a record's JSON"),
    "no schema": (lambda made: resealed(made, lambda c: c.pop("schema")), "not a record's JSON"),
    "odd schema": (lambda made: resealed(made, lambda c: c.update(schema="x")), "not of schema 3"),
    "a path": (
        lambda made: resealed(made, lambda c: c.update(predictions="../../victim")),
        "not of schema 3",
    ),
    "half a hash": (
        lambda made: resealed(made, lambda c: c.update(predictions="0" * 63 + "\n")),
        "not of schema 3",
    ),
    "another's": (lambda made: b'{"schema": "2"}', "it is not a record's JSON"),
    "schema flipped": (
        lambda made: encode(made())[1].replace(b'"schema": 3', b'"schema": 9', 1),
        "its checksum",
    ),
    "other keys": (lambda made: resealed(made, lambda c: c.update(more=1)), "not of schema 3"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_what_is_damaged_is_named_and_the_others_are_read(
    case: str, store: Store, made: Make
) -> None:
    content, words = DAMAGE[case]
    store.append(made(1))
    (store.records / "mine.json").write_bytes(content(made))
    records, (damage,) = store.read()
    assert records == [made(1)]
    assert damage.why.startswith("record 'mine.json' is damaged")
    assert words in damage.why


def test_damage_is_set_aside_and_nothing_of_it_lost(store: Store, made: Make) -> None:
    store.append(made())
    for content in (b"first", b"second"):
        (store.records / "mine.json").write_bytes(content)
        store.set_aside(store.read().damages)
    assert store.read() == ([made()], [])
    assert {path.read_bytes() for path in files(store.damaged)} == {b"first", b"second"}


def test_a_newer_record_is_refused_and_left_alone(store: Store, made: Make) -> None:
    store.append(made())
    newer = store.records / "newer.json"
    newer.write_bytes(resealed(made, lambda c: c.update(schema=4, more="unheard of")))
    before = newer.read_bytes()
    with pytest.raises(StoreError, match="has schema 4; this fmbench reads up to 3") as caught:
        store.read()
    assert caught.value.exit_code == 5
    assert caught.value.hint == "install a newer fmbench"
    assert newer.read_bytes() == before


@pytest.mark.parametrize(
    "file",
    [
        b'{"schema": 4, "sha256": "", "record": {}}',
        b'{"schema": 4, "blake3": "", "content": []}',
        b'{"sha256": "", "record": {"schema": 3}, "schema": 4}',
    ],
)
def test_a_newer_envelope_is_refused_and_left_alone(file: bytes, store: Store, made: Make) -> None:
    store.append(made())
    newer = store.records / "newer.json"
    newer.write_bytes(file)
    with pytest.raises(StoreError, match="has schema 4; this fmbench reads up to 3"):
        store.read()
    assert newer.read_bytes() == file


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"metrics": {"test": {"auc": float("nan")}}}, "metrics.test.auc is nan; expected"),
        ({"samples": {"predict_latency_ms": [0.1, float("inf")]}}, "predict_latency_ms.1 is inf"),
        ({"audit": {"deep": [{"er": -float("inf")}]}}, "audit.deep.0.er is -inf"),
        ({"peak_rss_mib": float("nan")}, "peak_rss_mib is nan"),
    ],
)
def test_what_json_cannot_hold_is_refused_when_it_is_written(
    changed: dict[str, Any], words: str, store: Store, made: Make
) -> None:
    with pytest.raises(StoreError, match=words):
        store.append(made(**changed))
    assert files(store.records) == []


SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.json"))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_records_of_every_version_stay_readable(path: Path) -> None:
    """What is in samples/ was written by releases and is never written again."""
    _, record = decode(path.read_bytes(), path.name)
    assert record.spec.dataset == "kmrd-synth"
    assert record.status != "ok" or 0.5 < (record.metrics["test"]["auc"] or 0) < 1


def test_there_are_samples() -> None:
    assert {path.name.partition("-")[0] for path in SAMPLES} == {"schema1", "schema2"}


def test_a_record_of_schema_1_says_what_was_no_option_then() -> None:
    models = {}
    for path in SAMPLES:
        _, record = decode(path.read_bytes(), path.name)
        if record.schema == 1:
            models[record.spec.model] = record.spec
    assert {spec.train.lr_decay for spec in models.values()} == {1.0}
    assert models["deepfm"].model_args["batch_norm"] is True
    assert "batch_norm" not in models["lr"].model_args


def test_what_a_crash_left_is_ignored(store: Store, made: Make) -> None:
    store.append(made())
    for name in (".0123.tmp", "notes.txt", ".hidden", ".hidden.json"):
        (store.records / name).write_text("{")
    assert store.read() == ([made()], [])


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_files_have_the_permissions_that_the_user_gives(
    umask: int, store: Store, made: Make
) -> None:
    before = os.umask(umask)
    try:
        store.append(scored(made), LOGITS)
    finally:
        os.umask(before)
    for path in (*files(store.records), *files(store.predicted)):
        assert path.stat().st_mode & 0o777 == 0o666 & ~umask


def test_no_store(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
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


def test_two_sweeps_do_not_share_a_store(store: Store) -> None:
    with (
        store.lock(),
        pytest.raises(EnvironmentFault, match="another fmbench is running") as caught,
        Store(store.root).lock(),
    ):
        pass
    assert caught.value.exit_code == 6
    with store.lock():
        pass


HOLDER = """
import sys
from pathlib import Path
from fmbench.store import Store
with Store(Path(sys.argv[1])).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_is_held_by_a_stopped_process_and_freed_by_a_killed_one(store: Store) -> None:
    command = [sys.executable, "-c", HOLDER, str(store.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout and holder.stdout.readline() == b"held\n"
            holder.send_signal(signal.SIGSTOP)
            with pytest.raises(EnvironmentFault, match="another fmbench is running"), store.lock():
                pass
        finally:
            holder.kill()
        holder.wait()
    with store.lock():
        pass
