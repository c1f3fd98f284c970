"""Readings of delimited text, as declarations write them."""

from typing import Any

from fmbench.data.readers.reading import Reading


def with_header(*columns: str) -> Reading:
    """Return the reading of CSV files whose first line holds these names."""
    return Reading(format="delimited", columns=[*columns])


def without_header(columns: list[str], delimiter: str, **more: Any) -> Reading:
    """Return the reading of files without a line of names and without quotes."""
    return Reading(
        format="delimited", columns=columns, delimiter=delimiter, header=False, quotes=False, **more
    )
