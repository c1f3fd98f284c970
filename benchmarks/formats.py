"""Print how the readers of tables compare with independent ones on generated files.

    python benchmarks/formats.py [--files 2000] [--seed 0]

Each format has so many files, packed as gzip or zstd in turn. Delimited text is held against
Python's csv module, Parquet against pyarrow's `to_pylist`, libsvm against scikit-learn's loader,
libffm and RecBole's typed headers against a plain split. Each file is also read once more after
bytes of it were changed: whatever comes of it, it must not be a traceback.
"""

import argparse
import csv
import gzip
import io
import math
import random
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pyarrow as pa
import zstandard
from pyarrow import parquet as pq
from sklearn.datasets import load_svmlight_file

from fmbench.data.readers import delimited, engines
from fmbench.data.readers.table import look, read
from fmbench.data.readers.words import HOLE, LIST
from fmbench.errors import FmbenchError

Cells = list[list[str]]
Case = tuple[bytes, dict[str, object], Cells]
"""The content of a file, what is said of it, and its rows below the names."""

PACKS: tuple[Callable[[bytes], bytes], ...] = (bytes, gzip.compress, zstandard.compress)
WORDS = ("Toy Story", "007", "NA", "null", "?", "True", "-1", "1.0", "12345678901234567890", "é한")
ODD = ('a "b" c', '"', '""', "x, y", "a|b;c", "two\nlines", "cr\r\nlf", "tab\there", " ", "'", "\\")


class Count(NamedTuple):
    """What came of the files of a format."""

    files: int = 0
    cells: int = 0
    differences: int = 0
    tracebacks: int = 0


def columns_of(
    path: Path, said: dict[str, object], size: int | None = None
) -> dict[str, list[str]]:
    """Return the columns of a file; a hole is the empty text."""
    reading = look(path, **said)
    columns: dict[str, list[str]] = {name: [] for name in reading.columns}
    engine = engines.by_pandas if size and size % 2 else engines.by_arrow
    chunks = (
        delimited.read(path, reading, size=size, engine=engine)
        if size and reading.format == "delimited"
        else read(path, reading)
    )
    for chunk in chunks:
        for name, words in chunk.columns.items():
            texts = [*words.texts, ""]
            assert HOLE == -1
            columns[name] += [texts[code] for code in words.codes.tolist()]
    return columns


def of_delimited(draw: random.Random) -> Case:
    """Return a file as csv writes it, in any of its dialects and in an encoding."""
    delimiter = draw.choice([",", "\t", ";", "|", "\x01"])
    encoding = draw.choice(["utf-8", "utf-8", "utf-8-sig", "cp949", "latin-1"])
    odd = [word for word in (*WORDS, *ODD) if encoding[:3] == "utf" or word.isascii()]
    plain = draw.random() < 0.3
    if plain:
        odd = [word for word in odd if not set(word) & {'"', "\n", "\r", delimiter}]
    names = ["id", "number", *(f"text {i}" for i in range(draw.randrange(1, 5)))]
    texts = [
        [draw.choice([*odd, "", "word"]) for _ in names[2:]] for _ in range(draw.randrange(2, 60))
    ]
    rows = [[str(i), draw.choice(["", "7", "0.5"]), *row] for i, row in enumerate(texts, start=1)]
    rows[0][1] = "3"
    target = io.StringIO(newline="")
    quoting = csv.QUOTE_MINIMAL if plain else draw.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    writer = csv.writer(
        target, delimiter=delimiter, quoting=quoting, lineterminator=draw.choice(["\n", "\r\n"])
    )
    writer.writerows([names, *rows])
    text = target.getvalue() + draw.choice(["", "\n", "\r\n\r\n"])
    text = text if draw.random() < 0.7 else text.rstrip("\r\n")
    said: dict[str, object] = {"delimiter": delimiter}
    if encoding in ("cp949", "latin-1"):
        said["encoding"] = encoding
    read_again = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    return text.encode(encoding), said, [row for row in read_again if row][1:]


def of_ratings(draw: random.Random) -> Case:
    """Return ratings without names, whose delimiter nobody says."""
    delimiter = draw.choice(["::", "\t", ",", ";", "|", " ", "\x01"])
    rows = [
        [
            str(draw.randrange(10**6)),
            draw.choice(["", "0012", "B0"]),
            str(draw.randrange(1, 11) / 2),
        ]
        for _ in range(draw.randrange(1, 60))
    ]
    rows[0][1] = "12"
    text = "\n".join(map(delimiter.join, rows))
    return text.encode(), {}, [line.split(delimiter) for line in text.split("\n")]


def of_recbole(draw: random.Random) -> Case:
    """Return a file with types in its header."""
    types = draw.sample(["token", "token_seq", "float", "float_seq"], draw.randrange(2, 5))
    header = "\t".join(f"name{i}:{kind}" for i, kind in enumerate(types))
    value = {
        "token": lambda: draw.choice(["7", "a b", '"quoted', "é"]),
        "token_seq": lambda: " ".join(draw.choices(["Drama", "Sci-Fi", "12"], k=draw.randrange(4))),
        "float": lambda: str(draw.random()),
        "float_seq": lambda: " ".join(str(draw.random()) for _ in range(draw.randrange(4))),
    }
    lines = ["\t".join(value[kind]() for kind in types) for _ in range(draw.randrange(1, 60))]
    if not lines[-1].strip("\t"):
        lines[-1] = "\t".join("1" for _ in types)
    text = "\n".join([header, *lines, ""])
    return text.encode(), {}, [line.split("\t") for line in lines]


def of_libffm(draw: random.Random) -> Case:
    """Return rows of fields, of which some are missing, have two indices, or values."""
    fields = range(draw.randrange(1, 8))
    valued = {field for field in fields if draw.random() < 0.3}
    rows = []
    for _ in range(draw.randrange(1, 60)):
        pairs = [
            f"{field}:{draw.randrange(1000)}:{draw.random():.4f}"
            if field in valued
            else f"{field}:{draw.randrange(1000)}:1"
            for field in fields
            for _ in range(draw.choice([0, 1, 1, 1, 2]))
        ]
        rows.append(
            [draw.choice(["0", "1", "-1"]), *(pairs or ["0:1:0.5" if 0 in valued else "0:1:1"])]
        )
    seen = sorted({int(pair.split(":")[0]) for row in rows for pair in row[1:]})
    cells = []
    for label, *pairs in rows:
        row = [label]
        for field in seen:
            own = [pair.split(":") for pair in pairs if int(pair.split(":")[0]) == field]
            row.append(LIST.join(index for _, index, _ in own))
            if field in valued:
                row.append(LIST.join(value for _, _, value in own))
        cells.append(row)
    return "\n".join(map(" ".join, rows)).encode() + b"\n", {}, cells


def of_libsvm(draw: random.Random) -> Case:
    """Return rows of any of the shapes that libsvm files have, as scikit-learn reads them."""
    shape = draw.choice(["positions", "positions with values", "indices", "sparse", "dense"])
    lines = []
    for _ in range(draw.randrange(2, 60)):
        if shape.startswith("positions"):
            indices = [100 * i + draw.randrange(100) for i in range(4)]
        elif shape == "dense":
            indices = list(range(6))
        else:
            indices = sorted(draw.sample(range(50), draw.randrange(8)))
        ones = shape in ("positions", "indices")
        pairs = [f"{i}:{1 if ones else draw.choice(['2', '0.25', '-1e-3', '1'])}" for i in indices]
        lines.append(
            " ".join([draw.choice(["+1", "-1", "0", "2.5"]), *pairs, *draw.choice([[], ["# x"]])])
        )
    lines[0] = "1 " + lines[0].partition(" ")[2] if ":" in lines[0] else "1 7:1"
    content = "\n".join(lines).encode() + b"\n"
    values, labels = load_svmlight_file(io.BytesIO(content), zero_based=True)
    rows = []
    for label, row in zip(labels, values, strict=True):
        pairs = sorted(zip(row.indices.tolist(), row.data.tolist(), strict=True))
        rows.append([str(float(label)), *(f"{i}:{value}" for i, value in pairs if value)])
    return content, {}, rows


def pairs_of(path: Path, said: dict[str, object]) -> Cells:
    """Return label and pairs of the rows of a file of libsvm, whatever its columns are."""
    columns = columns_of(path, said)
    layout = look(path, **said).layout
    rows = []
    for i, label in enumerate(columns["label"]):
        row = {name: cells[i] for name, cells in columns.items() if name != "label"}
        if layout == "features":
            pairs = {int(index): 1.0 for index in row["features"].split(LIST) if index}
        elif layout == "indices":
            pairs = {int(index): float(value) for index, value in row.items()}
        else:
            pairs = {
                int(index): float(row.get(f"{name}.value", 1))
                for name, index in row.items()
                if name.isdigit()
            }
        ordered = (f"{index}:{value}" for index, value in sorted(pairs.items()) if value)
        rows.append([str(float(label)), *ordered])
    return rows


ZERO = datetime(2020, 1, 1)


class Type(NamedTuple):
    """A type of Arrow: how its values are made, and how their texts are read again."""

    kind: pa.DataType
    make: Callable[[random.Random], object]
    again: Callable[[str], object]


TYPES = (
    Type(pa.int64(), lambda draw: draw.randrange(-(2**63), 2**63), int),
    Type(pa.uint8(), lambda draw: draw.randrange(256), int),
    Type(
        pa.float64(),
        lambda draw: draw.choice([draw.gauss(), 3.0, 1e300, -0.0, math.nan, math.inf]),
        float,
    ),
    Type(
        pa.float32(),
        lambda draw: draw.choice([0.5, 3.0, draw.gauss()]),
        lambda text: pa.scalar(float(text), pa.float32()).as_py(),
    ),
    Type(pa.bool_(), lambda draw: draw.random() < 0.5, {"True": True, "False": False}.__getitem__),
    Type(pa.string(), lambda draw: draw.choice([*WORDS, *ODD, ""]), str),
    Type(pa.dictionary(pa.int8(), pa.string()), lambda draw: draw.choice(WORDS), str),
    Type(pa.binary(), lambda draw: draw.choice(WORDS).encode(), str.encode),
    Type(pa.decimal128(9, 2), lambda draw: Decimal(draw.randrange(10**6)) / 100, Decimal),
    Type(
        pa.date32(),
        lambda draw: (ZERO + timedelta(draw.randrange(-9999, 9999))).date(),
        date.fromisoformat,
    ),
    Type(
        pa.timestamp("us"),
        lambda draw: ZERO + timedelta(microseconds=draw.choice([1, 10**6]) * draw.randrange(10**9)),
        datetime.fromisoformat,
    ),
    Type(
        pa.timestamp("ms", "Asia/Seoul"),
        lambda draw: ZERO.replace(tzinfo=UTC) + timedelta(milliseconds=draw.randrange(10**12)),
        datetime.fromisoformat,
    ),
    Type(
        pa.list_(pa.string()),
        lambda draw: draw.choices(WORDS, k=draw.randrange(4)),
        lambda text: text.split(LIST),
    ),
    Type(
        pa.list_(pa.int32()),
        lambda draw: [draw.randrange(99) for _ in range(draw.randrange(4))],
        lambda text: [int(part) for part in text.split(LIST)],
    ),
)


def of_parquet(draw: random.Random) -> Case:
    """Return a table of columns of any types; what is missing, empty or no number is a hole."""
    kinds = draw.sample(range(len(TYPES)), draw.randrange(1, len(TYPES)))
    count = draw.randrange(1, 60)
    table = pa.table(
        {
            str(i): pa.array(
                [TYPES[i].make(draw) if draw.random() < 0.9 else None for _ in range(count)],
                TYPES[i].kind,
            )
            for i in kinds
        }
    )
    target = io.BytesIO()
    pq.write_table(table, target, row_group_size=draw.randrange(1, 60),
                   compression=draw.choice(["none", "snappy", "gzip", "zstd"]))  # fmt: skip
    columns = [
        column.to_pylist() for column in pq.read_table(io.BytesIO(target.getvalue())).columns
    ]
    rows = zip(*columns, strict=True)
    return target.getvalue(), {}, [[told(value) for value in row] for row in rows]


def told(value: object) -> str:
    """Return a value so that equal ones are equal texts."""
    if value is None or value in ("", []) or value != value:
        return ""
    if isinstance(value, datetime) and value.tzinfo:
        value = value.astimezone(UTC)
    return repr(value + 0.0 if isinstance(value, float) else value)


def values_of(path: Path, said: dict[str, object]) -> Cells:
    """Return the rows of a Parquet file, each text turned into the value of its type again."""
    columns = columns_of(path, said)
    values = [
        [told(TYPES[int(i)].again(text)) if text else "" for text in column]
        for i, column in columns.items()
    ]
    return [list(row) for row in zip(*values, strict=True)]


def cells_of(path: Path, said: dict[str, object]) -> Cells:
    """Return the rows of a text, read in blocks of some bytes by either engine."""
    size = 64 + len(path.read_bytes()) % 1000
    return [list(row) for row in zip(*columns_of(path, said, size).values(), strict=True)]


FORMATS: dict[
    str, tuple[Callable[[random.Random], Case], Callable[[Path, dict[str, object]], Cells]]
]
FORMATS = {
    "delimited": (of_delimited, cells_of),
    "ratings": (of_ratings, cells_of),
    "RecBole": (of_recbole, cells_of),
    "libffm": (of_libffm, cells_of),
    "libsvm": (of_libsvm, pairs_of),
    "Parquet": (of_parquet, values_of),
}
"""By name: what makes a file, and what reads it."""


def compared(name: str, files: int, seed: int, folder: Path) -> Count:
    """Return what came of so many files of a format; those that differ are kept in the folder."""
    make, rows_of = FORMATS[name]
    count = Count()
    for i in range(files):
        draw = random.Random(f"{name} {seed} {i}")
        content, said, expected = make(draw)
        path = folder / f"{name}-{i}"
        path.write_bytes(content if name == "Parquet" else PACKS[i % 3](content))
        found = attempt(rows_of, path, said)
        differences = count_differences(found, expected)
        tracebacks = isinstance(found, Exception) and not isinstance(found, FmbenchError)
        path.write_bytes(damaged(path.read_bytes(), draw))
        again = attempt(columns_of, path, said)
        tracebacks += isinstance(again, Exception) and not isinstance(again, FmbenchError)
        if differences or tracebacks:
            print(f"{path.name}: {found!r:.300}, {again!r:.300}", file=sys.stderr)
        count = Count(
            count.files + 1,
            count.cells + sum(map(len, expected)),
            count.differences + differences,
            count.tracebacks + tracebacks,
        )
    return count


def attempt(
    rows_of: Callable[..., Cells], path: Path, said: dict[str, object]
) -> Cells | Exception:
    """Return the rows of a file, or whatever was raised."""
    try:
        return rows_of(path, said)
    except Exception as error:  # what is counted
        return error


def count_differences(found: Cells | Exception, expected: Cells) -> int:
    """Count the cells that are other ones than expected, all of them where rows are."""
    if isinstance(found, Exception) or list(map(len, found)) != list(map(len, expected)):
        return sum(map(len, expected))
    pairs = zip(chain(*found), chain(*expected), strict=True)
    return sum(one != other for one, other in pairs)


def damaged(content: bytes, draw: random.Random) -> bytes:
    """Return the content with some of its bytes changed, left out, or cut off."""
    data = bytearray(content)
    for _ in range(draw.randrange(1, 4)):
        at = draw.randrange(len(data))
        match draw.randrange(4):
            case 0:
                data[at] = draw.choice(b'",\n\r\0\xff:1a')
            case 1:
                del data[at : at + draw.randrange(1, 9)]
            case 2:
                data[at:at] = draw.choice([b'"', b"\n", b",", b"\t", b"\0", b"\xb1"])
            case _:
                del data[max(at, 1) :]
        data = data or bytearray(b"1")
    return bytes(data)


def table_lines(files: int, seed: int) -> Iterator[str]:
    """Yield a line a format, below a head."""
    yield f"{'format':<12}{'files':>8}{'cells':>10}{'differences':>13}{'tracebacks':>12}"
    with TemporaryDirectory() as folder:
        for name in FORMATS:
            count = compared(name, files, seed, Path(folder))
            yield (
                f"{name:<12}{count.files:>8,}{count.cells:>10,}{count.differences:>13,}"
                f"{count.tracebacks:>12,}"
            )


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2000, help="of each format")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    for line in table_lines(given.files, given.seed):
        print(line, flush=True)


if __name__ == "__main__":
    main()
