"""Text that is safe to print: whoever wrote it, it moves no cursor and gives no command."""

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

# GitHub's runner takes commands from what a step prints: `::` first in a line, `##[` anywhere.
_WORKFLOW_COMMAND = re.compile(r"(?<!\S):(?=:)|##(?=\[)")


def printable(text: str) -> str:
    """Return one line that is safe to print: nothing in it is for a terminal or a CI runner."""
    text = _TERMINAL_SEQUENCE.sub("", text)
    text = " ".join(text.translate(_READABLE).split())
    return _WORKFLOW_COMMAND.sub(r"\g<0> ", text)
