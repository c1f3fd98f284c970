"""Drawings: charts as files that stand alone, with title, caption and legend, in the light colours.

The same chart gives the same bytes: names and numbers are written in a font that comes with the
converter.
"""

import re
import textwrap
from collections.abc import Iterator
from html import escape
from importlib.resources import files

from fmbench.errors import UsageError
from fmbench.pages.chart import Chart, Mark, colour
from fmbench.pages.picture import packed
from fmbench.printable import printable

FONT = '"Liberation Sans", Arial, sans-serif'
"""Liberation Sans comes with the converter."""

MARGIN, LINE = 12, 15
"""Pixels around a drawing, and from one line of its caption to the next."""

LETTER = 6.0
"""Pixels of a letter of a caption, on average."""

SHARPNESS = 2
"""Pixels of a picture for each of its drawing."""

_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


def svg(chart: Chart) -> str:
    """Return a chart as a file of SVG."""
    caption = textwrap.wrap(printable(chart.caption), int(chart.width / LETTER))
    top = MARGIN + 20 + LINE * len(caption) + 6
    legend = [*_legend(chart)]
    bottom = top + chart.height + LINE * (1 + legend[-1][1] if legend else 0)
    width, height = chart.width + 2 * MARGIN, bottom + MARGIN
    marks = [
        _text(0, 12, chart.title, "title"),
        *(_text(0, 30 + LINE * i, line, "caption") for i, line in enumerate(caption)),
    ]
    shift = f"translate({MARGIN} {top:g})"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
            f'viewBox="0 0 {width:g} {height:g}" role="img" '
            f'aria-label="{escape(printable(chart.words))}">',
            f"<style>{_style(chart)}</style>",
            '<rect class="paper" width="100%" height="100%"/>',
            f'<g transform="translate({MARGIN} {MARGIN})">{"".join(marks)}</g>',
            f'<g transform="{shift}">',
            *map(_element, chart.marks),
            "</g>",
            *(_entry(entry, top + chart.height) for entry in legend),
            "</svg>\n",
        ]
    )


def png(drawing: str) -> bytes:
    """Return a drawing as a picture.

    Raises:
        UsageError: What draws it is not installed.
    """
    try:
        import vl_convert
    except ImportError as error:
        raise UsageError(
            "PNG files are drawn by vl-convert-python, which is not installed",
            hint="pip install 'fmbench[figures]'",
        ) from error
    return packed(vl_convert.svg_to_png(drawing, scale=SHARPNESS))


def _element(mark: Mark) -> str:
    attributes = "".join(f' {k}="{escape(str(v))}"' for k, v in mark.attributes.items())
    title = f"<title>{escape(printable(mark.title))}</title>" if mark.title else ""
    return f"<{mark.tag}{attributes}>{title}{escape(printable(mark.text))}</{mark.tag}>"


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" class="{kind}">{escape(printable(text))}</text>'


def _legend(chart: Chart) -> Iterator[tuple[float, int, int, str]]:
    """Yield where each name of the legend stands: pixels from the left, line, series, name."""
    x, line = 0.0, 0
    for series, name in chart.legend:
        width = 26 + 7 * len(printable(name))
        if x and x + width > chart.width:
            x, line = 0.0, line + 1
        yield x, line, series, name
        x += width


def _entry(entry: tuple[float, int, int, str], top: float) -> str:
    x, line, series, name = entry
    left, y = MARGIN + x, top + 10 + LINE * line
    dot = f'<circle cx="{left + 5:g}" cy="{y:g}" r="5" class="mean {colour(series)}"/>'
    return dot + _text(left + 14, y + 4, name, "name")


def _style(chart: Chart) -> str:
    """Return the page's rules for what the chart holds, each colour in its place.

    A converter knows no variables: a rule about `--c` is written once for each colour in use.
    """
    rules = _rules()
    palette = dict(re.findall(r"(--[\w-]+): *([^;]+);", rules[0][1]))
    hues = {s.rpartition(".")[2]: b.split("var(")[1].split(")")[0] for s, b in rules if "--c:" in b}
    used = {"title", "caption", "paper", "text", "name", "mean"}
    used |= {word for mark in chart.marks for word in str(mark.attributes["class"]).split()}
    used |= {colour(series) for series, _ in chart.legend}
    lines = [
        ".paper { fill: var(--card); }",
        "svg .title { font-size: 15px; font-weight: 700; }",
        "svg .caption { fill: var(--soft); }",
    ]
    for selector, body in rules[1:]:
        if "--c:" in body or re.split(r"[ .]+", selector)[-1] not in used:
            continue
        if "var(--c)" not in body:
            lines.append(f"{selector} {{{body}}}")
            continue
        for name in sorted(used & hues.keys()):
            painted = body.replace("var(--c)", f"var({hues[name]})")
            lines.append(f"{selector}.{name} {{{painted}}}")
    text = "\n".join(lines).replace(_family("".join(body for _, body in rules)), FONT)
    return re.sub(r"var\((--[\w-]+)\)", lambda found: palette[found[1]], text)


def _rules() -> list[tuple[str, str]]:
    """Return the selectors and bodies of the page's style of figures, the light palette first."""
    text = files(__package__).joinpath("marks.css").read_text(encoding="utf-8")
    text = re.sub(r"@media[^{]*\{\s*:root \{[^}]*\}\s*\}", "", text)
    return [(selector.strip(), body) for selector, body in _RULE.findall(text)]


def _family(text: str) -> str:
    (found,) = set(re.findall(r"font: \d+px ([^;]+);", text))
    return str(found)
