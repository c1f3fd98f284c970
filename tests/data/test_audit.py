"""The audit against cases worked out by hand, and against naive loops."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmbench.data import Table, Where, audit, audit_report, load, register_dataset
from fmbench.data.splits.audit import _overlap, _standard_error, left_out, raw_facts
from fmbench.data.splits.prepare import Keys


def test_raw_facts_by_hand() -> None:
    table = Table.from_columns(
        {"user": [1, 1, 1, 2, 3, 3], "movie": [7, 7, 8, 7, 7, 7]},
        rate=[10, 9, 10, 10, 5, 5],
        time=[1_069_340_400, 1_500_000_000, 1_069_340_401, 1_576_525_860, 10**9, 10**9 + 1],
    )
    assert raw_facts(table, Keys.of(table)) == {
        "users": 3,
        "users_with_one_rating": 1,
        "items": 2,
        "top_rate": 10,
        "top_rate_share": 0.5,
        "repeated_rows": 2,
        "disagreeing_pairs": 1,
        "sorted_by_user": True,
        "first_month": "2001-09",
        "last_month": "2019-12",
    }


rows = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 9)), min_size=4, max_size=30
)


@given(rows, st.integers(1, 3))
def test_overlap_against_a_naive_loop(made: list[tuple[int, int, int]], cut: int) -> None:
    users, movies, times = zip(*made, strict=True)
    late = [10**9 + time for time in times]
    table = Table.from_columns({"user": users, "movie": movies}, rate=times, time=late)
    train, test = made[:-cut], made[-cut:]
    found = _overlap(table, Keys.of(table), np.arange(len(train)), np.arange(len(train), len(made)))
    known = [row for row in test if row[0] in {u for u, _, _ in train}]
    older = [row for row in test if any(u == row[0] and t > row[2] for u, _, t in train)]
    twice = sum(row[:2] in {r[:2] for r in train} for row in test)

    def share(part: int, whole: int = len(test)) -> float | None:
        return round(part / whole, 6) if whole else None

    assert found == {
        "test_pairs_in_train": twice,
        "test_pairs_in_train_share": share(twice),
        "test_unseen_user_share": share(len(test) - len(known)),
        "test_unseen_item_share": share(sum(m not in {r[1] for r in train} for _, m, _ in test)),
        "test_older_share": share(len(older)),
        "test_older_share_of_known_users": share(len(older), len(known)),
    }


def test_standard_error_of_hanley_and_mcneil() -> None:
    labels = np.array([1] * 50 + [0] * 60, dtype=np.uint8)
    q1, q2 = 0.8 / 1.2, 2 * 0.64 / 1.8
    expected = math.sqrt((0.16 + 49 * (q1 - 0.64) + 59 * (q2 - 0.64)) / 3000)
    assert _standard_error(labels) == round(expected, 6)
    assert _standard_error(labels[:50]) is _standard_error(labels[50:]) is None


@pytest.mark.parametrize(
    ("facts", "lines"),
    [
        ({"rows_read": 1000, "rows_dropped": 10, "rows_unlabelled": 10}, []),
        ({"rows_read": 1000, "rows_dropped": 10}, []),
        (
            {"rows_read": 1000, "rows_dropped": 30, "rows_unlabelled": 11},
            [
                "11 of 1,000 rows have no label and are left out",
                "19 of 1,000 rows repeat a user and an item and are left out but for the last of "
                "each; --set data.duplicates=keep keeps them",
            ],
        ),
        (
            {"rows_read": 1000, "rows_dropped": 11, "rows_unlabelled": 11},
            ["11 of 1,000 rows have no label and are left out"],
        ),
    ],
)
def test_what_is_left_out_unasked_is_said_where_it_is_much(
    facts: dict[str, int], lines: list[str]
) -> None:
    assert list(left_out(facts, "last")) == lines


def test_a_load_warns_of_what_it_leaves_out(where: Where, caplog: pytest.LogCaptureFixture) -> None:
    path = where.data_dir / "rates.csv"
    path.write_text(path.read_text() + "".join(f"{i},104,4,1500000000\n" for i in range(30)))
    assert load("ratings", {}, where).audit["rows_dropped"] == 30
    assert caplog.messages == [
        "30 of 240 rows repeat a user and an item and are left out but for the last of each; "
        "--set data.duplicates=keep keeps them"
    ]
    caplog.clear()
    load("ratings", {}, where)
    load("ratings", {"duplicates": "keep"}, where)
    assert caplog.messages == []


def test_every_load_has_an_audit(where: Where) -> None:
    found = load("ratings", {}, where).audit
    assert list(found)[:3] == ["rows_read", "rows_dropped", "rows_kept"]
    assert found["rows_read"] == found["rows_kept"] == 210
    assert sum(part["rows"] for part in found["parts"].values()) == 210
    assert found["parts"]["train"]["rows"] == 168
    assert found["users"] == 30
    assert found["test_unseen_user_share"] == 0.0


def test_audit_names_files_and_options(where: Where) -> None:
    found = audit("ratings", {"split": "leave-last"}, where)
    assert (found["dataset"], found["args"]["split"]) == ("ratings", "leave-last")
    assert list(found["files"]) == ["rates.csv"]
    assert found["files"]["rates.csv"]["pinned"] is False
    assert found["parts"]["test"]["rows"] == 30


def test_report_compares_the_ways_to_split(where: Where) -> None:
    assert where.data_dir is not None
    path = where.data_dir / "rates.csv"
    path.write_text(path.read_text() + "0,100,10,1600000000\n" * 30)
    found = audit_report("ratings", {"label": "rate>5"}, where)
    assert found["raw"]["repeated_rows"] == 30
    assert found["args"]["label"] == "rate>5"
    naive, *others = found["variants"].values()
    assert naive["rows_dropped"] == 0
    assert naive["test_pairs_in_train"] > 0
    assert len(others) == 3
    for variant in others:
        assert (variant["rows_dropped"], variant["test_pairs_in_train"]) == (30, 0)


def test_a_split_that_the_rows_do_not_allow_leaves_the_others(where: Where) -> None:
    assert where.data_dir is not None
    lines = [f"{i},{i % 4},{10 - i % 3},{1_500_000_000 + i}" for i in range(60)]
    (where.data_dir / "rates.csv").write_text("user,movie,rate,time\n" + "\n".join(lines) + "\n")
    found = audit_report("ratings", {}, where)["variants"]
    assert found["leave-last"]["impossible"].startswith("the valid part of split 'leave-last' has")
    assert found["random"]["parts"]["test"]["rows"] == 6


BARE = {"kind": ["a", "b", "c"] * 20, "size": [0.1 * i for i in range(60)]}


def test_ways_that_need_what_the_table_has_not_are_left_out(
    forget: Callable[[str], None],
) -> None:
    rate, time = [1, 10, 10] * 20, [1_500_000_000 + 86_400 * i for i in range(60)]
    part = ["train", "train", "train", "valid", "test"] * 12

    def ways(name: str, **more: object) -> list[str]:
        @register_dataset(name)
        def build(folder: object, *, duplicates: str = "keep") -> Table:
            return Table.from_columns(BARE, rate=rate, **more)  # type: ignore[arg-type]

        forget(name)
        found = audit_report(name, {"fields": "columns"}, Where())["variants"]
        assert all("parts" in facts for facts in found.values())
        return list(found)

    assert ways("bare") == ["random"]
    assert ways("timed", time=time) == ["random", "temporal"]
    assert ways("owned", user="kind") == ["random", "leave-last"]
    assert ways("parted", part=part) == ["random", "given"]


def test_what_means_something_to_one_split_does_not_hinder_the_others(
    forget: Callable[[str], None],
) -> None:
    @register_dataset("timed")
    def build(folder: object) -> Table:
        time = [1_500_000_000 + 86_400 * i for i in range(60)]
        return Table.from_columns({"kind": list(range(10)) * 6}, rate=[1, 10, 10] * 20, time=time)

    forget("timed")
    args = {"fields": "columns", "group": "kind"}
    found = audit_report("timed", args, Where())["variants"]
    assert {way: list(facts)[:1] for way, facts in found.items()} == {
        "random": ["rows_read"],
        "temporal": ["rows_read"],
    }


def test_what_needs_a_role_is_left_out_without_it() -> None:
    whole = {
        "columns": {"user": [1, 1, 2, 2], "movie": [1, 2, 1, 2], "size": [0.5, np.nan, 1.0, 2.0]},
        "rate": [1, 10, 1, 10],
        "time": [10**9] * 4,
    }

    def facts(**changed: object) -> set[str]:
        table = Table.from_columns(**{**whole, **changed})  # type: ignore[arg-type]
        keys = Keys.of(table)
        return {*raw_facts(table, keys), *_overlap(table, keys, np.arange(2), np.arange(2, 4))}

    every = facts()
    pairs = {"repeated_rows", "disagreeing_pairs", "test_pairs_in_train"}
    pairs |= {"test_pairs_in_train_share"}
    older = {"test_older_share", "test_older_share_of_known_users"}
    of_user = {"users", "users_with_one_rating", "sorted_by_user", "test_unseen_user_share"}
    of_item = {"items", "test_unseen_item_share"}
    assert every - facts(user=None) == pairs | older | of_user
    assert every - facts(item=None) == pairs | of_item
    assert every - facts(time=None) == older | {"first_month", "last_month"}
    assert facts(user=None, item=None, time=None) == {"top_rate", "top_rate_share"}
    assert facts(rate=["no", "yes", "no", "no"]) - every == {"labels"}
