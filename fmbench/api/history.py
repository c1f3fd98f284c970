"""The history: what each night measured against an anchor."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from fmbench.errors import UsageError
from fmbench.files import read
from fmbench.gate import Check, history, history_page, repository


def add(check: Path) -> None:
    """Add the check of a night to the history.

    Raises:
        UsageError: The file is not a check.
    """
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    history.add(history.PATH, history.night(_check(check), at))


def show(format: str) -> str:
    """Return the ratio of each metric to the anchor by night, and where it changed.

    Raises:
        UnknownName: There is no such format.
    """
    found = history.series(history.read(history.PATH))
    return history_page.show(found, format, repository.commit_pages())


def _check(path: Path) -> Check:
    """Return the check that a verb of the gate wrote as JSON."""
    try:
        return msgspec.json.decode(read(path), type=Check)
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be read: {error.strerror or error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{str(path)!r} is not a check of --format json: {error}") from error
