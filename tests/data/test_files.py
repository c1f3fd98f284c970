"""Files as they come: no file at all, cut short, huge, linked, changing, on a failing disk."""

import io
import os
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fmbench.data import Where, load
from fmbench.data.datasets._kmrd import RATES, read_kmrd
from fmbench.data.readers.blocks import LONGEST_LINE, open_regular
from fmbench.data.readers.strict import read_integers
from fmbench.errors import DataError, EnvironmentFault, shown

HEADER = b"user,movie,rate,time\n"
GOOD = b"0,10003,7,1494128040\n"
MIB = 1 << 20


@contextmanager
def at_most(memory: int, seconds: float) -> Iterator[None]:
    tracemalloc.start()
    begin = time.process_time()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < memory
        assert time.process_time() - begin < seconds
    finally:
        tracemalloc.stop()


def test_missing_folder_pipe_and_device(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    cases = {
        tmp_path / "none.csv": "no such file",
        tmp_path: "is a folder; expected a regular file",
        tmp_path / "pipe": "is a named pipe",
        Path("/dev/null"): "is a device",
        Path("/dev/zero"): "is a device",
        tmp_path / "pipe" / "x": "cannot be read: Not a directory",
    }
    for path, message in cases.items():
        with pytest.raises(DataError, match=message) as caught:
            read_integers(path, RATES)
        assert str(path) in str(caught.value)


def test_paths_are_shown_on_one_line(tmp_path: Path) -> None:
    assert shown(Path("/데이터/a b\n\x1b[1m")) == "/데이터/a b\\n\\x1b[1m"
    path = tmp_path / "별 점\n.csv"
    path.write_bytes(HEADER + b"1\n")
    with pytest.raises(DataError, match=r"\\n.csv:2: 1 value"):
        read_integers(path, RATES)


def test_a_link_in_a_folder_with_any_name_is_followed(where: Where, tmp_path: Path) -> None:
    odd = tmp_path / "내 별점 \n"
    odd.mkdir()
    (odd / "rates.csv").symlink_to(tmp_path / "rates.csv")
    linked, plain = load("ratings", {}, Where(odd)), load("ratings", {}, where)
    assert linked.fingerprint == plain.fingerprint


def test_a_file_cut_anywhere_has_whole_rows_or_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    rows = [(i, 10_001 + i, i % 10 + 1, 999_999_990 + i) for i in range(20)]
    whole = HEADER + b"".join(b"%d,%d,%d,%d\n" % row for row in rows)
    accepted = []
    for end in range(len(HEADER), len(whole) + 1):
        path.write_bytes(whole[:end])
        try:
            columns = read_integers(path, RATES)
        except DataError as error:
            line = whole.count(b"\n", 0, end) + 1
            assert f"rates.csv:{line}: " in str(error) or end == len(HEADER)
            continue
        found = [*zip(*(column.tolist() for column in columns.values()), strict=True)]
        assert found == rows[: len(found)]
        accepted.append(end)
    breaks = [i for i in range(len(HEADER), len(whole)) if whole[i : i + 1] == b"\n"]
    assert accepted == sorted([*breaks, *(at + 1 for at in breaks)])


@pytest.mark.parametrize("length", [10 * MIB, 1024 * MIB])
def test_a_file_of_one_line_takes_little_memory(tmp_path: Path, length: int) -> None:
    path = tmp_path / "rates.csv"
    with path.open("wb") as file:
        file.write(HEADER + GOOD)
        file.truncate(length)  # sparse: takes no room on the disk
    with at_most(8 * MIB, 1), pytest.raises(DataError, match=r":3: the line is longer than 1 MiB"):
        read_integers(path, RATES)


def test_many_empty_lines_take_little_time(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_bytes(HEADER + GOOD + b"\r\n" * (LONGEST_LINE // 2 - 20))
    with at_most(16 * MIB, 1):
        assert len(read_integers(path, RATES)["user"]) == 1
    path.write_bytes(HEADER + GOOD + b"\n" * (2 * LONGEST_LINE))
    with (
        at_most(16 * MIB, 1),
        pytest.raises(DataError, match=":2: the empty lines after it are longer than 1 MiB"),
    ):
        read_integers(path, RATES)


def test_memory_of_the_strict_path_is_that_of_a_block(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    with path.open("wb") as file:
        file.write(HEADER + GOOD * (4 * MIB // len(GOOD)))
        file.write(b"9223372036854775807,1,1,1494128040\n")  # the fast path leaves it to the other
    with at_most(50 * MIB, 5):
        assert read_integers(path, RATES)["user"].max() == 2**63 - 1


def test_what_an_id_claims_takes_no_memory(where: Where) -> None:
    assert where.data_dir is not None
    with (where.data_dir / "rates.csv").open("a") as file:
        file.write(f"999999999,{2**63 - 1},10,1500000000\n{2**63 - 1},999999999,1,1500000000\n")
    with at_most(4 * MIB, 1):
        dataset = load("ratings", {}, where)
    assert max(field.cardinality for field in dataset.fields) < 40


def test_a_file_that_is_replaced_while_it_is_verified(
    where: Where, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rates.csv"
    (tmp_path / "other.csv").write_bytes(path.read_bytes().replace(b",4,", b",5,"))

    def opened(path: Path) -> io.BufferedReader:
        file = open_regular(path)
        (tmp_path / "other.csv").rename(path)
        return file

    monkeypatch.setattr("fmbench.data.sources.raw.open_regular", opened)
    with pytest.raises(DataError, match=r"rates.csv: changed while it was read; try again"):
        load("ratings", {}, where)


def test_a_failing_disk_is_named_and_leaves_no_half_cache(
    where: Where, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() >= 4096:
                raise OSError(5, "Input/output error")
            return super().read(min(size or 0, 4096))

    content = HEADER + GOOD * 1000
    monkeypatch.setattr("fmbench.data.readers.blocks.open_regular", lambda _: Failing(content))
    with pytest.raises(
        EnvironmentFault, match=r"rates.csv: reading fails after byte 4096: Input/output error"
    ) as caught:
        load("ratings", {}, where)
    assert caught.value.exit_code == 6
    assert not [entry for entry in cache.glob("encoded/*") if entry.is_dir()]


def test_a_table_has_the_rows_of_the_file(where: Where) -> None:
    assert where.data_dir is not None
    lines = (where.data_dir / "rates.csv").read_text().splitlines()[1:]
    table = read_kmrd(where.data_dir, "rates.csv", "ids")
    user, movie = (
        column.values[column.index].tolist()
        for column in (table.columns["user"], table.columns["movie"])
    )
    rows = zip(user, movie, table.rate.tolist(), table.time.tolist(), strict=True)
    assert [",".join(map(str, row)) for row in rows] == lines
