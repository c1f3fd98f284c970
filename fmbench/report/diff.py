"""Files held against what they should be: those of a committed report against one made anew."""

import json
from collections.abc import Mapping
from itertools import zip_longest

from fmbench.pages.folder import NUMBERS
from fmbench.report.verify import Verification

AROUND = 40
"""Letters that are shown before and after a difference."""

MOST = 20
"""Lines of a file that are named; a number that changed moves others along."""


def hold_files(found: Verification, there: Mapping[str, bytes], made: Mapping[str, bytes]) -> None:
    """Compare a report's files as they are there with those made of the records.

    Numbers are compared one by one, texts line by line, and pictures as a whole.
    """
    for name in sorted(there.keys() - made.keys()):
        found.odd.append((name, "file", "differs", "it is there; the report has no such file"))
    for name, content in sorted(made.items()):
        if name not in there:
            found.odd.append((name, "file", "differs", "it is not there; the report has it"))
            continue
        if name == NUMBERS:
            _numbers(found, there[name], content)
        if there[name] == content:
            found.counts["files", "as stored", ""] += 1
        elif name.endswith(".png"):
            found.odd.append((name, "picture", "differs", "its bytes are others"))
        else:
            _lines(found, name, there[name], content)


def _numbers(found: Verification, there: bytes, made: bytes) -> None:
    try:
        stored = json.loads(there)
    except ValueError:
        return  # its lines differ
    found.hold(NUMBERS, "numbers", stored, json.loads(made))


def _lines(found: Verification, name: str, there: bytes, made: bytes) -> None:
    pairs = zip_longest(*(x.decode(errors="replace").split("\n") for x in (there, made)))
    odd = [(n, old, new) for n, (old, new) in enumerate(pairs, 1) if old != new]
    for n, old, new in odd[:MOST]:
        stored, again = _apart(old or "", new or "")
        why = f"{stored!r} is stored; {again!r} recomputed"
        found.odd.append((name, f"line {n}", "differs", why))
    if len(odd) > MOST:
        found.odd.append((name, "lines", "differs", f"{len(odd) - MOST} more"))


def _apart(old: str, new: str) -> tuple[str, str]:
    """Return both lines from a little before where they part, to a little after."""
    parted = (i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b)
    place = next(parted, min(len(old), len(new)))
    shown = slice(max(0, place - AROUND), place + AROUND)
    return old[shown], new[shown]
