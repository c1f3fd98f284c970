"""Pages for a browser: one file that asks for nothing, and runs no script but its own."""

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import TYPE_CHECKING

from fmbench.pages.board import RUN_HEADERS, Board
from fmbench.pages.chart import colour
from fmbench.pages.page import Section
from fmbench.printable import printable

if TYPE_CHECKING:
    from jinja2 import Environment


QUESTION = "Which factorization model, on which data, and is the gap real?"


def page(sections: Sequence[Section]) -> str:
    """Return a page of sections; it has no script."""
    return (
        _environment()
        .get_template("page.html")
        .render(sections=sections, boards=(), question=QUESTION)
    )


def main_page(boards: Sequence[Board], question: str) -> str:
    """Return the page of all tables, which sorts and filters."""
    return (
        _environment()
        .get_template("board.html")
        .render(
            sections=[board.section for board in boards],
            boards=boards,
            question=question,
            run_headers=RUN_HEADERS,
        )
    )


def _environment() -> "Environment":
    # Imported here: 0.06 s that no other format has to wait for.
    from jinja2 import DictLoader, Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=DictLoader(
            {name: _part(name) for name in ("page.html", "board.html", "marks.html")}
        ),
    )
    environment.filters["printable"] = printable
    environment.filters["colour"] = colour
    script = _part("page.js")
    # The one thing that may run: a browser holds each script against this hash of ours.
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    environment.globals |= {
        "style": Markup((_part("marks.css") + _part("page.css")).rstrip()),
        "script": Markup(script),
        "script_hash": f"sha256-{digest}",
    }
    return environment


def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
