"""Charts as marks: what a page draws as SVG, whose colours and type are the page's."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from fmbench.pages.scale import Scale, short, written

COLOURS = 8
"""Series that have a colour of their own; further ones are grey."""

LONGEST = 16
"""Letters of a name beside a figure; its tooltip has all of them."""


Attributes = Mapping[str, str | float]


@dataclass(frozen=True, slots=True)
class Mark:
    """One element of a figure. Its text is data; all else is this room's."""

    tag: str
    attributes: Attributes
    text: str = ""
    title: str = ""
    """The text of its tooltip."""
    series: int | None = None
    """Rank of the case that it belongs to, with whose other marks it lights up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A figure with its caption."""

    title: str
    caption: str
    width: float
    height: float
    marks: Sequence[Mark]
    legend: Sequence[tuple[int, str]] = ()
    """Series and name, where the marks do not say it."""
    words: str
    """What the figure shows, for those who cannot see it; the tables have the numbers."""


def colour(series: int) -> str:
    """Return the class of a series."""
    return f"s{series}" if series < COLOURS else "sx"


def line(x1: float, y1: float, x2: float, y2: float, kind: str, **more: str | float) -> Mark:
    """Return a straight line."""
    return Mark("line", {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "class": kind, **more})


def label(x: float, y: float, text: str, kind: str, anchor: str = "start", title: str = "") -> Mark:
    """Return text that begins, ends or centres at a place."""
    place: Attributes = {"x": x, "y": y, "text-anchor": anchor, "dy": "0.35em"}
    return Mark("text", {**place, "class": kind}, text, title)


def path(
    points: Iterable[tuple[float, float]], kind: str, series: int | None = None, title: str = ""
) -> Mark:
    """Return a line through points."""
    steps = " L".join(f"{x:g} {y:g}" for x, y in points)
    return Mark("path", {"d": f"M{steps}", "class": kind}, "", title, series)


def dot(
    x: float, y: float, r: float, kind: str, series: int | None = None, title: str = ""
) -> Mark:
    """Return a filled circle."""
    return Mark("circle", {"cx": x, "cy": y, "r": r, "class": kind}, "", title, series)


Box = tuple[float, float, float]
"""A place that is taken in a figure: from and to along x, and the middle along y."""


def spot(x: float, y: float) -> Box:
    """Return what a dot takes."""
    return x - 6, x + 6, y


def beside(
    at: tuple[float, float], name: str, used: list[Box], right: float, kind: str = "name"
) -> list[Mark]:
    """Return a dot's name where it meets none of `used`, which it joins; nothing without room.

    Its place hangs on where the dot is and not on how long the name is.
    """
    x, y = at
    is_left = x > 0.7 * right
    start, end = (x - 118, x - 10) if is_left else (x + 10, x + 118)
    for shift in (-10, 10, -18, 18):
        if not any(start < b and a < end and abs(y + shift - c) < 13 for a, b, c in used):
            used.append((start, end, y + shift))
            place, anchor = (end, "end") if is_left else (start, "start")
            return [label(place, y + shift, short_name(name), kind, anchor, name)]
    return []


def stairs(points: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Yield the corners of the line along a front, whose points go from the cheap to the costly."""
    yield points[0]
    for (_, before), (x, y) in pairwise(points):
        yield x, before
        yield x, y


def short_name(name: str, longest: int = LONGEST) -> str:
    """Return a name that fits beside a figure."""
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


def upright(scale: Scale, left: float, right: float) -> Iterator[Mark]:
    """Yield the grid lines and values of a vertical axis."""
    ticks = scale.ticks()
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
    for value in ticks:
        y = scale(value)
        yield line(left, y, right, y, "grid")
        yield label(left - 6, y, written(value, step), "tick", "end")


def level(scale: Scale, top: float, bottom: float) -> Iterator[Mark]:
    """Yield the grid lines and values of a horizontal axis."""
    ticks = scale.ticks()
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
    for value in ticks:
        x = scale(value)
        yield line(x, top, x, bottom, "grid")
        text = short(value) if scale.is_log else written(value, step)
        yield label(x, bottom + 13, text, "tick", "middle")


def axis_title(x: float, y: float, text: str, anchor: str = "end") -> Mark:
    """Return what an axis measures."""
    return label(x, y, text, "axis", anchor)
