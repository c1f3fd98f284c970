"""Small files in KMRD's formats, whole or damaged: one random generator, one file."""

from collections.abc import Callable
from random import Random

from grammar import FORMATS

HOSTILE = [
    text.encode()
    for text in (
        "１０", "٣", "²", "½", "1_0", "+7", "-7", "-0", "1e3", "1E+3", "7.0", ".5", "0x10", "007",
        "nan", "NaN", "NA", "inf", "-inf", "null", "None", "True", "#1", "=1+1", "\\N", "7;", "00",
        "", " ", " 7", "7 ", "\t", "\v", "\f", "\u2028", "\x85", "\xa0", "\u3000", "\ufeff",
        '"', '""', '"7"', '"7', '7"', "'7'", '"7\n8"', "a,b", "a\tb", "\0", "\x1b[1m", "\r", "\n",
        "\u200b", "7|8", "2147483648", "999999999999999999", "9223372036854775807",
        "9223372036854775808", "18446744073709551617", "1" * 40, "9" * 5_000, "1,2,3,4",
    )
]  # fmt: skip
HOSTILE += [b"\xff", b"\xc0\xb0", b"\xed\xa0\x80", "가".encode("cp949")]
TITLES = ["드라마", "SF", "멜로/로맨스", "", "NA", "a b", "&amp; 'x'", "\u2028", "A\u030a"]
STARTS = ["efbbbf", "efbbbf", "efbbbfefbbbf", "fffe", "feff", "0000feff", "1f8b", "504b0304"]


def made(rng: Random, kind: str) -> bytes:
    """Return a small file that is right, in the shape of the real one."""
    values: dict[str, Callable[[], str]] = {
        "user": lambda: str(rng.choice([rng.randrange(10), rng.randrange(52_028), 10**9, 10**18])),
        "movie": lambda: str(rng.randrange(10_001, 10_999)),
        "rate": lambda: str(rng.randint(1, 10)),
        "time": lambda: str(rng.randrange(1_067_000_000, 1_577_800_000)),
        "people": lambda: str(rng.randrange(100_000)),
        "order": lambda: str(rng.randint(1, 20)),
        "leading": lambda: str(rng.randint(0, 1)),
        "year": lambda: rng.choice(["", str(rng.randint(1930, 2019))]),
    }
    columns = FORMATS[kind].columns
    rows = [
        [values.get(name, lambda: rng.choice(TITLES))() for name in columns]
        for _ in range(rng.randint(1, 12))
    ]
    return joined([list(columns), *rows], chr(FORMATS[kind].delimiter))


def joined(rows: list[list[str]], delimiter: str) -> bytes:
    return "".join(delimiter.join(row) + "\n" for row in rows).encode()


def mutated(rng: Random, content: bytes, delimiter: bytes) -> bytes:
    """Return the file after no, one or several changes."""
    for _ in range(rng.choice([0, 1, 1, 1, 2, 3, 6])):
        content = rng.choice(MUTATIONS)(rng, content, delimiter)
    return content


Mutation = Callable[[Random, bytes, bytes], bytes]


def place(rng: Random, content: bytes) -> int:
    return rng.randint(0, len(content))


def flip_bit(rng: Random, content: bytes, _: bytes) -> bytes:
    changed = bytearray(content or b"0")
    changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def other_byte(rng: Random, content: bytes, _: bytes) -> bytes:
    at = place(rng, content)
    return content[:at] + rng.randbytes(1) + content[at + 1 :]


def insert(rng: Random, content: bytes, _: bytes) -> bytes:
    at = place(rng, content)
    return content[:at] + rng.choice(HOSTILE) + content[at:]


def digit(rng: Random, content: bytes, _: bytes) -> bytes:
    at = place(rng, content)
    return content[:at] + b"%d" % rng.randrange(10) + content[at:]


def remove(rng: Random, content: bytes, _: bytes) -> bytes:
    at = place(rng, content)
    return content[:at] + content[at + rng.randint(1, 4) :]


def truncate(rng: Random, content: bytes, _: bytes) -> bytes:
    return content[: place(rng, content)]


def value(rng: Random, content: bytes, delimiter: bytes) -> bytes:
    """Put something hostile in the place of one value."""

    def change(lines: list[bytes]) -> None:
        at = rng.randrange(len(lines))
        values = lines[at].split(delimiter)
        values[rng.randrange(len(values))] = rng.choice(HOSTILE)
        lines[at] = delimiter.join(values)

    return by_lines(content, change)


def separator(rng: Random, content: bytes, delimiter: bytes) -> bytes:
    """Double, drop or replace one delimiter or line break."""
    old = rng.choice([delimiter, b"\n"])
    places = [i for i in range(len(content)) if content[i : i + 1] == old]
    at = rng.choice(places or [0])
    new = rng.choice([b"", old * 2, b",", b"\t", b";", b" ", b"\n", b"\r", b"\r\n", b"\n\r"])
    return content[:at] + new + content[at + 1 :]


def by_lines(content: bytes, change: Callable[[list[bytes]], object]) -> bytes:
    lines = content.split(b"\n")
    change(lines)
    return b"\n".join(lines)


def lines_moved(rng: Random, content: bytes, _: bytes) -> bytes:
    """Swap, repeat, drop or empty whole lines, that of the header included."""

    def change(lines: list[bytes]) -> None:
        a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
        what = rng.randrange(4)
        if what == 0:
            lines[a], lines[b] = lines[b], lines[a]
        elif what == 1:
            lines.insert(a, lines[b])
        elif what == 2:
            del lines[a]
        else:
            lines.insert(a, rng.choice([b"", b" ", b"\t", b"\r"]))

    return by_lines(content, change)


def columns_moved(rng: Random, content: bytes, delimiter: bytes) -> bytes:
    """Move a column elsewhere, the whole file through; or drop or repeat it."""
    rows = [line.split(delimiter) for line in content.split(b"\n")]
    width = len(rows[0])
    a, b = rng.randrange(width), rng.randrange(width)
    what = rng.choice(["move", "move", "move", "drop", "repeat"])
    for row in rows:
        if len(row) == width:
            taken = row[a] if what == "repeat" else row.pop(a)
            if what != "drop":
                row.insert(b, taken)
    return b"\n".join(delimiter.join(row) for row in rows)


def header(rng: Random, content: bytes, delimiter: bytes) -> bytes:
    def change(lines: list[bytes]) -> None:
        names = lines[0].split(delimiter)
        at = rng.randrange(len(names))
        name = names[at]
        odd = [name + b" ", b" " + name, name + b"\0", b'"' + name + b'"', b"\xef\xbb\xbf" + name]
        names[at] = rng.choice([name.upper(), name[:-1], names[0], b"rating", b"", b"7", *odd])
        lines[0] = delimiter.join(names)

    return by_lines(content, change)


def line_ends(rng: Random, content: bytes, _: bytes) -> bytes:
    ends = rng.choice([[b"\r\n"], [b"\r"], [b"\n", b"\r\n"], [b"\n", b"\r\n", b"\r", b"\n\r"]])
    lines = content.split(b"\n")
    return b"".join(line + rng.choice(ends) for line in lines[:-1]) + lines[-1]


def last_end(rng: Random, content: bytes, _: bytes) -> bytes:
    ends = [b"", b"", b"\n\n", b"\r\n", b"\r\n\n\r\n", b"\r\r\n", b"\r", b"\n \n", b"\n\r", b"\x1a"]
    return content.rstrip(b"\r\n") + rng.choice(ends)


def start(rng: Random, content: bytes, _: bytes) -> bytes:
    """Put a byte order mark or the first bytes of another format before the file."""
    return bytes.fromhex(rng.choice(STARTS)) + content


def encoded(rng: Random, content: bytes, _: bytes) -> bytes:
    name = rng.choice(["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "cp949"])
    return content.decode(errors="replace").encode(name, errors="replace")


MUTATIONS: list[Mutation] = [
    *(flip_bit, other_byte, insert, digit, remove, truncate, value, value, separator),
    *(lines_moved, columns_moved, header, line_ends, line_ends, last_end, start, encoded),
]
