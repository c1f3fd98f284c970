"""Hostile archives: nothing outside the folder, nothing but the named file, memory bounded."""

import io
import stat
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from fmbench.data.readers import unzip
from fmbench.data.readers.unzip import extract
from fmbench.errors import DataError

CONTENT = b"user,movie,rate,time\n" * 50
CENTRAL, LOCAL, END = b"PK\1\2", b"PK\3\4", b"PK\5\6"

Member = tuple[str, bytes]


def archive(*members: Member, mode: int = 0, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        for name, content in members:
            info = zipfile.ZipInfo("placeholder")
            info.filename = name  # as it is: the constructor would repair it
            info.external_attr = mode << 16
            info.compress_type = method
            made.writestr(info, content)
    return file.getvalue()


def good() -> bytes:
    return archive(("data/rates.csv", CONTENT))


def patched(mark: bytes, at: int, new: bytes, whole: bytes | None = None) -> bytes:
    """Return an archive with bytes behind the last such mark replaced."""
    whole = whole or good()
    start = whole.rindex(mark) + at
    return whole[:start] + new + whole[start + len(new) :]


def named(name: str) -> bytes:
    return archive(("rates.csv", CONTENT), (name, b"evil"))


def quoted_overlap() -> bytes:
    """Return two members of which the first one's bytes contain the second."""
    whole = archive(("rates.csv", CONTENT), ("other", CONTENT), method=zipfile.ZIP_STORED)
    central = whole.index(CENTRAL)
    size = struct.pack("<L", central - 30 - len("rates.csv"))
    return whole[: central + 20] + size + size + whole[central + 28 :]


def same_bytes_twice() -> bytes:
    whole = archive(("rates.csv", CONTENT), ("rates.csw", CONTENT))
    return patched(CENTRAL, 42, struct.pack("<L", 0), whole)


def many(count: int) -> bytes:
    return archive(*((f"x/{i:060}", b"") for i in range(count)), ("rates.csv", CONTENT))


def zip64() -> bytes:
    whole = good()
    at = whole.index(END)
    locator = b"PK\6\7" + struct.pack("<LQL", 0, 0, 1)
    return whole[:at] + locator + whole[at:]


def torn(at: float) -> bytes:
    whole = good()
    return whole[: int(len(whole) * at)]


def broken_data() -> bytes:
    whole = good()
    at = 30 + len("data/rates.csv")
    return whole[:at] + bytes(b ^ 0x55 for b in whole[at : at + 8]) + whole[at + 8 :]


OUTSIDE = "which points outside"
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    **{
        f"name {name!r}"[:60]: (lambda name=name: named(name), OUTSIDE)
        for name in (
            "../evil",
            "../../evil",
            "a/../../evil",
            "a/b/../../../evil",
            "./../evil",
            "../rates.csv",
            "/evil",
            "//evil",
            "/etc/evil",
            "..\\evil",
            "a\\..\\..\\evil",
            "\\evil",
            "\\\\server\\share\\evil",
            "C:evil",
            "C:\\evil",
            "C:/evil",
            "rates.csv:stream",
            "rates.csv\0.exe",
            "evil\0",
            "a/..",
            "..",
        )
    },
    **{
        f"mode {oct(mode)}": (
            lambda mode=mode: archive(("rates.csv", b"/etc/passwd"), mode=mode),
            "a link, a device",
        )
        for mode in (
            stat.S_IFLNK | 0o777,
            stat.S_IFIFO,
            stat.S_IFCHR,
            stat.S_IFBLK,
            stat.S_IFSOCK,
            stat.S_IFDIR,
        )
    },
    "bzip2": (lambda: archive(("rates.csv", CONTENT), method=zipfile.ZIP_BZIP2), "unusual"),
    "lzma": (lambda: archive(("rates.csv", CONTENT), method=zipfile.ZIP_LZMA), "unusual"),
    "unknown method": (lambda: patched(CENTRAL, 10, b"\x63\0"), "unusual"),
    "twice": (lambda: archive(("a/rates.csv", b"1"), ("b/rates.csv", b"2")), "twice"),
    "case twin": (lambda: archive(("RATES.CSV", CONTENT)), "holds no 'rates.csv'"),
    "other letters": (lambda: archive(("r\u0430tes.csv", CONTENT)), "holds no 'rates.csv'"),
    "nested": (lambda: archive(("inner.zip", good())), "holds no 'rates.csv'"),
    "folder": (lambda: archive(("rates.csv/", b"")), "holds no 'rates.csv'"),
    "overlap": (quoted_overlap, "overlaps"),
    "same bytes twice": (same_bytes_twice, "overlaps"),
    "bomb": (lambda: archive(("rates.csv", bytes(50 << 20))), "larger than"),
    "declared small": (
        lambda: patched(CENTRAL, 24, b"\1\0\0\0", archive(("rates.csv", bytes(8 << 20)))),
        "Bad CRC",
    ),
    "compressed lie": (lambda: patched(CENTRAL, 20, b"\xff\xff\xff\x7f"), "overlaps"),
    "checksum": (lambda: patched(CENTRAL, 16, b"abcd"), "Bad CRC"),
    "broken data": (broken_data, "cannot be read as a zip archive"),
    "encrypted": (lambda: patched(CENTRAL, 8, b"\1\0"), "encrypted"),
    "patch data": (lambda: patched(CENTRAL, 8, b"\x20\0"), "cannot be read as a zip archive"),
    "newer version": (lambda: patched(CENTRAL, 6, b"\xff\0"), "cannot be read as a zip archive"),
    "other local name": (lambda: patched(LOCAL, 30, b"evil/"), "cannot be read as a zip archive"),
    "no local header": (lambda: patched(LOCAL, 0, b"PKxx"), "cannot be read as a zip archive"),
    "offset past the end": (lambda: patched(CENTRAL, 42, b"\xff\xff\xff\x7f"), "overlaps"),
    "name of no letters": (
        lambda: patched(CENTRAL, 46, b"\xff\xfe", patched(CENTRAL, 8, b"\0\x08")),
        "cannot be read as a zip archive",
    ),
    "long directory": (lambda: many(12_000), "lists more members"),
    "directory size lie": (lambda: patched(END, 12, b"\xff\xff\xff\x7f"), "lists more members"),
    "directory offset lie": (
        lambda: patched(END, 16, b"\xff\xff\xff\x7f"),
        "overlaps",
    ),
    "zip64": (zip64, "lists more members"),
    "torn": (lambda: torn(0.5), "cannot be read as a zip archive"),
    "torn at its end": (lambda: torn(0.97), "cannot be read as a zip archive"),
    "empty file": (lambda: b"", "cannot be read as a zip archive"),
    "only an end": (lambda: END + bytes(18), "holds no 'rates.csv', only nothing"),
    "pickle": (lambda: b"cos\nsystem\n(S'touch evil'\ntR.", "cannot be read as a zip archive"),
    "gzip": (lambda: b"\x1f\x8b\x08" + zlib.compress(CONTENT), "cannot be read as a zip archive"),
}
ACCEPTED = {
    "garbage behind it": lambda: good() + b"\0" * 1000,
    "garbage before it": lambda: b"#!/bin/sh\ntouch evil\n" + good(),
    "other files": lambda: archive(("evil.py", b"x"), ("a/rates.csv", CONTENT), ("b/", b"")),
    "thousands of others": lambda: many(3_000),
    "setuid": lambda: archive(("rates.csv", CONTENT), mode=stat.S_IFREG | 0o6777),
    "case twins": lambda: archive(("Rates.csv", b"evil"), ("rates.csv", CONTENT)),
}


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def inner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder to extract into, two below one where nothing may change."""
    folder = tmp_path / "middle" / "inner"
    folder.mkdir(parents=True)
    for place in (tmp_path, folder.parent):
        (place / "evil").write_bytes(b"untouched")
        (place / "rates.csv").write_bytes(b"untouched")
    monkeypatch.chdir(folder)
    return folder


def try_to_extract(made: bytes, inner: Path) -> Path:
    path = inner.parent / "hostile.zip"
    path.write_bytes(made)
    tracemalloc.start()
    try:
        extract(path, ["rates.csv"], inner)
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 12 << 20
    return path


@pytest.mark.parametrize("what", REFUSED)
def test_a_hostile_archive_leaves_nothing(
    what: str, inner: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unzip, "LARGEST_FILE", 20 << 20)
    make, why = REFUSED[what]
    made, before = make(), tree(tmp_path)
    with pytest.raises(DataError, match=f"hostile.zip .*{why}"):
        try_to_extract(made, inner)
    assert tree(tmp_path) == before | {"middle/hostile.zip": made}


@pytest.mark.parametrize("what", ACCEPTED)
def test_what_surrounds_the_named_file_is_left_alone(
    what: str, inner: Path, tmp_path: Path
) -> None:
    made, before = ACCEPTED[what](), tree(tmp_path)
    try_to_extract(made, inner)
    written = {"middle/hostile.zip": made, "middle/inner/rates.csv": CONTENT}
    assert tree(tmp_path) == before | written
    assert (inner / "rates.csv").stat().st_mode & 0o7177 == 0


def test_a_link_in_the_folder_is_replaced_and_not_followed(inner: Path, tmp_path: Path) -> None:
    (inner / "rates.csv").symlink_to(tmp_path / "evil")
    try_to_extract(good(), inner)
    assert (tmp_path / "evil").read_bytes() == b"untouched"
    assert not (inner / "rates.csv").is_symlink()
