"""Options: defaults, and what is refused before any file is looked at."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fmbench.data import Table, Where, register_dataset, resolve
from fmbench.data.options import options
from fmbench.data.splits.label import LabelRule
from fmbench.errors import DataError, UnknownName, UsageError

NOWHERE = Where()


def test_defaults_are_resolved() -> None:
    assert resolve("kmrd-small", {}, NOWHERE) == {
        "fields": "ids",
        "label": "rate>9",
        "duplicates": "last",
        "split": "random",
        "split_seed": 0,
        "ratios": [0.8, 0.1, 0.1],
        "rows": None,
    }
    synth = resolve("kmrd-synth", {"seed": 3}, NOWHERE)
    assert synth["seed"] == 3
    assert synth["rows"] > 0


def test_one_way_of_writing() -> None:
    args = {"label": " rate  >= 9.50", "ratios": (0.5, 0.25, 0.25), "rows": 7}
    once = options("kmrd-small", args)
    assert (once["label"], once["ratios"]) == ("rate>=9.5", [0.5, 0.25, 0.25])
    assert options("kmrd-small", once) == once


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"split_sed": 1}, "unknown kmrd-small option 'split_sed'; did you mean 'split_seed'?"),
        ({"seed": 1}, "unknown kmrd-small option 'seed'"),
        ({"sha256": "ab"}, "unknown kmrd-small option 'sha256'"),
        ({"fields": "idz"}, "unknown fields choice 'idz'; did you mean 'ids'?"),
        ({"fields": ["ids"]}, r"fields is \['ids'\]"),
        ({"split": "leave_last"}, "unknown split choice 'leave_last'; did you mean 'leave-last'?"),
        ({"split": None}, "split is None; expected one of random, temporal, leave-last"),
        ({"duplicates": "newest"}, "unknown duplicates choice 'newest'"),
        ({"label": "rating>9"}, "label is 'rating>9'; expected a rule such as 'rate>9'"),
        ({"label": "rate>__import__('os')"}, "expected a rule"),
        ({"label": "rate>1e3"}, "expected a rule"),
        ({"label": "rate>nan"}, "expected a rule"),
        ({"label": "rate>９"}, "expected a rule"),
        ({"label": "rate>=9;"}, "expected a rule"),
        ({"label": 9}, "label is 9; expected a rule such as 'rate>9'"),
        ({"split_seed": -1}, "split_seed is -1; expected a whole number from 0"),
        ({"split_seed": 2**63}, "split_seed is 9223372036854775808; expected"),
        ({"split_seed": True}, "split_seed is True; expected"),
        ({"split_seed": 1.0}, "split_seed is 1.0; expected"),
        ({"rows": 0}, "rows is 0; expected a whole number of at least 1"),
        ({"only": ["user"], "without": ["movie"]}, "only and without are both given"),
        ({"only": "user"}, "only is 'user'; expected a list of fields"),
        ({"only": []}, "expected a list of fields"),
        ({"without": ["user", "user"]}, "each only once"),
        ({"without": [1]}, "expected a list of fields"),
        ({"train_share": 0}, "train_share is 0; expected a number above 0, at most 1"),
        ({"train_share": 1.5}, "train_share is 1.5"),
        ({"train_share": True}, "train_share is True"),
        ({"train_share": float("nan")}, "train_share is nan"),
        ({"rows": "10"}, "rows is '10'; expected"),
        ({"rows": True}, "rows is True; expected"),
        ({"ratios": [0.8, 0.2]}, "ratios is .*; expected three numbers above 0"),
        ({"ratios": [0.8, 0.2, 0.0]}, "expected three numbers above 0"),
        ({"ratios": [1.2, -0.1, -0.1]}, "expected three numbers above 0"),
        ({"ratios": [float("nan"), 0.1, 0.1]}, "expected three numbers above 0"),
        ({"ratios": [0.8, 0.1, "0.1"]}, "expected three numbers above 0"),
        ({"ratios": "0.8"}, "expected three numbers above 0"),
        ({"ratios": [0.8, 0.1, 0.2]}, "ratios sum to 1.1; expected a sum of 1"),
        ({"min_count": 0}, "min_count is 0; expected a whole number from 1 to 1000000000"),
        ({"min_count": 2.0}, "min_count is 2.0; expected a whole number"),
        ({"min_count": True}, "min_count is True; expected a whole number"),
        ({"buckets": 1}, "buckets is 1; expected a whole number from 2 to 67108864, or 0 for none"),
        ({"buckets": -1}, "buckets is -1; expected"),
        ({"buckets": 2**26 + 1}, "buckets is 67108865; expected"),
        ({"buckets": False}, "buckets is False; expected"),
        ({"negatives": -1}, "negatives is -1; expected a whole number from 0 to 100"),
        ({"negatives": 101}, "negatives is 101; expected a whole number from 0 to 100"),
        ({"negatives": "2"}, "negatives is '2'; expected"),
        ({"bins": "equal"}, "unknown bins choice 'equal'"),
        ({"bins": 8}, "bins is 8; expected one of quantile, log2, number"),
        ({"group": ""}, "group is ''; expected the name of a column, or nothing"),
        ({"group": ["user"]}, r"group is \['user'\]; expected the name of a column"),
        (
            {"group": "user", "split": "temporal"},
            "group is 'user' and split 'temporal'; expected split 'random'",
        ),
        (
            {"dates": ["2014-01-01", "2015-01-01"]},
            r"dates is \['2014-01-01', '2015-01-01'\] and split 'random'; expected split 'temp",
        ),
        *(
            ({"dates": dates, "split": "temporal"}, "dates is .*; expected two days, as 2024-05-01")
            for dates in (
                "2024-05-01",
                ["2024-05-01"],
                ["2024-05-01", "2024-05-01"],
                ["2024-06-01", "2024-05-01"],
                ["2024-05-01", "2024-06-31"],
                ["2024-05-01", 5],
                ["2024-05-01", "2024-06-01", "2024-07-01"],
            )
        ),
    ],
)
def test_refused(args: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        resolve("kmrd-small", args, NOWHERE)
    assert caught.value.exit_code == 2


def test_what_takes_nothing_away_is_no_option() -> None:
    nothing = {
        **{"only": None, "without": None, "train_share": 1, "min_count": 1, "buckets": 0},
        **{"negatives": 0, "group": None, "dates": None, "bins": "quantile"},
    }
    assert options("kmrd-small", nothing) == options("kmrd-small", {})
    assert options("kmrd-small", {"without": ("user", "hour")})["without"] == ["hour", "user"]


def test_what_changes_something_is_an_option() -> None:
    chosen = {
        **{"min_count": 2, "buckets": 2, "negatives": 100, "bins": "log2", "fields": "columns"},
        **{"split": "temporal", "dates": ["2014-01-01", "2015-06-30"]},
    }
    assert options("kmrd-small", chosen).items() >= chosen.items()
    once = options("kmrd-small", {**chosen, "dates": ("20140101", "2015-06-30")})
    assert once == options("kmrd-small", chosen) == options("kmrd-small", once)
    assert options("kmrd-small", {"group": "movie"})["group"] == "movie"
    assert options("kmrd-small", {"split": "given"})["split"] == "given"


def test_a_default_of_its_own_can_be_taken_back(forget: Callable[[str], None]) -> None:
    @register_dataset("clicks")
    def clicks(folder: object, *, negatives: int = 2) -> Table:
        raise NotImplementedError

    forget("clicks")
    assert options("clicks", {})["negatives"] == 2
    once = options("clicks", {"negatives": 0})
    assert once["negatives"] == 0
    assert options("clicks", once) == once


@pytest.mark.parametrize("seed", ["1", 1.0, True, None])
def test_own_options_have_the_type_of_their_default(seed: object) -> None:
    with pytest.raises(UsageError, match=r"seed is .*; expected int like the default 0"):
        resolve("kmrd-synth", {"seed": seed}, NOWHERE)


@pytest.mark.parametrize("file", ["../rates.csv", "/etc/passwd", "a\\b", "c:x", "..", "", "a\nb"])
def test_file_is_a_plain_name(file: str) -> None:
    with pytest.raises(UsageError, match="expected the name of a file in"):
        resolve("ratings", {"file": file}, NOWHERE)


def test_unknown_dataset_is_helped_with() -> None:
    with pytest.raises(
        UnknownName, match="unknown dataset 'kmrd-smal'; did you mean 'kmrd-small'"
    ) as e:
        resolve("kmrd-smal", {}, NOWHERE)
    assert "kmrd-synth" in e.value.hint


def test_own_files_are_part_of_the_options(where: Where) -> None:
    first = resolve("ratings", {}, where)
    assert len(first["sha256"]) == 64
    assert resolve("ratings", first, where) == first
    assert where.data_dir is not None
    with (where.data_dir / "rates.csv").open("a") as file:
        file.write("1,2,3,1500000000\n")
    assert resolve("ratings", {}, where)["sha256"] != first["sha256"]
    with pytest.raises(DataError, match="the files of ratings are not those of the spec") as caught:
        resolve("ratings", first, where)
    assert first["sha256"][:16] in str(caught.value)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("rate>0.00005", "rate>0.00005"),
        ("rate>=9.50", "rate>=9.5"),
        ("rate>100", "rate>100"),
        ("rate<123456789012345.5", "rate<123456789012345.5"),
        ("rate>-0.0", "rate>-0"),
    ],
)
def test_a_rule_is_what_it_is_written_as(text: str, canonical: str) -> None:
    once = str(LabelRule.parse(text))
    assert once == canonical
    assert LabelRule.parse(once) == LabelRule.parse(text)


def test_label_rules() -> None:
    rate = np.array([1, 8, 9, 10])
    assert LabelRule.parse("rate>9")(rate).tolist() == [0, 0, 0, 1]
    assert LabelRule.parse("rate>=9")(rate).tolist() == [0, 0, 1, 1]
    assert LabelRule.parse("rate<9")(rate).tolist() == [1, 1, 0, 0]
    assert LabelRule.parse("rate<=8.5")(rate).tolist() == [1, 1, 0, 0]
    assert LabelRule.parse("rate>-1")(rate).dtype == np.uint8
