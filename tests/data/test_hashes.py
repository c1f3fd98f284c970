"""What was hashed is not hashed again, in this process or a cell's, until it changes."""

import hashlib
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from fmbench.data import Where, load
from fmbench.data.encoding import cache as cache_room
from fmbench.errors import DataError

ROWS = "user,movie,rate,time\n" + "".join(
    f"{n % 40},{n % 7},{10 if n % 3 else 5},{1_500_000_000 + n}\n" for n in range(400)
)


@pytest.fixture
def where(tmp_path: Path) -> Where:
    (tmp_path / "mine.csv").write_text(ROWS)
    return Where(tmp_path, is_exact=True)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is hashed from here on: files and arrays of any size."""
    found: list[str] = []

    def noting(what: str, function: Callable[..., object]) -> Callable[..., object]:
        def noted(*args: object) -> object:
            found.append(what)
            return function(*args)

        return noted

    monkeypatch.setattr(hashlib, "file_digest", noting("file", hashlib.file_digest))
    monkeypatch.setattr(cache_room, "digest", noting("array", cache_room.digest))
    return found


def test_a_second_load_hashes_nothing(where: Where, hashed: list[str]) -> None:
    first = load("ratings", {"file": "mine.csv"}, where)
    assert hashed.count("file") == 1
    hashed.clear()
    again = load("ratings", {"file": "mine.csv"}, where)
    assert again.fingerprint == first.fingerprint
    assert hashed == []


def test_a_cell_hashes_nothing_that_the_sweep_has_hashed(where: Where, hashed: list[str]) -> None:
    load("ratings", {"file": "mine.csv"}, where)
    hashed.clear()
    load("ratings", {"file": "mine.csv"}, pickle.loads(pickle.dumps(where)))
    assert hashed == []


def test_a_changed_file_is_hashed_again(where: Where, tmp_path: Path) -> None:
    """Even one of the same size and the same time of change."""
    file = tmp_path / "mine.csv"
    first = load("ratings", {"file": "mine.csv"}, where)
    before = file.stat()
    file.write_text(ROWS.replace(",10,", ",05,"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size
    with pytest.raises(DataError, match="are not those of the spec"):
        load("ratings", {**first.args}, where)


def test_a_damaged_array_is_found_and_made_anew(where: Where, cache: Path) -> None:
    first = load("ratings", {"file": "mine.csv"}, where)
    (array,) = cache.rglob("train.ids.npy")
    content = bytearray(array.read_bytes())
    content[-1] ^= 1
    array.write_bytes(content)
    assert load("ratings", {"file": "mine.csv"}, where).fingerprint == first.fingerprint
    assert array.read_bytes() != content
