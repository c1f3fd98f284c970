"""The page of an ablation: what it links, and what a person does with it."""

import re
from pathlib import Path

from browser import browsing, hindrances_everywhere

from fmbench.ablation import analyse, show
from fmbench.ablation.study import Study

from .conftest import records_of

WORTH = {"no deep part": -0.01, "movie alone": -0.03}

ROWS = "[data-board] > .tools + .grid tbody tr th"


def auc(name: str, seed: int) -> float:
    return 0.79 + WORTH.get(name, 0.0) + 1e-5 * ((seed * len(name)) % 7)


def page_of(study: Study) -> str:
    records = records_of(study, auc)
    return show([analyse(study, records)], records, "html")


def test_every_row_and_claim_leads_to_records(parts: Study) -> None:
    page = page_of(parts)
    ids = set(re.findall(r'id="([^"]+)"', page))
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert links <= ids
    claims = re.findall(r'<li><a href="#(t1r\d+)">(.*?): auc [+-]', page)
    titles = re.findall(r'id="(t1r\d+)">\s*<summary>.*?</span>(.*?)</summary>', page, re.DOTALL)
    assert len(claims) >= 5
    assert set(claims) <= set(titles)
    assert len(titles) == len({cell.name for cell in parts.cells})
    assert page.count("<td><code>") == len(parts.cells) * 5  # seeds


def test_a_person_sorts_filters_points_and_opens(parts: Study, tmp_path: Path) -> None:
    with browsing(page_of(parts), tmp_path) as browser:
        assert len(page_of(parts).encode()) < 3_000_000
        rows = browser.texts(ROWS)
        assert rows[0] == "base"
        browser.click("[data-board] > .tools + .grid thead th:nth-child(3) button")
        assert browser.texts(ROWS)[:2] == ["movie alone", "no deep part"]
        browser.click("input")
        browser.type("without")
        assert set(browser.texts(ROWS)) == {"without user", "without movie", "without hour"}

        browser.point("figure circle.mean.needed")
        (tip,) = browser.texts(".tip")
        assert re.fullmatch(r"no deep part: -0.01\d\d, needed", tip)

        browser.run("document.querySelector('details:has(.claims)').open = true")
        browser.click("ul.claims a")  # the largest effect is claimed first
        assert browser.run("location.hash") == f"#t1r{rows.index('movie alone')}"
        assert browser.texts("details[open]:target > summary") == ["movie alone"]
        assert browser.texts("details:target dl dt")[:1] == ["case"]
        assert "data.only" in browser.texts("details:target dl dt")


def test_nobody_is_hindered(parts: Study, tmp_path: Path) -> None:
    with browsing(page_of(parts), tmp_path) as browser:
        assert hindrances_everywhere(browser) == []
