"""The comparison of readers finds no difference, and would find one."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest

from fmbench.data.readers import libsvm

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
NAMES = ["delimited", "ratings", "RecBole", "libffm", "libsvm", "Parquet"]


@pytest.fixture
def formats(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("formats")


@pytest.mark.parametrize("name", NAMES)
def test_generated_files_are_read_as_others_read_them(
    formats: ModuleType, tmp_path: Path, name: str
) -> None:
    count = formats.compared(name, 40, 1, tmp_path)
    assert count.files == 40
    assert count.cells > 1000
    assert (count.differences, count.tracebacks) == (0, 0)


@pytest.mark.parametrize("name", NAMES)
def test_a_cell_that_is_misread_and_a_traceback_are_counted(
    formats: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    make, rows_of = formats.FORMATS[name]

    def misread(path: Path, said: dict[str, object]) -> list[list[str]]:
        (first, *row), *rows = rows_of(path, said)
        return [[first + "0", *row], *rows]

    monkeypatch.setitem(formats.FORMATS, name, (make, misread))
    assert formats.compared(name, 5, 1, tmp_path).differences == 5
    monkeypatch.setattr(formats, "columns_of", None)
    assert formats.compared(name, 5, 1, tmp_path).tracebacks >= 5


def test_a_misreading_of_ours_is_found(
    formats: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libsvm, "LIST", ",")
    assert formats.compared("libffm", 10, 1, tmp_path).differences > 0


def test_the_table_has_a_line_a_format(
    formats: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    formats.main(["--files", "2"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["format", *NAMES]
