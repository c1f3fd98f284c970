"""Reports as files: Markdown, one HTML page, LaTeX, CSV, JSON, and every figure as SVG and PNG.

From the same records come the same bytes.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from fmbench.pages import drawing, render
from fmbench.pages.chart import Chart
from fmbench.pages.escape import markdown
from fmbench.pages.page import Section

INDEX, NUMBERS = "README.md", "numbers.json"

_LONGEST = 60
"""Letters of a file's name."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """One file of Markdown: the sections of a plan, or of a table."""

    title: str
    line: str
    """A sentence about what it shows."""
    sections: Sequence[Section]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that is written of it."""

    title: str
    chapters: Sequence[Chapter]
    html: str
    csv: str
    json: str


def files(report: Report) -> dict[str, str]:
    """Return the texts of a report by their names in its folder; `pictures` are the rest of it."""
    names = _names(chapter.title for chapter in report.chapters)
    charts = [*_charts(report.chapters, names)]
    called = _names(title for title, _ in charts)
    made = {INDEX: _index(report, names)}
    unused = iter(called)
    for chapter, name in zip(report.chapters, names, strict=True):
        made[f"{name}.md"] = _chapter(chapter, unused)
    made["report.html"] = report.html
    made["tables.tex"] = render.latex([s for each in report.chapters for s in each.sections])
    made["numbers.csv"] = report.csv
    made[NUMBERS] = report.json
    for name, (_, chart) in zip(called, charts, strict=True):
        made[f"figures/{name}.svg"] = drawing.svg(chart)
    return {name: f"{text.rstrip()}\n" for name, text in made.items()}


def pictures(texts: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """Yield a PNG beside each SVG.

    Raises:
        UsageError: What draws them is not installed.
    """
    for name, text in texts.items():
        if name.endswith(".svg"):
            yield f"{name.removesuffix('.svg')}.png", drawing.png(text)


def _index(report: Report, names: Sequence[str]) -> str:
    rows = [
        f"- [{markdown(chapter.title)}]({name}.md): {markdown(chapter.line)}"
        for chapter, name in zip(report.chapters, names, strict=True)
    ]
    rest = (
        "All of it as [one page](report.html) that works offline, sorts and filters; as "
        f"[LaTeX](tables.tex), [CSV](numbers.csv) and [JSON]({NUMBERS}); figures as SVG and PNG "
        "in [figures](figures)."
    )
    return "\n\n".join([f"# {markdown(report.title)}", "\n".join(rows), rest])


def _chapter(chapter: Chapter, figures: Iterator[str]) -> str:
    """Return a chapter, whose figures are called by the next names."""
    blocks = [f"# {markdown(chapter.title)}"]
    for section in chapter.sections:
        blocks.append(f"## {markdown(section.title)}")
        blocks += [
            f"![{markdown(chart.words)}](figures/{next(figures)}.svg)" for chart in section.charts
        ]
        blocks.append(render.markdown([replace(section, title="")]))
    return "\n\n".join(blocks)


def _charts(chapters: Sequence[Chapter], names: Sequence[str]) -> Iterator[tuple[str, Chart]]:
    """Yield every figure with what its file is called after."""
    for chapter, name in zip(chapters, names, strict=True):
        for section in chapter.sections:
            about = section.title.removeprefix(chapter.title)
            for chart in section.charts:
                is_said = chart.title.lower() in about.lower()
                yield f"{name} {about} {'' if is_said else chart.title}", chart


def _names(titles: Iterable[str]) -> list[str]:
    """Return names of files after titles, no two alike, whatever letters the titles have."""
    found: list[str] = []
    for title in titles:
        name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:_LONGEST] or "report"
        n = 1
        while (f"{name}-{n}" if n > 1 else name) in found:
            n += 1
        found.append(f"{name}-{n}" if n > 1 else name)
    return found
