"""Formats for programs: every number in full, nothing rounded, nothing put into words."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from fmbench.pages.escape import csv_cell
from fmbench.pages.page import Cell

SCHEMA = 1


def json_listing(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return rows as objects that are keyed by header."""
    return json_object({"rows": [dict(zip(headers, row, strict=True)) for row in rows]})


def csv_listing(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return rows as CSV by RFC 4180, but with plain line ends; None is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in (headers, *rows):
        writer.writerow([csv_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue().removesuffix("\n")


def json_object(content: dict[str, Any]) -> str:
    """Return one object, whose keys are read beside the schema's number."""
    # ASCII only, so that neither a terminal nor a page meets a control character.
    text = json.dumps({"schema": SCHEMA, **content}, indent=2, allow_nan=False)
    return text.replace("##[", r"##\u005b")  # a command to GitHub's runner
