"""Every truncation and every changed bit of a store: never a wrong number."""

from collections.abc import Callable

import pytest

from fmbench.errors import StoreError
from fmbench.record import Record
from fmbench.store import decode, encode

Make = Callable[..., Record]

RECORDS = 20
SHARE = 40
"""By default one bit of so many is flipped in each record, another one in each."""


def small(made: Make, seed: int) -> Record:
    return made(seed, curve=[], samples={}, audit={"rows": 100 + seed})


def wrong(file: bytes, record: Record) -> bool:
    """Tell whether a file is read as anything but the record."""
    try:
        return decode(file, "x.json")[1] != record
    except StoreError:
        return False


def flipped(file: bytes, bit: int) -> bytes:
    changed = bytearray(file)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def count(made: Make, share: int) -> tuple[int, int]:
    """Return how many files were tried and how many of them were read wrongly."""
    tried = failed = 0
    for seed in range(RECORDS):
        record = small(made, seed)
        file = encode(record)[1]
        for length in range(seed % share, len(file), share):
            tried += 1
            failed += wrong(file[:length], record)
        for bit in range(seed % share, 8 * len(file), share):
            tried += 1
            failed += wrong(flipped(file, bit), record)
    return tried, failed


def test_a_share_of_all_cuts_and_flips(made: Make) -> None:
    tried, failed = count(made, SHARE)
    print(f"{tried:,} damaged files, {failed} read wrongly")
    assert tried > 3_000
    assert failed == 0


@pytest.mark.slow
def test_all_cuts_and_flips(made: Make) -> None:
    tried, failed = count(made, 1)
    print(f"{tried:,} damaged files, {failed} read wrongly")
    assert failed == 0


def test_the_checksum_is_what_tells(made: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, some of the same flips are read as other numbers."""
    record = small(made, 0)
    file = encode(record)[1]
    honest = file.split(b'"')[3].decode()
    monkeypatch.setattr("fmbench.store.file._hash", lambda content: honest)
    assert any(wrong(flipped(file, bit), record) for bit in range(8 * len(file)))
