"""Stored columns against a naive dictionary, and killed, damaged or unwritable at every place."""

import importlib.util
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmbench.data import stored as module
from fmbench.data import vocabulary
from fmbench.data.readers.words import START, At, Chunk, Words
from fmbench.data.stored import Kept, Part, Stored, stored
from fmbench.errors import DataError

Row = tuple[str | None, str | None]
"""A word and a number, None where the cell is empty."""
Files = Sequence[Sequence[Sequence[Row]]]
"""Files of chunks of rows."""

cells = st.sampled_from([None, "", "a", "b", "007", "7", "나", "a b", "x" * 300])
numbers = st.sampled_from([None, "0", "1.5", "-3", "1e9"])
generated = st.lists(
    st.lists(st.lists(st.tuples(cells, numbers), min_size=1, max_size=6), max_size=4), max_size=3
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the disk: what a process wrote is there when it is killed, whether synced or not."""
    monkeypatch.setattr(module.os, "fsync", lambda handle: None)


class Killed(BaseException):
    """The end of a process, as nothing in it can catch."""


def parse(words: Words, row: int) -> npt.NDArray[Any]:
    return np.array([*map(float, words.texts), np.nan])[words.codes]


COLUMNS = [Kept("word"), Kept("number", parse, "<f8"), Kept("again")]


def arrow(words: Words) -> Words:
    """Return a column whose words lie in an array of Arrow's that begins within another."""
    return Words(pa.array(["left out", *words.texts], pa.string())[1:], words.codes)


def part(chunks: Sequence[Sequence[Row]], starts: list[At], held: Callable[[Words], Words]) -> Part:
    """Return a file of chunks, which notes where it was begun."""

    def read(at: At) -> Iterator[Chunk]:
        starts.append(at)
        for i in range(at[0], len(chunks)):
            words, values = zip(*chunks[i], strict=True)
            word, number = held(Words.of(words)), held(Words.of(values))
            yield Chunk({"again": word, "number": number, "word": word}, (i + 1, i + 2))

    return read


def convert(
    root: Path,
    files: Files,
    *,
    told: Callable[..., None] = lambda *_: None,
    held: Callable[[Words], Words] = lambda words: words,
) -> tuple[Stored, list[At]]:
    """Return the stored columns, and from where on each file was read."""
    starts: list[At] = []
    return stored(root, "key", COLUMNS, [part(f, starts, held) for f in files], told), starts


def content(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (root / "key").iterdir()}


def naive(column: Sequence[str | None]) -> tuple[list[str], list[int]]:
    """Return the distinct words, a hole first, in the order of their first row, and each row's."""
    places: dict[str, int] = {} if all(column) else {"": 0}
    for cell in filter(None, column):
        places.setdefault(cell, len(places))
    return list(places), [places[cell or ""] for cell in column]


@pytest.mark.parametrize("held", [lambda words: words, arrow], ids=["lists", "Arrow"])
@settings(deadline=None, max_examples=40)
@given(generated)
def test_columns_against_a_naive_dictionary(
    held: Callable[[Words], Words], tmp_path_factory: pytest.TempPathFactory, files: Files
) -> None:
    root = tmp_path_factory.mktemp("stored")
    rows = [row for chunks in files for row in chain.from_iterable(chunks)]
    if not rows:
        with pytest.raises(DataError, match="there are no rows; expected some"):
            convert(root, files, held=held)
        return
    found, _ = convert(root, files, held=held)
    words, codes = naive([word for word, _ in rows])
    for name in ("word", "again"):
        assert found.words[name][:] == words
        assert len(found.words[name]) == len(words)
        assert found.arrays[name].tolist() == codes
    values = [float(number) if number else np.nan for _, number in rows]
    assert np.array_equal(found.arrays["number"], values, equal_nan=True)
    assert list(found.ends) == np.cumsum([sum(map(len, chunks)) for chunks in files]).tolist()
    assert list(found.arrays) == ["word", "number", "again"]


FILES: Files = [
    [[("a", "1"), (None, "2")], [("b", None)], [("a", "3"), ("c", "4"), ("b", "5")]],
    [],
    [[("d", "6")], [(None, None)], [("나", "7"), ("a", "8")]],
]
CHUNKS = sum(map(len, FILES))


@pytest.fixture
def whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Return the bytes of what is converted without interruption, with a short journal's step."""
    monkeypatch.setattr(module, "STEP", 2)
    convert(tmp_path / "whole", FILES)
    return content(tmp_path / "whole")


def test_what_is_converted_is_not_read_again(tmp_path: Path, whole: dict[str, bytes]) -> None:
    assert sorted(whole) == [
        "0.codes", "0.vocabulary", "1.rows", "2.codes", "2.vocabulary", "done.json",
    ]  # fmt: skip
    found, starts = convert(tmp_path / "whole", FILES)
    assert starts == []
    assert found.words["word"][:] == ["", "a", "b", "c", "d", "나"]
    assert content(tmp_path / "whole") == whole


def test_how_far_the_reading_is(tmp_path: Path, whole: dict[str, bytes]) -> None:
    told: list[tuple[int, int, At]] = []
    convert(tmp_path / "cache", FILES, told=lambda *said: told.append(said))
    rows = [2, 3, 6, 7, 8, 10]
    places = [(0, (i, i + 1)) for i in (1, 2, 3)] + [(2, (i, i + 1)) for i in (1, 2, 3)]
    assert told == [(n, *place) for n, place in zip(rows, places, strict=True)]


@pytest.mark.parametrize("chunks", range(CHUNKS))
def test_a_process_killed_while_it_reads_goes_on_from_the_journal(
    chunks: int, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    def kill(rows: int, file: int, at: At) -> None:
        seen.append((file, at))
        if len(seen) > chunks:
            raise Killed

    seen: list[tuple[int, At]] = []
    with pytest.raises(Killed):
        convert(tmp_path / "cache", FILES, told=kill)
    _, starts = convert(tmp_path / "cache", FILES)
    # Lines stand after two rows or more, and after each file.
    expected = [
        [START, START, START],  # killed after the first chunk, before its line
        [(1, 2), START, START],
        [(1, 2), START, START],
        [START],  # in the third file: the others are done
        [START],
        [(2, 3)],
    ][chunks]
    assert starts == expected
    assert content(tmp_path / "cache") == whole


@pytest.mark.parametrize("error", [Killed, DataError])
def test_a_file_that_fails_is_gone_on_with_where_it_was(
    error: type[BaseException], tmp_path: Path, whole: dict[str, bytes]
) -> None:
    def fails(at: At) -> Iterator[Chunk]:
        yield from list(part(FILES[2], [], lambda words: words)(at))[:2]
        raise error("here")

    good = [part(chunks, [], lambda words: words) for chunks in FILES[:2]]
    with pytest.raises(error, match="here"):
        stored(tmp_path / "cache", "key", COLUMNS, [*good, fails], lambda *_: None)
    assert convert(tmp_path / "cache", FILES)[1] == [(2, 3)]
    assert content(tmp_path / "cache") == whole


def test_killed_at_any_write_it_ends_with_the_same_bytes(
    tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stop before the n-th call that brings something to the disk, for every n there is."""
    ends: list[int] = []
    for n in range(1000):
        root, calls = tmp_path / str(n), iter(range(n))

        def counted(of: Any, name: str, calls: Iterator[int] = calls) -> Any:
            call = getattr(of, name)

            def stopped(*args: Any, **more: Any) -> Any:
                if next(calls, None) is None:
                    raise Killed
                return call(*args, **more)

            return stopped

        with monkeypatch.context() as patch:
            for of, name in (
                (module.os, "fsync"), (module, "write_words"), (module, "merge"),
                (vocabulary, "_parts"), (Path, "replace"), (Path, "unlink"),
            ):  # fmt: skip
                patch.setattr(of, name, counted(of, name))
            try:
                convert(root, FILES)
            except Killed:
                ends.append(n)
            else:
                break
        convert(root, FILES)
        assert content(root) == whole
    assert len(ends) > 60


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from fmbench.data import stored as module
    from fmbench.data.readers.words import Chunk, Words

    module.STEP = 3
    rows = int(sys.argv[2])

    def read(at):
        for i in range(at[0], 40):
            if i == rows:
                os.kill(os.getpid(), signal.SIGKILL)
            yield Chunk({"word": Words.of([str(i % 7), None])}, (i + 1, i + 2))

    module.stored(Path(sys.argv[1]), "key", [module.Kept("word")], [read], lambda *_: None)
"""


def test_a_killed_process_leaves_what_the_next_one_goes_on_with(tmp_path: Path) -> None:
    def run(root: str, rows: int) -> int:
        code = [sys.executable, "-c", textwrap.dedent(KILLED)]
        return subprocess.run([*code, tmp_path / root, str(rows)], timeout=60).returncode

    assert run("killed", 21) == -signal.SIGKILL
    (tmp_path / "half").mkdir()
    for path in (tmp_path / "killed" / "key").iterdir():
        (tmp_path / "half" / path.name).write_bytes(path.read_bytes())
    journal = (tmp_path / "half" / "journal.jsonl").read_bytes().splitlines()
    assert len(journal) == 10  # 20 chunks of two rows, a line after two of them
    assert run("killed", 5) == 0  # which it does not come by any more
    assert run("whole", -1) == 0
    assert content(tmp_path / "killed") == content(tmp_path / "whole")


def interrupted(root: Path) -> dict[str, bytes]:
    """Convert but the last chunk; return what lies there."""

    def kill(rows: int, *_: object) -> None:
        if rows == 10:
            raise Killed

    with pytest.raises(Killed):
        convert(root, FILES, told=kill)
    return content(root)


NAMES = ["0.rows", "1.rows", "2.rows", "0.words", "2.words", "chunks"]
"""In the order of the sizes in a line."""


@pytest.mark.parametrize("share", [0, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("name", NAMES)
def test_a_half_that_was_cut_short_is_gone_on_with_from_the_last_true_line(
    name: str, share: float, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    half = interrupted(tmp_path / "cache")
    place = NAMES.index(name)
    lines = [module.msgspec.json.decode(raw) for raw in half["journal.jsonl"].splitlines()]
    kept = int(share * lines[-1]["sizes"][place])
    os.truncate(tmp_path / "cache" / "key" / name, kept)
    true = [line for line in lines if line["sizes"][place] <= kept]
    _, starts = convert(tmp_path / "cache", FILES)
    assert starts[:1] == [tuple(true[-1]["at"]) if true else START]
    assert len(starts) == len(FILES) - (true[-1]["file"] if true else 0)
    assert content(tmp_path / "cache") == whole


@pytest.mark.parametrize("name", NAMES)
def test_what_came_after_the_last_line_is_cut_off(
    name: str, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    half = interrupted(tmp_path / "cache")
    (tmp_path / "cache" / "key" / name).write_bytes(half[name] + b"\x07" * 5_000)
    assert convert(tmp_path / "cache", FILES)[1] == [(2, 3)]
    assert content(tmp_path / "cache") == whole


@pytest.mark.parametrize(
    "tear",
    [
        lambda journal: b"",
        lambda journal: journal[:-1],
        lambda journal: journal[: len(journal) // 2],
        lambda journal: journal + b'{"rows": 9',
        lambda journal: journal + b"\0" * 512,
        lambda journal: b"no line\n" + journal,
    ],
)
def test_a_torn_journal_is_believed_as_far_as_it_goes(
    tear: Callable[[bytes], bytes], tmp_path: Path, whole: dict[str, bytes]
) -> None:
    half = interrupted(tmp_path / "cache")
    (tmp_path / "cache" / "key" / "journal.jsonl").write_bytes(tear(half["journal.jsonl"]))
    again = interrupted(tmp_path / "cache")
    assert again["journal.jsonl"] == half["journal.jsonl"]
    convert(tmp_path / "cache", FILES)
    assert content(tmp_path / "cache") == whole


@pytest.mark.parametrize("kept", [0, 3, -1, None])
@pytest.mark.parametrize("name", ["0.codes", "0.vocabulary", "1.rows", "2.codes", "done.json"])
def test_a_whole_entry_that_is_cut_short_is_converted_again(
    name: str, kept: int | None, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    path = tmp_path / "whole" / "key" / name
    if kept is None:
        path.unlink()
    else:
        path.write_bytes(whole[name][:kept])
    found, _ = convert(tmp_path / "whole", FILES)
    assert found.words["word"][:] == ["", "a", "b", "c", "d", "나"]
    assert content(tmp_path / "whole") == whole


def test_a_damaged_entry_is_converted_again_wherever_that_is_killed(
    tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    unlink = Path.unlink
    for n in range(9):
        root, left = tmp_path / str(n), iter(range(n))

        def stopped(path: Path, missing_ok: bool = False, left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise Killed
            unlink(path, missing_ok)

        convert(root, FILES)
        os.truncate(root / "key" / "0.codes", 3)
        with monkeypatch.context() as patch:
            patch.setattr(Path, "unlink", stopped)
            with pytest.raises(Killed):
                convert(root, FILES)
        convert(root, FILES)
        assert content(root) == whole


def test_a_name_is_given_to_what_is_on_the_disk_and_the_last_one_after_all_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Note which file is synced or named, by its number on the disk, one thread at a time."""
    events: list[tuple[str, int, str]] = []
    replace = Path.replace

    def put(draft: Path, target: Path) -> Path:
        events.append(("put", draft.stat().st_ino, target.name))
        return replace(draft, target)

    monkeypatch.setattr(
        module.os, "fsync", lambda handle: events.append(("sync", os.fstat(handle).st_ino, ""))
    )
    monkeypatch.setattr(Path, "replace", put)
    convert(tmp_path, FILES)
    folder = (tmp_path / "key").stat().st_ino
    puts = {name: i for i, (kind, _, name) in enumerate(events) if kind == "put"}
    assert {*puts} == {"0.vocabulary", "0.codes", "2.vocabulary", "2.codes", "done.json"}
    assert max(puts, key=puts.__getitem__) == "done.json"
    for name, place in puts.items():
        assert ("sync", events[place][1], "") in events[:place]
        after = events.index(("sync", folder, ""), place)
        assert name == "done.json" or after < puts["done.json"]
        assert name[2:] != "vocabulary" or after < puts[f"{name[0]}.codes"]


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_cache_that_cannot_be_written_costs_time_alone(
    place: str, tmp_path: Path, whole: dict[str, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    found, _ = convert(tmp_path / place, FILES)
    kept, _ = convert(tmp_path / "whole", FILES)
    (line,) = caplog.messages
    assert line.startswith(f"the cache {tmp_path / place} cannot be written (")
    assert line.endswith("); going on without it")
    for name in found.arrays:
        assert np.array_equal(found.arrays[name], kept.arrays[name], equal_nan=True)
    assert {name: words[:] for name, words in found.words.items()} == {
        name: words[:] for name, words in kept.words.items()
    }
    assert [len(words) for words in found.words.values()] == [6, 6]


def test_a_disk_that_fills_up_costs_time_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    full = iter([False, True])

    def fails(handle: int) -> None:
        if next(full, False):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", fails)
    found, _ = convert(tmp_path / "cache", FILES)
    assert "(No space left on device); going on without it" in caplog.text
    assert found.arrays["word"].tolist() == [1, 0, 2, 1, 3, 2, 4, 0, 5, 1]


def test_without_pyarrow_the_bytes_are_the_same(
    tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        vocabulary.importlib.util, "find_spec", lambda name: name != "pyarrow" and find(name)
    )
    monkeypatch.setattr(vocabulary, "_by_arrow", None)
    convert(tmp_path / "cache", FILES)
    assert content(tmp_path / "cache") == whole
