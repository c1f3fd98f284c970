"""What can go wrong, each kind with its exit code and, where there is one, a remedy; and a note."""

import difflib
from collections.abc import Collection, Iterable
from itertools import takewhile
from pathlib import Path

NOTE = 25
"""A logging level between info and warning: worth a line on stderr, and nothing is wrong."""


class FmbenchError(Exception):
    """A failure that the user can act on: shown as one line and a hint, never as a traceback."""

    exit_code = 70

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Refusal(FmbenchError):
    """The gate says no to what it was asked for."""

    exit_code = 1


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
        near = _nearest(name.lower(), known)
        guess = f"; did you mean {near!r}?" if near else ""
        super().__init__(
            f"unknown {kind} {name!r}{guess}", hint=f"known {kind}s: {', '.join(known) or 'none'}"
        )


def refuse_unknown(kind: str, given: Iterable[str], known: Collection[str]) -> None:
    """Refuse the first name that is not known.

    Raises:
        UnknownName: There is such a name.
    """
    for name in given:
        if name not in known:
            raise UnknownName(kind, name, known)


def shown(path: Path) -> str:
    """Return the path for a message: letters of any script stay, control characters do not."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(path))


def _nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the name that was most likely meant; one slip away is near however short it is."""
    known = list(known)
    slips = [other for other in known if _is_one_slip(name, other)]
    return next(iter(slips or difflib.get_close_matches(name, known, n=1)), None)


def _is_one_slip(a: str, b: str) -> bool:
    """Tell whether a letter more, less or other, or two that swapped places, make `b` of `a`."""
    start = _shared(a, b)
    a, b = a[start:], b[start:]
    end = _shared(a[::-1], b[::-1])
    a, b = a[: len(a) - end], b[: len(b) - end]
    return max(len(a), len(b)) <= 1 or (len(a) == 2 and a == b[::-1])


def _shared(a: str, b: str) -> int:
    """Count the letters that both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))
