"""Mapped arrays: what reading them takes is given back, and what they hold stays."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from fmbench.data import Split
from fmbench.data.encoding import maps as maps_room
from fmbench.data.encoding.maps import digest, map_array


def resident_pages(path: Path) -> int:
    """Return the KiB of a mapped file that this process holds in memory."""
    held, found = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if "-" in line.split(maxsplit=1)[0]:
            found = line.endswith(str(path))
        elif found and line.startswith("Rss:"):
            held += int(line.split()[1])
    return held


@pytest.fixture
def path(tmp_path: Path) -> Path:
    np.save(tmp_path / "array.npy", np.arange(1 << 19, dtype=np.int64).reshape(-1, 2))
    return tmp_path / "array.npy"


def test_the_digest_is_that_of_type_shape_and_bytes(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    array = np.load(path)
    expected = hashlib.sha256(b"<i8(262144, 2)" + array.tobytes()).hexdigest()
    assert digest(array) == digest(map_array(path)) == expected
    monkeypatch.setattr(maps_room, "AT_ONCE", 1000)  # which cuts numbers
    assert digest(map_array(path)) == expected


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="needs Linux's /proc")
def test_what_was_read_is_given_back_and_read_again(path: Path) -> None:
    array = map_array(path)
    split = Split(array, array[:, 0], array[:, 1], array[:, 1])
    assert array.sum() == (1 << 19) * ((1 << 19) - 1) // 2
    assert resident_pages(path) > 4000
    split.release()
    assert resident_pages(path) == 0
    assert split.ids[-1].tolist() == [(1 << 19) - 2, (1 << 19) - 1]
    digest(array)
    assert resident_pages(path) == 0


def test_nothing_happens_to_arrays_in_memory() -> None:
    array = np.arange(6)
    Split(array, array, array, array).release()
    assert array.tolist() == [0, 1, 2, 3, 4, 5]
