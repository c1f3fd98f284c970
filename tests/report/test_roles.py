"""Reports of data without a user, an item or a time: each alone, and all at once."""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from fmbench import harness
from fmbench.api.reports import Opened, verify
from fmbench.data import Table, register_dataset
from fmbench.data.registry import DATASETS, SOURCES
from fmbench.harness import Setting
from fmbench.record import Record
from fmbench.report.conclusions import conclude
from fmbench.report.pairs import build_pairs
from fmbench.report.tables import split_tables
from fmbench.spec import RunSpec, TrainSpec
from fmbench.store import Store

ROWS = 1_500
ROLES = ("user", "item", "time")
ABSENT = [(), ("user",), ("item",), ("time",), ROLES]


def table(folder: Path, *, absent: str = "", label: str = "rate>0") -> Table:
    """Return rows whose label depends on two columns of words and a number."""
    random = np.random.default_rng(0)
    user, item = random.integers(60, size=ROWS), random.integers(25, size=ROWS)
    size = random.normal(size=ROWS)
    columns = {
        "reader": [f"r{each}" for each in user],
        "book": [f"b{each}" for each in item],
        "size": np.where(random.random(ROWS) < 0.1, np.nan, size),
        "tags": [[f"t{each}" for each in random.integers(5, size=2)] for _ in range(ROWS)],
    }
    rate = np.sin(user) + np.cos(item) + size + random.normal(size=ROWS)
    return Table.from_columns(
        columns,
        rate=rate,
        time=None if "time" in absent else 1_400_000_000 + random.integers(10**8, size=ROWS),
        user=None if "user" in absent else "reader",
        item=None if "item" in absent else "book",
    )


@dataclass(frozen=True)
class Made:
    """A store of two models over two seeds, and what its data has not."""

    absent: tuple[str, ...]
    opened: Opened

    @property
    def records(self) -> list[Record]:
        return list(self.opened.records)


@pytest.fixture(scope="module", params=ABSENT, ids=lambda absent: "-".join(absent) or "whole")
def made(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Made]:
    root = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FMBENCH_CACHE", str(root / "cache"))
        register_dataset("books")(table)
        store = Store(root)
        store.prepare()
        for model in ("lr", "fm"):
            for seed in range(2):
                spec = RunSpec(
                    name=model,
                    dataset="books",
                    dataset_args={"absent": " ".join(request.param), "fields": "columns"},
                    model=model,
                    train=TrainSpec(max_epochs=2),
                    seed=seed,
                )
                setting = Setting()
                record, logits = harness.run_with_logits(
                    harness.resolve(spec, setting.where), setting
                )
                assert record.status == "ok", record.reason
                store.append(record, *(logits[part].tobytes() for part in ("test", "valid")))
        yield Made(request.param, Opened.of(root, None))
        DATASETS._entries.pop("books")
        SOURCES.pop("books")


def test_without_a_user_there_is_no_auc_within_users_for_one_reason(made: Made) -> None:
    for record in made.records:
        for part in ("valid", "test"):
            undefined = {
                name: reason
                for name, reason in record.undefined.get(part, {}).items()
                if name.startswith("gauc")
            }
            if "user" in made.absent:
                assert set(undefined.values()) == {"the data has no user"}
                assert set(undefined) == {"gauc", "gauc_coverage"}
                assert record.metrics[part]["gauc_coverage"] is None
            else:
                assert undefined == {}
                assert record.metrics[part]["gauc"] is not None


def test_the_lines_above_a_table_say_what_there_is_and_once_what_is_not(made: Made) -> None:
    shown = " ".join(made.opened.show("table", "table").split())
    assert "?" not in shown.partition("Seeds:")[2].partition("model")[0]
    said = {
        "user-item pair": {"user", "item"},
        "have a user that training has not seen": {"user"},
        "older than a training row of the same user": {"user", "time"},
    }
    for words, needed in said.items():
        assert (words in shown) == needed.isdisjoint(made.absent), words
    missing = re.findall(r"Audit: the data has no .*? by (?:them|it)\b", shown)
    assert (
        missing
        == {
            (): [],
            ("user",): ["Audit: the data has no user: no AUC within users, no slices by it"],
            ("item",): ["Audit: the data has no item: no slices by it"],
            ("time",): ["Audit: the data has no time: no slices by it"],
            ROLES: [
                "Audit: the data has no user, no item and no time: no AUC within users, no "
                "slices by them"
            ],
        }[made.absent]
    )


def test_slices_are_those_of_what_there_is(made: Made) -> None:
    found = json.loads(made.opened.show("slices", "json"))["slices"]
    families = dict.fromkeys(part["family"] for part in found)
    needs = {"user": "user", "activity": "user", "item": "item", "popularity": "item"}
    needs |= {"time": "time"}
    order = ["all", "user", "item", "activity", "popularity", "time"]
    assert list(families) == [f for f in order if needs.get(f) not in made.absent]
    for part in found:
        assert (part["users"] is None) == ("user" in made.absent)
        if "user" in made.absent:
            assert part["undefined"]["gauc"] == "the data has no user"
    rows = list(csv.DictReader(io.StringIO(made.opened.show("slices", "csv"))))
    assert [row["slice"] for row in rows] == [part["slice"] for part in found]


@pytest.mark.parametrize("form", ["table", "md", "html", "latex"])
def test_intervals_draw_users_or_else_rows_and_say_which(made: Made, form: str) -> None:
    drawn, other = ("rows", "users") if "user" in made.absent else ("users", "rows")
    slices = " ".join(made.opened.show("slices", form).split())
    assert f"for other {drawn}" in slices
    assert f"for other {other} alone" not in slices
    assert ("training has seen or not" in slices) == (made.absent != ROLES)
    pairs = " ".join(made.opened.show("pairs", form).split())
    assert f"other {drawn} and seeds: 95" in pairs
    assert f"other {other} and seeds" not in pairs


def test_the_page_has_figures_of_what_there_is(made: Made) -> None:
    page = made.opened.show("table", "html")
    assert ("AUC by ratings of the user in training" in page) == ("user" not in made.absent)
    assert ("AUC by time of the rating" in page) == ("time" not in made.absent)
    assert ("intervals for other rows and seeds" in page) == (made.absent == ("user",))
    assert ("test unseen user share" in page) == ("user" not in made.absent)


def test_conclusions_speak_of_what_was_drawn(made: Made) -> None:
    (of,) = split_tables(made.records)
    said = conclude(of, build_pairs(of, made.records, None, "auc"), "auc")
    words = " ".join([*said.settled, *said.open])
    assert ("users" in words) <= ("user" not in made.absent)


def test_it_holds_when_asked_again(made: Made) -> None:
    made.opened.keep_answers(of_ablations=False)
    found = verify(made.opened.store.root, None, None, "json", of_ablations=False)
    assert found.code == 0, found.text
