"""Figures as files: whole, in plain colours, and small."""

import re
import struct
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

import numpy as np
import pytest
import vl_convert

from fmbench.pages.chart import Chart, dot, label, path
from fmbench.pages.drawing import SHARPNESS, png, svg

NAME = '<b>"&'


@pytest.fixture
def chart() -> Chart:
    return Chart(
        title=NAME,
        caption="What it shows, in more words than one line has room for; " * 2,
        width=300,
        height=100,
        marks=[
            path([(10, 10), (100, 50)], "thick s0", 0, NAME),
            dot(100, 50, 5, "mean s3", 3, NAME),
            label(110, 50, NAME, "name", "start", NAME),
        ],
        legend=[(i, f"model {i}") for i in range(9)],
        words=NAME,
    )


def test_a_drawing_stands_alone(chart: Chart) -> None:
    text = svg(chart)
    root = ElementTree.fromstring(text)
    assert "var(" not in text
    assert re.findall(r"(?:href|src|url|@import)", text) == []
    assert root.attrib["aria-label"] == NAME
    said = ["".join(node.itertext()) for node in root.iter() if node.tag.endswith("text")]
    assert NAME in said
    assert NAME * 2 in said  # a label and what hovering says
    assert {f"model {i}" for i in range(9)} <= set(said)
    height = float(root.attrib["height"])
    assert all(float(c.attrib.get("cy", 0)) < height for c in root.iter())


def test_each_series_has_its_colour(chart: Chart) -> None:
    rules = dict(re.findall(r"svg (\.\S+) \{([^}]*)\}", svg(chart)))
    assert "#2457c5" in rules[".thick.s0"]
    assert "#a03fb0" in rules[".mean.s3"]
    assert ".mean.s0" in rules  # the legend's


def pixels(picture: bytes) -> np.ndarray:
    """Return red, green and blue of a picture that fmbench packed."""
    chunks, place = {}, 8
    while place < len(picture):
        length, kind = struct.unpack_from(">I4s", picture, place)
        content = picture[place + 8 : place + 8 + length]
        (check,) = struct.unpack_from(">I", picture, place + 8 + length)
        assert zlib.crc32(kind + content) == check
        chunks[kind] = content
        place += 12 + length
    width, height = struct.unpack_from(">II", chunks[b"IHDR"])
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, 1 + width)
    return np.frombuffer(chunks[b"PLTE"], np.uint8).reshape(-1, 3)[rows[:, 1:]]


def lines_of(picture: bytes) -> Iterator[np.ndarray]:
    """Yield the lines of a picture as it comes from the converter."""
    start = picture.index(b"IDAT")
    (width,) = struct.unpack_from(">I", picture, 16)
    (length,) = struct.unpack_from(">I", picture, start - 4)
    data = zlib.decompress(picture[start + 4 : start + 4 + length])
    for line in np.frombuffer(data, np.uint8).reshape(-1, 1 + 4 * width):
        assert line[0] == 1
        yield np.cumsum(line[1:].reshape(width, 4), axis=0, dtype=np.uint8)[:, :3]


def test_a_picture_has_the_pixels_of_its_drawing_in_a_tenth_of_the_room(chart: Chart) -> None:
    drawing = svg(chart)
    picture, raw = png(drawing), vl_convert.svg_to_png(drawing, scale=SHARPNESS)
    assert np.array_equal(pixels(picture), np.stack([*lines_of(raw)]))
    assert len(picture) < len(raw) / 5
    assert png(drawing) == picture
