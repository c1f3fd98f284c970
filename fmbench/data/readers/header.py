"""The header line: columns are found by name, and a wrong header is explained."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from fmbench.data.readers.blocks import Block
from fmbench.data.readers.lines import Kind, decoded, fault, listed, quoted
from fmbench.errors import DataError

K = TypeVar("K", bound=Kind)

_DELIMITERS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars"}


def header(
    path: Path, block: Block, columns: Mapping[str, K], delimiter: str
) -> tuple[dict[str, K], Block | None]:
    """Take the header off a file's first block; return the columns in the file's order.

    The second value is the rest of the block, None if no line follows.

    Raises:
        DataError: A column is missing, unknown or there twice; or the line is not a header.
    """
    raw, more, body = block.data.partition(b"\n")
    text = decoded(path, 1, raw, block.offset, last=not more)
    names = text.split(delimiter)
    if set(names) != set(columns) or len(names) != len(columns):
        raise _explained(path, text, names, columns, delimiter)
    rest = Block(body, 2, block.offset + len(raw) + 1, block.torn)
    return {name: columns[name] for name in names}, rest if more else None


def _explained(
    path: Path, text: str, names: list[str], columns: Mapping[str, K], delimiter: str
) -> DataError:
    expected = f"expected {listed(columns, delimiter)}"
    for other, words in _DELIMITERS.items():
        if delimiter not in text and other in text:
            expected_words = _DELIMITERS[delimiter]
            return fault(
                path, 1, f"{text.count(other)} {words} and no {expected_words}; {expected}"
            )
    if all(name.strip().lstrip("+-").isdigit() for name in names):
        return fault(path, 1, f"the first line looks like data: {quoted(text)}; {expected}")
    present = ", ".join(quoted(name) for name in names[:20])
    missing = [name for name in columns if name not in names]
    if missing:
        near = difflib.get_close_matches(missing[0], names, n=1)
        hint = f"is {quoted(near[0])} meant to be {missing[0]!r}?" if near else ""
        return fault(
            path, 1, f"there is no column {missing[0]!r} among {present}; {expected}", hint
        )
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        return fault(path, 1, f"column {quoted(twice)} is there twice; {expected}")
    extra = next(name for name in names if name not in columns)
    return fault(path, 1, f"column {quoted(extra)} is unknown; {expected}")
