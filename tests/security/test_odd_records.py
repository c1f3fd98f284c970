"""Records of which one value is odd, under a checksum that is right: refused, or shown in peace."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fmbench import gate, pages, report
from fmbench.errors import FmbenchError, StoreError
from fmbench.gate import Side
from fmbench.record import Record
from fmbench.report import verify
from fmbench.store import Stored, best, decode
from fmbench.store.file import _hash

RECORDS = Path(__file__).parents[2] / "results" / "kmrd-small" / "records"
CASES = ("deepfm-305ebce3c430", "fm-6ea25faf1266", "lightgbm-7077c7cd5ae1")
"""On the same rows; the last one is a baseline."""

ODD: list[Any] = [
    *(None, True, -1, 0, 10**12, 1e300, -0.5, "", "x", "\x1b[31m"),
    *([], [1], ["x", 1, None], {}, {"a": 1}, {"x": {"y": "z"}}, [[1, 2], [3]], {"train": 1}),
]

Place = tuple[str | int, ...]


def content(case: str, seed: int) -> dict[str, Any]:
    """Return a record as JSON has it, with what repeats in it shortened."""
    (path,) = RECORDS.glob(f"{case}-s{seed}-*.json")
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["record"]
    if record["curve"]:
        record["curve"] = record["curve"][: record["best_epoch"] + 1]
    record["samples"] = {name: values[:2] for name, values in record["samples"].items()}
    return record


CONTENTS = [content(case, seed) for case in CASES for seed in (0, 1)]


def stored(record: dict[str, Any]) -> Stored:
    """Return what a store reads of a record whose checksum is that of its content."""
    file = msgspec.json.encode({"sha256": _hash(record), "record": record})
    id, read = decode(file, "odd.json")
    return Stored(Path(f"{read.spec.cell}-{id[:12]}.json"), id, read)


WHOLE = [stored(record) for record in CONTENTS]


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    """Yield where a value is; of a list the ends."""
    if place:
        yield place
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*place, key))
    elif isinstance(value, list):
        for i in sorted({0, len(value) - 1} if value else ()):
            yield from places(value[i], (*place, i))


def changed(value: Any, place: Place, odd: Any) -> Any:
    """Return a value with an odd one at its place."""
    if not place:
        return odd
    copy = value.copy()
    copy[place[0]] = changed(value[place[0]], place[1:], odd)
    return copy


ODDITIES = [
    (which, place, odd)
    for which in (0, len(CONTENTS) - 1)
    for place in places(CONTENTS[which])
    for odd in ODD
]


class Nowhere:
    """Sources that have nothing."""

    def rows(self, record: Record) -> Any:
        raise StoreError("there are no rows")

    predictions = parameters = rows


def views(records: list[Record], items: list[Stored]) -> Iterator[Callable[[], object]]:
    """Yield everything that shows or judges records."""
    whole = [item.record for item in WHOLE]
    for form in pages.FORMATS:
        yield lambda form=form: report.show(records, form)
    yield lambda: report.show_pareto(records, "json")
    yield lambda: report.show_pareto(records, "table")
    yield lambda: report.show_pairs(records, "table", lambda table: None)
    yield lambda: verify(items, Nowhere())
    for base, new in ((whole, records), (records, whole)):
        sides = [Side(name, of, lambda record: None) for name, of in (("a", base), ("b", new))]
        yield lambda sides=sides: gate.show(
            gate.check(sides[0], sides[1], today=date(2026, 1, 1)), "json"
        )


def hold(which: int, place: Place, odd: Any) -> None:
    """Hold everything to our own errors where a value of a record is odd."""
    try:
        item = stored(changed(CONTENTS[which], place, odd))
    except StoreError:
        return  # it is damaged, and named so
    items = [item, *(other for i, other in enumerate(WHOLE) if i != which)]
    records = [chosen.record for chosen in best(items)]
    for view in views(records, items):
        try:
            view()
        except FmbenchError:
            pass
        except Exception as error:
            raise AssertionError(f"{place} is {odd!r}") from error


def test_the_records_that_are_changed_are_whole() -> None:
    assert len({item.record.fingerprint for item in WHOLE}) == 1
    for view in views([item.record for item in WHOLE], WHOLE):
        view()


@pytest.mark.parametrize(
    ("place", "odd"),
    [
        (("audit", "auc_standard_error"), "x"),
        (("audit", "parts", "train"), 1),
        (("audit", "parts"), ["x", 1, None]),
        (("audit", "rows_read"), {}),
        (("environment", "packages"), None),
        (("environment", "packages", "torch"), 1),
        (("environment", "commit"), ["x", 1, None]),
    ],
)
def test_an_odd_fact_is_damage(place: Place, odd: Any) -> None:
    with pytest.raises(StoreError, match=rf"is not of schema 3: {place[0]}: Expected"):
        stored(changed(CONTENTS[0], place, odd))


@pytest.mark.parametrize("part", range(8))
def test_odd_values_are_refused_or_shown(part: int) -> None:
    for oddity in ODDITIES[part * 31 :: 8 * 31]:
        hold(*oddity)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(31))
def test_every_odd_value_is_refused_or_shown(part: int) -> None:
    for oddity in ODDITIES[part::31]:
        hold(*oddity)
