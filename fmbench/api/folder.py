"""A report as a folder of files: written, or held against what it should be."""

import logging
from pathlib import Path

from fmbench import pages
from fmbench.errors import EnvironmentFault, UsageError
from fmbench.files import make, read, writing
from fmbench.files import write as write_file
from fmbench.pages import Report
from fmbench.report import Verification, hold_files

log = logging.getLogger("fmbench")


def write(report: Report, folder: Path) -> list[tuple[str, int]]:
    """Write the files of a report; return their names and sizes in bytes.

    Raises:
        EnvironmentFault: One of them cannot be written.
    """
    made = _made(report)
    with writing(folder):
        for name, content in made.items():
            make((folder / name).parent)
            write_file(folder / name, content)
    return [(name, len(content)) for name, content in sorted(made.items())]


def hold(report: Report, folder: Path, found: Verification) -> None:
    """Hold the files that are there against those of a report.

    Raises:
        UsageError: There is no such folder.
        EnvironmentFault: One of them cannot be read.
    """
    if not folder.is_dir():
        raise UsageError(f"{str(folder)!r} is not a folder; expected one that --to wrote")
    made = _made(report)
    try:
        there = {
            path.relative_to(folder).as_posix(): read(path, within=folder)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
    except OSError as error:
        raise EnvironmentFault(f"{str(folder)!r} cannot be read: {error.strerror}") from error
    if not any(name.endswith(".png") for name in made):
        found.miss("pictures", "vl-convert-python, which draws them, is not installed")
        there = {name: content for name, content in there.items() if not name.endswith(".png")}
    hold_files(found, there, made)


def _made(report: Report) -> dict[str, bytes]:
    """Return every file; without pictures, and with a word about it, where nothing draws them."""
    texts = pages.files(report)
    made = {name: text.encode() for name, text in texts.items()}
    try:
        made.update(pages.pictures(texts))
    except UsageError as error:
        log.warning("no PNG files: %s; %s", error, error.hint)
    return made
