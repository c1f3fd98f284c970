"""Lists in a cell: what separates their values."""

from typing import Final

BRACKETS: Final = "[,]"
"""Stands for lists as Python and JSON write them: `[27, 9]`, `['a', 'b']`."""


def split(cell: str, separator: str) -> list[str]:
    """Return the values in a cell, without blanks around them; empty ones do not count."""
    if separator == BRACKETS:
        parts = cell.strip().removeprefix("[").removesuffix("]").split(",")
        return [value for part in parts if (value := part.strip().strip("'\""))]
    return [value for part in cell.split(separator) if (value := part.strip())]
