"""The bytes of a file, packed or not, from any offset on."""

import gzip
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from fmbench.data.readers.stream import pieces
from fmbench.errors import DataError

TEXT = b"".join(b"%d,%d\n" % (i, i * i) for i in range(5000))
PACKS = {
    "plain": bytes,
    "gzip": gzip.compress,
    "zstd": zstandard.compress,
    "gzip in parts": lambda data: gzip.compress(data[:999]) + gzip.compress(data[999:]),
    "zstd in parts": lambda data: zstandard.compress(data[:99]) + zstandard.compress(data[99:]),
}


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_bytes_come_from_any_offset_on(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "text"
    path.write_bytes(pack(TEXT))
    for offset in (0, 1, 999, 1000, len(TEXT) - 1, len(TEXT)):
        found = list(pieces(path, offset, 1000))
        assert b"".join(found) == TEXT[offset:]
        assert all(0 < len(piece) <= 1000 for piece in found)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_much_that_is_packed_into_little_comes_in_pieces(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "text"
    path.write_bytes(pack(b"1,2\n" * (1 << 24)))
    sizes = [len(piece) for piece in pieces(path)]
    assert (sum(sizes), max(sizes)) == (1 << 26, 1 << 20)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_packed_data_that_is_cut_anywhere_is_refused(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "text"
    packed = pack(TEXT[:200])
    for end in range(12, len(packed)):
        path.write_bytes(packed[:end])
        with pytest.raises(DataError, match="data ends too early; expected its end mark"):
            list(pieces(path))


def test_zstd_leads_on_where_its_package_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "text"
    path.write_bytes(zstandard.compress(TEXT))
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(DataError, match="zstandard is not installed") as caught:
        list(pieces(path))
    assert "fmbench[formats]" in caught.value.hint
