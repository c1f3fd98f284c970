"""Nights on a machine that is played: what changes, what does not, and what is shown of it."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from payloads import ALL

from fmbench.cli import main
from fmbench.errors import StoreError, UsageError
from fmbench.gate import Cell, history, history_page, repository
from fmbench.gate.changes import FEWEST, PENALTY, SERIES, SIDE, changes, penalty
from fmbench.gate.history import Night, Point, series
from fmbench.gate.verdict import conclude

Shown = Callable[[str, object], None]

SPEED = "train_samples_per_s"
YEAR = 365


def nights(ratios: list[float], *, cell: str = "fm", metric: str = SPEED) -> list[Night]:
    return [
        Night(
            at=f"2026-{1 + n // 28:02d}-{1 + n % 28:02d}T02:00:00Z",
            anchor="v1 (0123456789ab)",
            new=f"main ({n:012x})",
            points=[
                Point(cell=cell, metric=metric, base=1e6, new=1e6 * r, low=0.99e6 * r,
                      high=1.01e6 * r)
            ],
        )
        for n, r in enumerate(ratios)
    ]  # fmt: skip


def noisy(random: np.random.Generator, n: int, deviation: float = 0.01) -> NDArray[np.float64]:
    return random.normal(0.0, deviation, n)


def test_a_step_is_found_within_three_nights_at_its_night(record_property: Shown) -> None:
    """H: 5 %, where the mean of a night's ten pairs scatters by 1 %."""
    random = np.random.default_rng(0)
    found = 0
    for _ in range(60):
        x = noisy(random, 60 + SIDE)
        x[60:] -= 0.05
        told = changes(x.tolist(), np.log1p(0.03))
        found += len(told) == 1 and abs(told[0].at - 60) <= 1 and told[0].after < told[0].before
    record_property("shown", f"history: a step of 5 % found in its third night {found} of 60")
    assert found >= 57


def test_what_does_not_change_has_no_change_point() -> None:
    random = np.random.default_rng(1)
    for _ in range(40):
        assert changes(noisy(random, YEAR).tolist(), 1e-9) == []
    assert changes([0.0] * YEAR, 0.001) == []


def test_too_few_nights_or_too_small_a_step_say_nothing() -> None:
    step = [0.0] * 10 + [0.1] * (FEWEST - 11)
    assert changes(step, 0.03) == []
    assert [c.at for c in changes([*step, 0.1], 0.03)] == [10]
    assert changes([0.0] * 20 + [0.02] * 20, 0.03) == []
    assert changes([0.0] * 20 + [0.2] + [0.0] * 20, 0.03) == []


def test_more_series_need_more_to_be_believed() -> None:
    assert penalty(1) == penalty(SERIES) == PENALTY
    assert penalty(10 * SERIES) > penalty(2 * SERIES) > PENALTY


def first_alarms(random: np.random.Generator, count: int) -> int:
    """Count series that do not change and are told to, in some night of a year.

    Each night looks at all nights so far, as the page does; the size of a change does not matter.
    """
    alarms = 0
    for _ in range(count):
        x = noisy(random, YEAR)
        alarms += any(changes(x[:n].tolist(), 1e-9) for n in range(FEWEST, YEAR + 1))
    return alarms


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_year_of_nights_gives_one_false_change_point_at_most(record_property: Shown) -> None:
    years = 8
    alarms = first_alarms(np.random.default_rng(2), years * SERIES)
    record_property(
        "shown",
        f"history: {alarms} false changes in {years} years of nights over {SERIES} series",
    )
    assert alarms <= years


def test_a_new_anchor_begins_anew() -> None:
    old = nights([1.0] * 5)
    new = [
        msgspec.structs.replace(night, anchor="v2", at=f"2027-01-0{1 + n}")
        for n, night in enumerate(nights([0.5] * 3))
    ]
    (found,) = series([*old, *new])
    assert found.ratios == [0.5] * 3


def test_a_history_is_kept_and_read_back_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "results" / "history.jsonl"
    with pytest.raises(UsageError, match="is not there"):
        history.read(path)
    first, second = nights([1.0, 1.1])
    for night in (second, first):
        history.add(path, night)
    assert history.read(path) == [first, second]
    content = path.read_bytes()
    path.write_bytes(content[:-9])
    with pytest.raises(StoreError, match="damaged in line 2"):
        history.read(path)
    path.write_bytes(content.replace(b'"schema":1', b'"schema":9'))
    with pytest.raises(StoreError, match="has schema 9 in line 1"):
        history.read(path)


def test_a_check_becomes_a_night() -> None:
    cell = Cell(name="fm", metric="auc", verdict="EQUIVALENT", base=0.8, new=0.79, change=-0.01,
                low=-0.02, high=0.0, why="")  # fmt: skip
    gone = Cell(name="lr", metric="auc", verdict="MISSING", base=0.8, why="")
    (point,) = history.night(conclude([cell, gone], base="a", new="b"), "2026").points
    assert (point.new, point.low, point.high) == (0.79, pytest.approx(0.78), 0.8)
    with pytest.raises(UsageError, match="no cell that both sides measured"):
        history.night(conclude([gone], base="a", new="b"), "2026")


def told() -> list[history.Series]:
    random = np.random.default_rng(3)
    x = noisy(random, 60)
    x[40:] -= 0.08
    return series(nights(np.exp(x).tolist()))


def test_the_page_shows_band_line_and_change() -> None:
    (of,) = told()
    assert [change.at for change in of.changes] == [40]
    chart = history_page.figure(of)
    kinds = [mark.attributes.get("class") for mark in chart.marks]
    assert kinds.count("band") == kinds.count("thick s0") == kinds.count("front") == 1
    page = history_page.show([of], "html")
    assert "<svg" in page and of.nights[40].new in page and "worse" in page
    assert "http" not in page.replace("http-equiv", "")
    rows = json.loads(history_page.show([of], "json"))["points"]
    assert [n for n, row in enumerate(rows) if row["is_change"]] == [40]
    shown = history_page.show([of], "table")
    assert "History of 60 nights against v1" in shown and "2026-02-13" in shown


def test_a_change_leads_to_its_commit() -> None:
    (of,) = told()
    page = history_page.show([of], "html", "https://git.example/us/fmbench/commit/")
    new = of.nights[40].new
    assert f'<a href="https://git.example/us/fmbench/commit/{40:012x}">{new}</a>' in page
    assert page.count("https://") == 1


@pytest.mark.parametrize(
    ("remote", "pages"),
    [
        ("git@git.example:us/fmbench.git", "https://git.example/us/fmbench/commit/"),
        ("ssh://git@git.example:2222/us/fmbench", "https://git.example/us/fmbench/commit/"),
        ("https://git.example/us/fmbench.git/", "https://git.example/us/fmbench/commit/"),
        ("https://me:secret@git.example:8443/a/b", "https://git.example:8443/a/b/commit/"),
        ("../fmbench.git", None),
        ("C:", None),
        ("file:///srv/fmbench.git", None),
        ("https://[", None),
        ("javascript://git.example/us", None),
    ],
)
def test_pages_of_commits_are_those_of_the_origin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remote: str, pages: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    assert repository.commit_pages() is None
    repository.git("init", "--quiet")
    assert repository.commit_pages() is None
    repository.git("remote", "add", "origin", remote)
    assert repository.commit_pages() == pages


@pytest.mark.parametrize("format", history_page.FORMATS)
def test_names_are_inert_on_the_page(format: str) -> None:
    names = (ALL[0], ALL[1], "harmless")
    found = series(
        [
            Night(
                at="2026-01-01",
                anchor=ALL[0],
                new=ALL[1],
                points=[
                    Point(cell=name, metric="auc", base=0.8, new=0.8 + 0.01 * (n > 29))
                    for name in names
                ],
            )
            for n in range(60)
        ]
    )
    assert [len(each.changes) for each in found] == [1, 1, 1]
    shown = history_page.show(found, format)
    if format == "html":
        assert "<script" not in shown.lower()


def test_the_command_adds_and_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["history", "show"]) == 2
    cell = Cell(name="fm", metric="auc", verdict="EQUIVALENT", base=0.8, new=0.8, why="")
    check = conclude([cell], base="v1", new="main")
    (tmp_path / "night.json").write_bytes(msgspec.json.encode(check))
    assert main(["history", "add", "night.json"]) == 0
    capsys.readouterr()
    assert main(["history", "show", "--format", "csv"]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("fm,auc,20")
    (tmp_path / "night.json").write_text("{}")
    assert main(["history", "add", "night.json"]) == 2
    assert "is not a check of --format json" in capsys.readouterr().err
    assert main(["history", "add"]) == 2


def test_without_ruptures_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ruptures", None)
    with pytest.raises(UsageError, match="ruptures is not installed"):
        changes([0.0, 1.0] * FEWEST, 0.03)
