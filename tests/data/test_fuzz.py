"""Damaged files by the thousand: the reader reads what the grammar has, and refuses the rest.

Each file is read three ways: as ever; in tiny blocks; by the strict path alone. All must give the
rows of `grammar.read`, or refuse in the same words, at the line where the grammar does.
"""

import re
import secrets
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import grammar
import pytest
from grammar import FORMATS, Rows
from mutate import made, mutated

from fmbench.data.datasets._kmrd import CREDITS, MOVIE, RATES
from fmbench.data.readers import strict
from fmbench.data.readers.blocks import blocks
from fmbench.data.readers.lines import Integer, Text
from fmbench.data.readers.strict import parse_block, read_integers, read_text
from fmbench.errors import DataError

SEED = 20_261_124
FILES = {"rates": 7_000, "castings": 1_000, "genres": 1_000, "movies": 1_000}

Show = Callable[[str, object], None]


def as_text(columns: dict[str, Integer], path: Path) -> Rows:
    found = read_integers(path, columns)
    return {name: [str(value) for value in column.tolist()] for name, column in found.items()}


READERS: dict[str, Callable[[Path], Rows]] = {
    "rates": partial(as_text, RATES),
    "castings": partial(as_text, CREDITS),
    "genres": lambda path: read_text(path, {"movie": Integer(), "genre": Text(quotes=False)}, ","),
    "movies": lambda path: read_text(path, MOVIE, "\t"),
}


def outcome(kind: str, path: Path) -> Rows | str:
    """Return the rows, or the message and hint; anything but a refusal goes through."""
    try:
        return READERS[kind](path)
    except DataError as error:
        assert "\n" not in str(error)
        assert error.exit_code == 3
        return f"{error} | {error.hint}"


def expected(content: bytes, kind: str) -> Rows | int:
    """Return the rows that the grammar has, or the line from which on it has none."""
    try:
        return grammar.read(content, FORMATS[kind])
    except grammar.Refused as refused:
        return int(refused.args[0])


def checked(kind: str, content: bytes, path: Path, size: int) -> str:
    """Hold what the reader makes of a file to the grammar; return how it went."""
    path.unlink(missing_ok=True)  # writing over it would wait for the disk
    path.write_bytes(content)
    gave_up = False

    def watched(*args: Any) -> Any:
        nonlocal gave_up
        part = parse_block(*args)
        gave_up |= part is None
        return part

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strict, "parse_block", watched)
        usual = outcome(kind, path)
        patch.setattr(strict, "blocks", partial(blocks, size=size))
        in_tiny_blocks = outcome(kind, path)
        patch.setattr(strict, "parse_block", lambda *_: None)
        assert outcome(kind, path) == in_tiny_blocks == usual
    rows = expected(content, kind)
    if isinstance(usual, str) or isinstance(rows, int):
        line = re.match(r":([0-9]+): ", str(usual).removeprefix(str(path)))
        assert rows == (int(line[1]) if line else 0), usual
        return "refused"
    assert usual == rows
    has_19_digits = max(len(value) for column in rows.values() for value in column) == 19
    assert has_19_digits or not gave_up  # the strict path is slow, and for what is wrong
    return "read"


@pytest.mark.parametrize("kind", FILES)
def test_damaged_files(kind: str, tmp_path: Path, record_property: Show) -> None:
    count_and_show(partial(made, kind=kind), kind, FILES[kind], SEED, tmp_path, record_property)


@pytest.mark.parametrize("kind", FILES)
def test_damaged_pieces_of_the_real_files(
    kind: str, kmrd: Path, tmp_path: Path, record_property: Show
) -> None:
    (path,) = (kmrd / "kmrd-small").glob(f"{kind}.*")
    header, *rows = path.read_bytes().splitlines(keepends=True)

    def piece(rng: Random) -> bytes:
        first = rng.randrange(len(rows))
        return header + b"".join(rows[first : first + rng.randint(1, 12)])

    count_and_show(piece, f"real {kind}", FILES[kind] // 10, SEED, tmp_path, record_property)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("kind", FILES)
def test_damaged_files_of_a_fresh_seed(kind: str, tmp_path: Path, record_property: Show) -> None:
    n, seed = 10 * FILES[kind], secrets.randbits(32)
    count_and_show(partial(made, kind=kind), kind, n, seed, tmp_path, record_property)


def count_and_show(
    whole: Callable[[Random], bytes], title: str, n: int, seed: int, folder: Path, show: Show
) -> None:
    """Damage `n` whole files, check each, and show the count and the seed."""
    kind = title.split()[-1]
    found: Counter[str] = Counter()
    for number in range(n):
        rng = Random(f"{seed}/{title}/{number}")
        content = mutated(rng, whole(rng), bytes([FORMATS[kind].delimiter]))
        size = rng.choice([rng.randint(22, 80), max(22, len(content) - rng.randint(0, 9))])
        try:
            found[checked(kind, content, folder / kind, size)] += 1
        except Exception as error:
            error.add_note(f"file {number} of seed {seed}, {title}: {content!r}")
            raise
    counts = ", ".join(f"{count:,} {how}" for how, count in found.most_common())
    show("shown", f"fuzz: {n:,} files, {title}, seed {seed}: {counts}, none wrongly")
    assert min(found["read"], found["refused"]) > n // 10
