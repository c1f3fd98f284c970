"""Sections, boards and listings in every format that fmbench prints."""

from collections.abc import Callable, Mapping, Sequence

from fmbench.errors import UnknownName
from fmbench.pages import render, web
from fmbench.pages.board import Board
from fmbench.pages.page import Cell, Section, listing
from fmbench.pages.plain import csv_listing, json_listing

_FOR_PEOPLE: Mapping[str, Callable[[Sequence[Section]], str]] = {
    "table": render.text,
    "md": render.markdown,
    "latex": render.latex,
    "html": web.page,
}

FORMATS = ("table", "md", "csv", "json", "latex", "html")


def table(headers: Sequence[str], rows: Sequence[Sequence[Cell]], format: str) -> str:
    """Return a listing of values in the same formats, as safely escaped.

    Raises:
        UnknownName: There is no such format.
    """
    if format == "json":
        return json_listing(headers, rows)
    if format == "csv":
        return csv_listing(headers, rows)
    return show_sections([listing(headers, rows)], format)


def show_sections(sections: Sequence[Section], format: str) -> str:
    """Return sections in a format for people.

    Raises:
        UnknownName: There is no such format.
    """
    return _render(format)(sections)


def show_boards(boards: Sequence[Board], question: str = web.QUESTION) -> str:
    """Return the page of boards, under the question that they answer."""
    return web.main_page(boards, question)


def _render(format: str) -> Callable[[Sequence[Section]], str]:
    if format not in _FOR_PEOPLE:
        raise UnknownName("format", format, FORMATS)
    return _FOR_PEOPLE[format]
