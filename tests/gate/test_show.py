import csv
import io
import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from payloads import ALL

from fmbench.gate import FORMATS, Cell, Check, show
from fmbench.gate.show import LONGEST, MARKER
from fmbench.gate.verdict import VERDICTS, conclude

numbers = st.none() | st.floats(-1e6, 1e6)
cells = st.builds(
    Cell,
    name=st.text("ab/_-é|<", min_size=1, max_size=9),
    metric=st.sampled_from(["auc", "logloss", "parameters", "peak_rss_mib"]),
    verdict=st.sampled_from(VERDICTS),
    base=numbers,
    new=numbers,
    change=numbers,
    low=numbers,
    high=numbers,
    why=st.sampled_from(["10 common seeds", "p < 0.0001 & <more>", "a | b"]),
)
checks = st.lists(cells, min_size=1, max_size=12, unique_by=lambda c: (c.name, c.metric)).map(
    lambda found: conclude(found, base="main", new="runs", notes=["how"])
)


class Cells(HTMLParser):
    """The text of all table rows of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.is_inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: object) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.is_inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.is_inside = False

    def handle_data(self, data: str) -> None:
        if self.is_inside:
            self.rows[-1][-1] += data


def markdown_rows(text: str) -> list[list[str]]:
    """Return the cells of all tables, as a reader of the rendered page sees them."""
    rows: list[list[str]] = []
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    for before, token in pairwise(tokens):
        if token.type == "tr_open":
            rows.append([])
        if before.type in ("td_open", "th_open"):
            rows[-1].append("".join(child.content for child in token.children or ()))
    return rows


def said(rows: Sequence[Sequence[str]]) -> set[tuple[str, ...]]:
    """Return the rows without headers."""
    return {tuple(cell.strip() for cell in row) for row in rows if row[0].strip() != "verdict"}


@given(checks)
@settings(max_examples=30, derandomize=True, deadline=None)
def test_all_formats_say_the_same_of_every_cell(check: Check) -> None:
    data = json.loads(show(check, "json"))
    assert msgspec.convert(data, Check) == check
    rows = list(csv.DictReader(io.StringIO(show(check, "csv"))))
    assert [row["verdict"] for row in rows] == [cell.verdict for cell in check.cells]
    pages = Cells(show(check, "html")).rows
    assert said(pages) == said(markdown_rows(show(check, "md")))
    assert len(said(pages)) == len(check.cells)
    spoken = [(row[0].upper().replace(" ", "_"), row[2]) for row in said(pages)]
    assert sorted(spoken) == sorted((cell.verdict, cell.metric) for cell in check.cells)
    junit = ElementTree.fromstring(show(check, "junit"))
    told = {(s.get("name"), c.get("name")): c.findtext("system-out") for s in junit for c in s}
    told = {key: out for key, out in told.items() if key[1]}
    assert len(told) == len(check.cells)
    for cell in check.cells:
        out = told[cell.metric, " ".join(cell.name.split())]
        assert out is not None and out.startswith(f"{cell.verdict}: base {cell.base}, ")


@given(checks)
@settings(max_examples=30, derandomize=True, deadline=None)
def test_junit_is_red_exactly_where_the_exit_code_is(check: Check) -> None:
    for strict in (False, True):
        judged = conclude(check.cells, base="a", new="b", strict=strict)
        junit = ElementTree.fromstring(show(judged, "junit"))
        red = [c for s in junit for c in s for tag in c if tag.tag in ("failure", "error")]
        assert bool(red) == bool(judged.exit)
        assert int(junit.get("failures", 0)) + int(junit.get("errors", 0)) == len(red)


def cell(
    verdict: str = "REGRESSED", name: str = "fm/kmrd-small/ids/random", **more: object
) -> Cell:
    usual = {"metric": "auc", "base": 0.79, "new": 0.788, "change": -0.002, "why": "worse"}
    return Cell(verdict=verdict, name=name, **(usual | more))  # type: ignore[arg-type]


def test_json_keeps_to_its_contract() -> None:
    check = conclude([cell()], base="main", new="runs")
    data = json.loads(show(check, "json"))
    assert data.keys() >= {"schema", "verdict", "exit", "cells"}
    assert (data["schema"], data["verdict"], data["exit"]) == (1, "REGRESSED", 1)
    keys = ("name", "metric", "verdict", "base", "new", "change", "low", "high", "why")
    assert data["cells"][0].keys() >= set(keys)


def test_the_headline_counts() -> None:
    found = [cell(), cell("EQUIVALENT", "b"), cell("EQUIVALENT", "c"), cell(name="d", accepted="x")]
    shown = show(conclude(found, base="main", new="runs"), "table")
    assert shown.startswith("Gate not passed: 1 regressed, 2 equivalent, 1 accepted\n")
    assert "accepted x" in shown
    assert "-0.00200" in shown


def test_the_foot_of_every_report_has_the_error_rates() -> None:
    note = "Error rates of verdicts on quality: 0 of 1,000"
    check = conclude([cell()], base="main", new="runs", notes=["how", note])
    for form in set(FORMATS) - {"csv"}:
        assert "0 of 1,000" in show(check, form)
    junit = ElementTree.fromstring(show(check, "junit"))
    notes = [p.get("value") for p in junit.iter("property") if p.get("name") == "note"]
    assert notes == ["how", note]


def test_markdown_begins_with_its_marker_and_folds_what_is_equal() -> None:
    shown = show(conclude([cell(), cell("EQUIVALENT", "b")], base="m", new="n"), "md")
    assert shown.startswith(f"{MARKER}\n\n### Gate not passed")
    assert shown.index("regressed |") < shown.index("<details><summary>1 equal</summary>")


@pytest.mark.parametrize("many", [10, 1000])
def test_markdown_fits_into_a_comment(many: int) -> None:
    cells = [cell("EQUIVALENT", f"model {i}") for i in range(many)]
    shown = show(conclude([cell(name="worst"), *cells], base="m", new="n"), "md")
    assert len(shown) <= LONGEST
    assert "worst" in shown
    rows = len(said(markdown_rows(shown)))
    left_out = re.search(r"(\d+) rows are left out here", shown)
    assert rows + (int(left_out[1]) if left_out else 0) == many + 1
    assert (rows == many + 1) == (many == 10)


def test_names_are_inert_in_every_format() -> None:
    check = conclude(
        [cell(name=name, why=name, accepted=name) for name in ALL], base=ALL[0], new=ALL[1],
        notes=[f"Accepted: {text}" for text in ALL],
    )  # fmt: skip
    harmless = conclude([cell(name=f"n{i}") for i in range(len(ALL))], base="a", new="b")
    tags = [e.tag for e in ElementTree.fromstring(show(check, "junit")).iter()]
    assert sorted(set(tags)) == [
        "properties", "property", "skipped", "system-out", "testcase", "testsuite", "testsuites",
    ]  # fmt: skip
    assert "<script" not in show(check, "html").lower()
    for form in set(FORMATS) - {"json"}:
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\x9b]", show(check, form))
    tokens = {t.type for t in MarkdownIt("commonmark").enable("table").parse(show(check, "md"))}
    expected = MarkdownIt("commonmark").enable("table").parse(show(harmless, "md"))
    assert tokens - {t.type for t in expected} == set()


def test_letters_that_xml_cannot_write_are_left_out() -> None:
    check = conclude([cell(name="a\ufffe\uffff\x00\x1b[31mb")], base="m", new="n")
    (case,) = ElementTree.fromstring(show(check, "junit")).iter("testcase")
    assert case.get("name") == "ab"
