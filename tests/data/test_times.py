"""Times: what is taken for one, in which unit or words, and what second it is."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmbench.data.times import EARLIEST, LATEST, NO_TIME, UNITS, parsed, seconds, told
from fmbench.errors import DataError

MOMENT = 1_500_000_000  # 2017-07-14T02:40:00Z
MIDNIGHT = 1_499_990_400

TOLD: dict[str, list[str]] = {
    "seconds": ["1500000000", "1500000000.25", "631152000", "4102444799"],
    "milliseconds": ["1500000000000"],
    "microseconds": ["1500000000000000"],
    "nanoseconds": ["1500000000000000000"],
    "iso": [
        "2017-07-14",
        "2017-07-14 02:40",
        "2017-07-14T02:40:00",
        "2017-07-14T02:40:00.123456",
        "2017-07-14T02:40:00Z",
        "2017-07-14 02:40:00+09:00",
        "2017-07-14T02:40:00-0330",
    ],
    "%Y%m%d": ["20170714"],
    "%y%m%d%H": ["17071402"],
    "%Y/%m/%d": ["2017/07/14", "2017/7/4"],
    "%Y/%m/%d %H:%M:%S": ["2017/07/14 02:40:00", "2017/7/4 2:40:00"],
}
"""How times are told, and texts that are."""

NO_TIMES = [
    [],
    [""],
    ["1500000000", ""],
    ["631151999"],
    ["4102444800"],
    ["1500000"],
    ["150000000000"],
    ["-1500000000"],
    ["1e9"],
    ["1500000000", "1500000000000"],
    ["2017-07-14", "1500000000"],
    ["2017-13-14"],
    ["2017-02-30"],
    ["1989-12-31"],
    ["2100-01-01"],
    ["20171314"],
    ["17071425"],
    ["14/07/2017"],
    ["07/14/2017"],
    ["14.07.2017"],
    ["14-07-2017"],
    ["02:40:00"],
    ["2017"],
    ["2017-07"],
    ["nan"],
]
"""Columns without times; a day before its month could be the other way round, and is no guess."""


@pytest.mark.parametrize(("how", "texts"), TOLD.items())
def test_what_is_taken_for_a_time(how: str, texts: list[str]) -> None:
    assert told(texts) == how
    assert [told([text]) for text in texts] == [how] * len(texts)


@pytest.mark.parametrize("texts", NO_TIMES, ids=str)
def test_what_is_not_taken_for_a_time(texts: list[str]) -> None:
    assert told(texts) is None


READ: dict[tuple[str, str], int] = {
    ("seconds", "1500000000"): MOMENT,
    ("seconds", "1500000000.9"): MOMENT,
    ("milliseconds", "1500000000999"): MOMENT,
    ("microseconds", "1500000000999999"): MOMENT,
    ("nanoseconds", "1500000000999999000"): MOMENT,  # a float has it to 256 of them
    ("iso", "2017-07-14"): MIDNIGHT,
    ("iso", "2017-07-14T02:40:00"): MOMENT,
    ("iso", "2017-07-14 02:40:00.999"): MOMENT,
    ("iso", "2017-07-14T11:40:00+09:00"): MOMENT,
    ("iso", "2017-07-14T02:40:00Z"): MOMENT,
    ("iso", "2017-07-13T23:10:00-0330"): MOMENT,
    ("%Y%m%d", "20170714"): MIDNIGHT,
    ("%y%m%d%H", "17071402"): MIDNIGHT + 7_200,
    ("%Y/%m/%d", "2017/7/14"): MIDNIGHT,
    ("%Y/%m/%d %H:%M:%S", "2017/7/14 2:40:00"): MOMENT,
    ("%d.%m.%Y", "14.07.2017"): MIDNIGHT,  # where it is said
    ("%Y-%m-%d %H:%M %z", "2017-07-14 11:40 +0900"): MOMENT,
}


@pytest.mark.parametrize(("how", "text"), READ)
def test_which_second_it_is(how: str, text: str) -> None:
    assert parsed([text, "no time", "", text], how, "UTC").tolist() == [
        READ[how, text], NO_TIME, NO_TIME, READ[how, text],
    ]  # fmt: skip


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(EARLIEST, LATEST), min_size=1, max_size=20), st.sampled_from([*UNITS]))
def test_units_against_whole_numbers(times: list[int], unit: str) -> None:
    factor = UNITS[unit]
    texts = [str(time * factor + factor // 2) for time in times]
    assert told(texts) == unit
    assert parsed(texts, unit, "Asia/Seoul").tolist() == times


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.integers(EARLIEST + 86_400, 2**31 - 1), min_size=1, max_size=20),
    st.sampled_from(["UTC", "Asia/Seoul", "Europe/Berlin", "America/St_Johns"]),
)
def test_zones_against_the_standard_library(times: list[int], zone: str) -> None:
    local = [datetime.fromtimestamp(time, ZoneInfo(zone)) for time in times]
    own = [each.isoformat() for each in local]
    assert parsed(own, "iso", "UTC").tolist() == times
    first = [int(each.replace(fold=0).timestamp()) for each in local]
    second = [int(each.replace(fold=1).timestamp()) for each in local]
    found = parsed([each.replace(tzinfo=None).isoformat() for each in local], "iso", zone).tolist()
    assert all(found[i] in (first[i], second[i]) for i in range(len(times)))


def test_hours_that_a_zone_has_twice_or_not_at_all() -> None:
    texts = ["2017-03-26T01:59:59", "2017-03-26T02:30:00", "2017-10-29T02:30:00"]
    gap = int(datetime(2017, 3, 26, 1, tzinfo=UTC).timestamp())
    fold = int(datetime(2017, 10, 29, 1, 30, tzinfo=UTC).timestamp())
    # An hour that was left out is the first moment after it; of two the later one is taken.
    assert parsed(texts, "iso", "Europe/Berlin").tolist() == [gap - 1, gap, fold]


def test_times_with_a_zone_of_their_own_and_without_one() -> None:
    texts = ["2017-07-14T02:40:00+00:00", "2017-07-14T02:40:00"]
    assert parsed(texts, "iso", "UTC").tolist() == [MOMENT, MOMENT]


DAY = np.datetime64("2017-07-14")
GIVEN = {
    "seconds": np.array([MOMENT, MOMENT + 1]),
    "unsigned": np.array([MOMENT, MOMENT + 1], np.uint32),
    "whole floats": np.array([MOMENT, MOMENT + 1.0]),
    "milliseconds": np.array([MOMENT, MOMENT + 1]) * 1_000 + 999,
    "microseconds": np.array([MOMENT, MOMENT + 1]) * 10**6,
    "nanoseconds": np.array([MOMENT, MOMENT + 1]) * 10**9,
    "datetime64[s]": np.array([MOMENT, MOMENT + 1]).astype("datetime64[s]"),
    "datetime64[ns]": (np.array([MOMENT, MOMENT + 1]) * 10**9 + 1).astype("datetime64[ns]"),
}


@pytest.mark.parametrize("case", GIVEN)
def test_times_of_a_plugin(case: str) -> None:
    found = seconds(GIVEN[case])
    assert (found.dtype, found.tolist()) == (np.int64, [MOMENT, MOMENT + 1])


def test_days_of_a_plugin() -> None:
    assert seconds(np.array([DAY])).tolist() == [MIDNIGHT]


REFUSED = {
    "cut short": (np.array([MOMENT, 150_000_000]), "time of row 1 is 150000000, in the year 1974"),
    "too late": (np.array([4_102_444_800]), "in the year 2100; expected a time of 1990 to 2099"),
    "negative": (np.array([-1]), "in the year 1969"),
    "mixed units": (np.array([MOMENT, MOMENT * 1000]), "row 0 is 1500000000, in the year 1970"),
    "too early a day": (np.array(["1989-12-31"], "M8[D]"), "row 0 is 631065600, in the year 1989"),
    "missing": (np.array(["2017-07-14", "NaT"], "M8[s]"), "time of row 1 is missing"),
    "fractions": (np.array([MOMENT + 0.5]), "time is float64, not all whole; expected UNIX sec"),
    "no number": (np.array([np.nan]), "not all whole"),
    "text": (np.array(["2017-07-14"]), "or datetime64"),
    "a matrix": (np.array([[MOMENT]]), "not all whole"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_times_of_a_plugin_that_are_refused(case: str) -> None:
    times, words = REFUSED[case]
    with pytest.raises(DataError) as error:
        seconds(times)
    assert words in str(error.value)


def test_the_first_and_the_last_second() -> None:
    starts = [int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (1990, 2100)]
    assert starts == [EARLIEST, LATEST + 1]
    assert seconds(np.array([EARLIEST, LATEST])).tolist() == [EARLIEST, LATEST]
    assert told([str(EARLIEST - 1), str(LATEST)]) is None
