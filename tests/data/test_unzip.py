"""Archives: only named files come out, whole, and hostile ones are not opened."""

import stat
import zipfile
from pathlib import Path

import pytest

from fmbench.data.readers import unzip
from fmbench.data.readers.unzip import extract
from fmbench.errors import DataError


def archive(path: Path, *members: tuple[str, bytes], mode: int = 0) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(info, content)
    return path


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


def test_only_named_files_come_out(tmp_path: Path) -> None:
    made = archive(tmp_path / "a.zip", ("x/y/rates.csv", b"1"), ("x/other", b"2"), ("x/", b""))
    extract(made, ["rates.csv"], tmp_path)
    assert files_in(tmp_path) == ["a.zip", "rates.csv"]
    assert (tmp_path / "rates.csv").read_bytes() == b"1"


@pytest.mark.parametrize(
    "name",
    [
        "../rates.csv",
        "/rates.csv",
        "a/../../rates.csv",
        "..\\rates.csv",
        "C:\\rates.csv",
        "C:/rates.csv",
    ],
)
def test_zip_slip(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "inner" / "folder"
    folder.mkdir(parents=True)
    made = archive(tmp_path / "a.zip", ("rates.csv", b"1"), (name, b"evil"))
    with pytest.raises(DataError, match=r"a.zip holds .* which points outside; not opened"):
        extract(made, ["rates.csv"], folder)
    assert files_in(tmp_path) == ["a.zip", "folder", "inner"]


@pytest.mark.parametrize("mode", [stat.S_IFLNK | 0o777, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices(tmp_path: Path, mode: int) -> None:
    made = archive(tmp_path / "a.zip", ("rates.csv", b"/etc/passwd"), mode=mode)
    with pytest.raises(DataError, match=r"'rates.csv' as a link, a device"):
        extract(made, ["rates.csv"], tmp_path)
    assert files_in(tmp_path) == ["a.zip"]


def test_other_archives_that_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path, message: str) -> None:
        with pytest.raises(DataError, match=message):
            extract(path, ["rates.csv"], tmp_path)
        assert files_in(tmp_path) == ["a.zip"]

    path = tmp_path / "a.zip"
    refused(archive(path, ("x/rates.csv", b"1"), ("rates.csv", b"2")), "holds 'rates.csv' twice")
    refused(archive(path, ("Rates.csv", b"1")), "holds no 'rates.csv', only 'Rates.csv'")
    refused(archive(path), "holds no 'rates.csv', only nothing")
    archive(path, ("rates.csv", b"12345" * 1000))
    whole = path.read_bytes()
    path.write_bytes(whole[:40] + bytes([whole[40] ^ 255]) + whole[41:])
    refused(path, "cannot be read as a zip archive")
    path.write_bytes(whole)
    monkeypatch.setattr(unzip, "LARGEST_FILE", 100)
    refused(path, "rates.csv in a.zip is larger than 100 bytes")
