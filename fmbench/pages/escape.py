"""Escaping: a name is data, and stays data in whatever reads the report."""

import re

from fmbench.printable import printable

_MARKDOWN = re.compile(r"[\\`*\[\]{}<>#|~@&$^!]|(?<![^\W_])_|_(?![^\W_])")
# An entity does not stop GitHub's mentions and links, which are found in the text that results.
_MARKDOWN_LINK = re.compile(r"(?<=[@#])(?=\w)|(?<=:)(?=//)|(?<=www)(?=\.)", re.IGNORECASE)
_WORD_JOINER = "\u2060"

_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    # A row that begins with one of these would be an argument of the row end before it.
    **{opening: f"{{{opening}}}" for opening in "[]*"},
    "±": r"\(\pm\)",
    "–": "--",
    **{special: f"\\{special}" for special in "&%$#_{}"},
}

# Where semicolons part cells, the text after one begins a cell.
_FORMULA = re.compile(r"""(^|;)(?=["'\s]*[=+\-@＝＋－＠])""")


def markdown(text: str) -> str:
    """Return text without markup, links or mentions, in a table cell or out of it.

    CommonMark never takes an entity for structure, in a table not even that of a pipe.
    """
    text = _MARKDOWN_LINK.sub(_WORD_JOINER, printable(text))
    text = _MARKDOWN.sub(lambda match: f"&#{ord(match[0])};", text)
    return text.replace(_WORD_JOINER, f"&#{ord(_WORD_JOINER)};")


def latex(text: str) -> str:
    """Return text that typesets as itself."""
    return "".join(_LATEX.get(character, character) for character in printable(text))


def csv_cell(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return _FORMULA.sub(r"\1'", printable(text))
