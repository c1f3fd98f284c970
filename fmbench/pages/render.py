"""Formats for people: sections as a terminal, a repository or a paper shows them."""

import textwrap
from collections.abc import Callable, Iterable, Sequence

from tabulate import tabulate

from fmbench.pages import escape
from fmbench.pages.page import Grid, Section
from fmbench.printable import printable

_WIDTH = 116
"""Columns of running text: as wide as the table of the five models."""


def text(sections: Sequence[Section]) -> str:
    """Return sections for a terminal."""
    return "\n\n\n".join(map(_text_section, sections))


def markdown(sections: Sequence[Section]) -> str:
    """Return sections in GitHub's Markdown."""
    return "\n\n".join(map(_markdown_section, sections))


def latex(sections: Sequence[Section]) -> str:
    r"""Return sections as floats; they need `\usepackage{booktabs}`."""
    return "\n\n".join(map(_latex_section, sections))


def _text_section(section: Section) -> str:
    rule = "!" * _WIDTH
    warning = (rule, section.warning, rule) if section.warning else ()
    blocks = (
        _lines((section.title, *warning, *section.above)),
        _tabulate(section.grid, "simple", printable, line_end="\n"),
        _lines(section.below),
    )
    return "\n\n".join(filter(None, blocks))


def _markdown_section(section: Section) -> str:
    blocks = (
        f"### {escape.markdown(section.title)}" if section.title else "",
        f"> **{escape.markdown(section.warning)}**" if section.warning else "",
        "\n".join(f"- {escape.markdown(line)}" for line in section.above),
        _tabulate(section.grid, "pipe", escape.markdown, line_end=" "),
        "\n".join(f"- {escape.markdown(line)}" for line in section.below),
    )
    return "\n\n".join(filter(None, blocks))


def _latex_section(section: Section) -> str:
    grid = section.grid
    warning = f"\\textbf{{{escape.latex(section.warning)}.}} " if section.warning else ""
    caption = f"{warning}{_latex_sentences([section.title, *section.above])}"
    lines = (
        r"\begin{table}",
        r"\centering",
        f"\\caption{{{caption}}}" if caption else "",
        f"\\begin{{tabular}}{{{''.join('r' if right else 'l' for right in grid.right)}}}",
        r"\toprule",
        _latex_row(grid.headers),
        r"\midrule",
        *map(_latex_row, grid.cells),
        r"\bottomrule",
        r"\end{tabular}",
        f"\\par\\footnotesize {_latex_sentences(section.below)}" if section.below else "",
        r"\end{table}",
    )
    return "\n".join(filter(None, lines))


def _latex_sentences(lines: Iterable[str]) -> str:
    return " ".join(
        f"{escape.latex(line)}{'.' * (line[-1] not in '.?!')}" for line in lines if line
    )


def _latex_row(cells: Sequence[str]) -> str:
    return " & ".join(map(escape.latex, cells)) + r" \\"


def _tabulate(grid: Grid, form: str, clean: Callable[[str], str], line_end: str) -> str:
    """Lay out a grid; only headers may have two lines."""
    return tabulate(
        [[clean(cell) for cell in row] for row in grid.cells],
        headers=[line_end.join(map(clean, header.split("\n"))) for header in grid.headers],
        tablefmt=form,
        colalign=["right" if right else "left" for right in grid.right],
        disable_numparse=True,
    )


def _lines(lines: Iterable[str]) -> str:
    """Break what is longer than the table is wide, between words: `::` in one begins no line."""
    wrap = textwrap.TextWrapper(
        _WIDTH, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False
    )
    return "\n".join(wrap.fill(printable(line)) for line in lines if line)
