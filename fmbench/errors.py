"""What can go wrong, each kind with its exit code and, where there is one, a remedy."""

import difflib
from collections.abc import Iterable


class FmbenchError(Exception):
    """A failure that the user can act on: shown as one line and a hint, never as a traceback."""

    exit_code = 70

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(FmbenchError):
    """The command, suite or setting makes no sense."""

    exit_code = 2


class DataError(FmbenchError):
    """The data is missing, damaged, or not what it claims to be."""

    exit_code = 3


class StoreError(FmbenchError):
    """A store of records is damaged or newer than this program."""

    exit_code = 5


class EnvironmentFault(FmbenchError):
    """The machine is in the way: a full disk, a folder that cannot be written."""

    exit_code = 6


class UnknownName(UsageError):
    """A name that nothing is registered under; says the nearest one and all the known ones."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        near = difflib.get_close_matches(name.lower(), known, n=1)
        guess = f"; did you mean {near[0]!r}?" if near else ""
        super().__init__(
            f"unknown {kind} {name!r}{guess}", hint=f"known {kind}s: {', '.join(known) or 'none'}"
        )
