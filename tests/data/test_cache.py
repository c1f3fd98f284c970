"""The cache of encoded datasets: hits, keys, damage, two at once, no room."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fmbench.data import DATASETS, Dataset, Where, code, load
from fmbench.data.encoding.cache import _fingerprint as fingerprint_of
from fmbench.data.sources.raw import Raw
from fmbench.fields import Field
from fmbench.files import lock_file


def contents(dataset: Dataset) -> list[Any]:
    parts = (dataset.train, dataset.valid, dataset.test)
    arrays = [a.tolist() for part in parts for a in (part.ids, part.labels, part.users, part.times)]
    return [dataset.fields, dataset.audit, dataset.fingerprint, *arrays]


def entries(cache: Path) -> list[Path]:
    return [path for path in (cache / "encoded").iterdir() if path.is_dir()]


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function after which no raw file can be read any more."""

    def refuse(_: Raw) -> None:
        raise AssertionError("the raw files are read")

    return lambda: monkeypatch.setattr(Raw, "read", refuse)


def test_the_second_load_reads_no_raw_file(
    where: Where, cache: Path, unread: Callable[[], None]
) -> None:
    first = load("ratings", {}, where)
    unread()
    second = load("ratings", {}, where)
    assert contents(second) == contents(first)
    assert isinstance(second.train.ids, np.memmap)
    assert len(entries(cache)) == 1
    assert second.fields == (Field("user", 32), Field("movie", 11))


def test_a_map_is_private(where: Where) -> None:
    first = load("ratings", {}, where)
    expected = contents(first)
    first.train.ids[:] = 0
    assert contents(load("ratings", {}, where)) == expected


def test_everything_that_decides_it_is_in_the_key(where: Where, cache: Path) -> None:
    for n, args in enumerate(
        [{}, {"split": "temporal"}, {"split_seed": 1}, {"label": "rate>8"}, {"rows": 200}], start=1
    ):
        load("ratings", args, where)
        assert len(entries(cache)) == n
    assert where.data_dir is not None
    path = where.data_dir / "rates.csv"
    path.write_bytes(path.read_bytes().replace(b"0,100,4,", b"0,100,5,", 1))
    load("ratings", {}, where)
    assert len(entries(cache)) == 6


def test_the_code_of_the_room_and_below_it_is_in_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = tmp_path / "splits" / "deep"
    below.mkdir(parents=True)
    monkeypatch.setattr(code, "__file__", str(tmp_path / "code.py"))
    build = DATASETS["ratings"].build
    codes = [code.code_of(build)]
    for content in ("a = 1", "a = 2"):
        (below / "split.py").write_text(content)
        codes.append(code.code_of(build))
    assert len({*codes}) == 3


def test_times_come_along_and_change_no_fingerprint(where: Where) -> None:
    assert where.data_dir is not None
    base = load("ratings", {}, where)
    path = where.data_dir / "rates.csv"
    path.write_text(path.read_text().replace(",15", ",16"))  # each a hundred million seconds later
    later = load("ratings", {}, where)
    assert later.test.times.tolist() == (base.test.times + 100_000_000).tolist()
    assert later.fingerprint == base.fingerprint


def test_the_fingerprint_is_that_of_the_rows(where: Where) -> None:
    base = load("ratings", {}, where).fingerprint
    assert load("ratings", {"split_seed": 1}, where).fingerprint != base
    assert load("ratings", {"label": "rate<8"}, where).fingerprint != base
    assert load("ratings", {"label": "rate>8"}, where).fingerprint == base  # no rate is 9


DAMAGE: dict[str, Callable[[bytes], bytes | None]] = {
    "deleted": lambda _: None,
    "emptied": lambda _: b"",
    "cut": lambda content: content[:-1],
    "longer": lambda content: content + b"\0",
    "first bit": lambda content: bytes([content[0] ^ 1]) + content[1:],
    "header": lambda content: content[:20] + b"XXXX" + content[24:],
    "last bit": lambda content: content[:-1] + bytes([content[-1] ^ 1]),
    "zeros": lambda content: bytes(len(content)),
    "zip": lambda _: b"PK\x03\x04",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("name", ["manifest.json", "test.ids.npy", "train.labels.npy"])
def test_damage_is_noticed_and_repaired(
    where: Where, cache: Path, name: str, damage: Callable[[bytes], bytes | None]
) -> None:
    expected = contents(load("ratings", {}, where))
    path = entries(cache)[0] / name
    damaged = damage(path.read_bytes())
    path.unlink() if damaged is None else path.write_bytes(damaged)
    assert contents(load("ratings", {}, where)) == expected
    assert contents(load("ratings", {}, where)) == expected
    assert [p.name for p in entries(cache)] == [path.parent.name]


def test_every_flipped_byte_of_the_manifest_is_noticed(where: Where, cache: Path) -> None:
    expected = contents(load("ratings", {}, where))
    path = entries(cache)[0] / "manifest.json"
    whole = path.read_bytes()
    for at in range(0, len(whole), 97):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        assert contents(load("ratings", {}, where)) == expected


def test_half_written_entries_are_no_entries(where: Where, cache: Path) -> None:
    expected = contents(load("ratings", {}, where))
    entry = entries(cache)[0]
    entry.rename(entry.with_name(f"{entry.name}.partial"))  # as after a kill
    assert contents(load("ratings", {}, where)) == expected
    assert entries(cache) == [entry]


def test_no_cache_is_said_in_one_line(
    where: Where, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    expected = contents(load("ratings", {}, where))
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FMBENCH_CACHE", str(tmp_path / "file"))
    with caplog.at_level(logging.WARNING, "fmbench"):
        found = load("ratings", {}, where)
    assert contents(found) == expected
    assert not isinstance(found.train.ids, np.memmap)
    (record,) = caplog.records
    assert record.name == "fmbench"
    assert record.getMessage() == (
        f"the cache {tmp_path / 'file' / 'encoded'} cannot be written (Not a directory); "
        "going on without it"
    )


def test_a_full_disk_leaves_nothing(
    where: Where, cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    expected = contents(load("ratings", {"split_seed": 1}, where))
    before = entries(cache)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("fmbench.data.encoding.cache.np.lib.format.write_array_header_1_0", full)
        found = load("ratings", {}, where)
    assert "No space left on device" in caplog.text
    assert entries(cache) == before
    assert contents(found)[2] == load("ratings", {}, where).fingerprint != expected[2]


def test_two_at_once(where: Where, cache: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from fmbench.data import Where, load;"
        "print(load('ratings', {'fields': 'ids'}, Where(Path(sys.argv[1]))).fingerprint)"
    )
    command = [sys.executable, "-c", code, str(where.data_dir)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(2)
    ]
    found = {process.communicate(timeout=60)[0].strip() for process in running}
    assert [process.returncode for process in running] == [0, 0]
    assert found == {load("ratings", {}, where).fingerprint}
    assert len(entries(cache)) == 1


def test_no_lock_is_left_and_what_killed_writers_left_goes(where: Where, cache: Path) -> None:
    load("ratings", {}, where)
    (entry,) = (cache / "encoded").iterdir()
    dead, held = "0" * 24, "1" * 24
    for key in (dead, held):
        (entry.parent / f"{key}.lock").touch()
        (entry.parent / f"{key}.partial").mkdir()
        (entry.parent / f"{key}.partial" / "test.ids.npy").touch()
    (cache / "kept").mkdir()
    (entry.parent / f"{'2' * 24}.partial").symlink_to(cache / "kept")
    with lock_file(entry.parent / f"{held}.lock"):
        load("ratings", {"split_seed": 1}, where)
        left = {path.name for path in entry.parent.iterdir() if path.suffix}
    assert left == {f"{held}.lock", f"{held}.partial", f"{'2' * 24}.partial"}
    assert (cache / "kept").is_dir()


def test_a_fingerprint_of_fields_without_values_is_what_it_was_before_there_were_any() -> None:
    """Committed records hold such fingerprints."""
    size = Field("size", 9, width=2, kind="numeric", first_bin=3)
    before = [Field("user", 5, role="user"), Field("tags", 4, width=3)]
    digests = {"train.ids": "a", "train.times": "b"}
    assert fingerprint_of([*before, size], digests) == "51e33cfcd7b3db55"
    one, other = (
        Field("size", 6, kind="numeric", values=values)
        for values in ((-1.0, 0.0, 1.0, 2.0), (-1.0, 0.0, 1.0, 2.5))
    )
    assert fingerprint_of([one], digests) != fingerprint_of([other], digests)
