"""The main page: what it says, where its numbers lead, and that it works in a browser."""

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from browser import browsing, hindrances_everywhere

from fmbench import report
from fmbench.record import Epoch, Record
from fmbench.report.board import boards
from fmbench.report.tables import split_tables

Make = Callable[..., Record]

AUC = {"good": 0.80, "close": 0.7999, "fair": 0.79, "poor": 0.75}
SPEED = {"good": 1e5, "close": 2e5, "fair": 1e4, "poor": 5e5}


@pytest.fixture
def records(record: Make, failure: Make) -> list[Record]:
    """Return four models over three seeds, and one that failed."""
    made = []
    for model, auc in AUC.items():
        for seed in range(3):
            curve = [
                Epoch(train_loss=0.6, tail_loss=0.6, valid_logloss=loss, valid_auc=auc, seconds=1)
                for loss in (0.6, 0.5 + seed / 1000, 0.55)
            ]
            speeds = {"train_samples_per_s": [SPEED[model]] * 2, "predict_latency_ms": [0.1, 0.2]}
            noise = 1e-4 * ((seed * len(model)) % 3)
            made.append(
                record(
                    model,
                    seed,
                    auc=auc + noise,
                    curve=curve,
                    best_epoch=1,
                    samples={**speeds, "predict_samples_per_s": [1e6]},
                )
            )
    return [*made, failure("broken", 0)]


class Links(HTMLParser):
    """Where a page's links lead, and what is there to be led to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.targets: set[str] = set()
        self.links: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        known = dict(attributes)
        self.targets |= {known["id"] or ""} if "id" in known else set()
        self.links |= {(known["href"] or "").removeprefix("#")} if "href" in known else set()


def test_each_number_leads_to_its_records(records: list[Record]) -> None:
    page = report.show(records, "html")
    links = Links(page)
    assert links.links <= links.targets
    assert {f"t1r{n}" for n in range(5)} <= links.links
    for seed in range(3):
        assert f"{records[seed].spec.cell}" in page
    assert page.count("<td><code>") == len(records)


def test_the_headline_says_what_is_known_and_no_more(records: list[Record]) -> None:
    (board,) = boards(split_tables(records), records)
    assert board.headline.startswith("good is ahead with AUC 0.800")
    assert "close cannot be told from it; 2 behind" in board.headline
    one = records[:1]
    assert boards(split_tables(one), one)[0].headline == "good: AUC 0.8000."
    two = [records[0], records[3]]
    assert "one seed cannot tell" in boards(split_tables(two), two)[0].headline
    assert boards(split_tables(records[-1:]), records[-1:])[0].headline == (
        "No model came to a result."
    )


def test_every_figure_is_drawn_and_the_front_is_the_front(records: list[Record]) -> None:
    (board,) = boards(split_tables(records), records)
    charts = {chart.title: chart for chart in board.charts}
    assert list(charts) == [
        "AUC, every seed",
        "Paired differences",
        "Learning curves",
        "AUC against speed",
        "Throughput",
        "Latency",
    ]
    assert charts["AUC against speed"].words == "Pareto front: good, close, poor"
    faded = {
        m.title.partition(":")[0]
        for m in charts["AUC against speed"].marks
        if m.tag == "circle" and "faded" in str(m.attributes["class"])
    }
    assert faded == {"fair"}
    squares = [m for m in charts["Paired differences"].marks if m.tag == "rect"]
    assert len(squares) == 4 * 3
    assert len([m for m in charts["AUC, every seed"].marks if m.tag == "circle"]) == 4 + 12


def test_a_failure_stands_by_the_table(records: list[Record]) -> None:
    (board,) = boards(split_tables(records), records)
    assert board.alerts == ["FAILED: broken, seed 0: diverged: loss is nan"]
    assert not any(line in board.notes for line in board.alerts)


def test_the_page_is_small(records: list[Record]) -> None:
    assert len(report.show(records, "html").encode()) < 100_000


ROWS = "[data-board] > .tools + .grid tbody tr th"


def test_a_person_sorts_filters_points_and_opens(records: list[Record], tmp_path: Path) -> None:
    with browsing(report.show(records, "html"), tmp_path) as browser:
        head = "[data-board] > .tools + .grid thead th:nth-child(7) button"
        browser.click(head)
        assert browser.texts(ROWS) == ["fair", "good", "close", "poor", "broken"]
        assert browser.texts("th[aria-sort=ascending]") == ["trainrows/s"]
        browser.press("Enter")  # it has the focus
        assert browser.texts(ROWS) == ["poor", "close", "good", "fair", "broken"]
        browser.click("input")
        browser.type("OO")
        assert browser.texts(ROWS) == ["poor", "good"]
        assert browser.texts("output") == ["2 of 5"]

        assert browser.texts(".tip") == []
        browser.point("figure circle.mean.s1")
        assert browser.texts(".tip") == ["close: 0.8000 ± 0.0002"]
        browser.point("h1")
        assert browser.texts(".tip") == []

        assert not browser.run("document.getElementById('t1r3').open")
        browser.click("[data-board] > .tools + .grid tbody tr[data-s='3'] td:nth-child(4) a")
        assert browser.run("document.getElementById('t1r3').open")
        cells = [r.spec.cell for r in records if r.spec.model == "poor"]
        assert browser.texts("#t1r3 code") == cells


def test_nobody_is_hindered(records: list[Record], tmp_path: Path) -> None:
    with browsing(report.show(records, "html"), tmp_path) as browser:
        assert hindrances_everywhere(browser) == []


def test_axe_finds_what_is_wrong(records: list[Record], tmp_path: Path) -> None:
    page = report.show(records, "html").replace("--soft: #5b626d", "--soft: #cccccc")
    with browsing(page, tmp_path) as browser:
        assert any("color-contrast" in each for each in browser.hindrances())
