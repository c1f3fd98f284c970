"""Escaping: a name is data, and stays data in whatever reads the report."""

import re
import unicodedata

# Control, format (bidirectional overrides among them), surrogate, private: nothing to read.
_UNREADABLE = frozenset({"Cc", "Cf", "Cs", "Co"})


class _Readable(dict[int, str]):
    """What stands for each character; looked up once, as a page shows some over and over."""

    def __missing__(self, point: int) -> str:
        character = chr(point)
        if character.isspace():
            shown = " "
        else:
            shown = "" if unicodedata.category(character) in _UNREADABLE else character
        return self.setdefault(point, shown)


_READABLE = _Readable()

_TERMINAL_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, cursor
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # titles, links
    r"|\x1b[ -/]*[0-~]?"
)

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

# GitHub's runner takes commands from what a step prints: `::` first in a line, `##[` anywhere.
_WORKFLOW_COMMAND = re.compile(r"(?<!\S):(?=:)|##(?=\[)")


def plain(text: str) -> str:
    """Return one line that is safe to print: nothing in it is for a terminal or a CI runner."""
    text = _TERMINAL_SEQUENCE.sub("", text)
    text = " ".join(text.translate(_READABLE).split())
    return _WORKFLOW_COMMAND.sub(r"\g<0> ", text)


def markdown(text: str) -> str:
    """Return text without markup, links or mentions, in a table cell or out of it.

    CommonMark never takes an entity for structure, in a table not even that of a pipe.
    """
    text = _MARKDOWN_LINK.sub(_WORD_JOINER, plain(text))
    text = _MARKDOWN.sub(lambda match: f"&#{ord(match[0])};", text)
    return text.replace(_WORD_JOINER, f"&#{ord(_WORD_JOINER)};")


def latex(text: str) -> str:
    """Return text that typesets as itself."""
    return "".join(_LATEX.get(character, character) for character in plain(text))


def csv_cell(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return _FORMULA.sub(r"\1'", plain(text))
