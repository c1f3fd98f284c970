"""Inference: what a table is taken for, that every wish overrules it, and what is refused."""

from collections.abc import Mapping
from typing import Any

import pytest

from fmbench.data.infer.infer import Inferred, infer
from fmbench.errors import UnknownName, UsageError

from .conftest import Cells, table

ROWS = 600


def cells(*texts: str | None) -> Cells:
    return [texts[i % len(texts)] for i in range(ROWS)]


TABLE: dict[str, Cells] = {
    "user_id": [f"u{i % 31}" for i in range(ROWS)],
    "item_id": [f"i{i % 17}" for i in range(ROWS)],
    "age": [None if i % 29 == 0 else str(18 + i % 43) for i in range(ROWS)],
    "tags": cells("a|b", "b", "c|a"),
    "color": cells("red", "green", "blue"),
    "when": [str(1_500_000_000 + 3_601 * i) for i in range(ROWS)],
    "seen": [f"2017-07-{1 + i % 28:02}" for i in range(ROWS)],
    "row": [f"r{i}" for i in range(ROWS)],
    "same": cells("x"),
    "flag": cells("0", "1", "1", "0", "0"),
    "click": cells("0", "1", "0", "0", "0"),
}


def found(wishes: Mapping[str, Any] | None = None, **other: Cells) -> Inferred:
    """Return what the table with other columns is taken for."""
    columns = {**TABLE, **other} if other else TABLE
    return infer(table(columns), wishes or {}, {}, "the hint")


def test_what_a_table_is_taken_for() -> None:
    result = found()
    assert result.options == {
        "label": "click=1",
        "user": "user_id",
        "item": "item_id",
        "time": "when",
        "part": "",
        "time_format": "seconds",
        "numeric": ["age", "click"],
        "multi": {"tags": "|"},
        "unused": ["seen", "row", "same"],
        "whole": ["flag"],
    }
    assert {each.seen.name: (each.kind, each.role) for each in result.columns} == {
        "user_id": ("categories", "user"),
        "item_id": ("categories", "item"),
        "age": ("numbers", "field"),
        "tags": ("lists", "field"),
        "color": ("categories", "field"),
        "when": ("time", "time"),
        "seen": ("time", "not used"),
        "row": ("unique", "not used"),
        "same": ("constant", "not used"),
        "flag": ("categories", "field"),
        "click": ("categories", "label"),
    }
    assert result.notes == [
        "label: click=1, of 0 (80.0 %), 1 (20.0 %), so 20.0 % are positive; its name says so",
        "user: user_id; its name says so",
        "item: item_id; its name says so",
        "time: when; its values are seconds of 2017-07-14 to 2017-08-08",
        "part: none; no column can be taken for the part",
    ]
    assert (result.leaks, result.refusal) == ([], None)


WISHES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # case: what the user says, and what the options then hold
    "another label": ({"label": "flag"}, {"label": "flag=1", "numeric": ["age", "flag"]}),
    "a rule": ({"label": "age>=40"}, {"label": "age>=40", "numeric": ["age"]}),
    "a word": ({"label": "color=red"}, {"label": "color=red", "numeric": ["age"]}),
    "another user": ({"user": "color"}, {"user": "color"}),
    "no user": ({"user": "none"}, {"user": ""}),
    "no item": ({"item": "none"}, {"item": ""}),
    "no time": ({"time": "none"}, {"time": "", "unused": ["when", "seen", "row", "same"]}),
    "another time": (
        {"time": "seen"},
        {"time": "seen", "time_format": "iso", "unused": ["when", "row", "same"]},
    ),
    "users that were taken for items": ({"user": "item_id"}, {"user": "item_id", "item": ""}),
    "items that were taken for users": ({"item": "user_id"}, {"user": "", "item": "user_id"}),
    "a user that was taken for the label": (
        {"user": "click"},
        {"user": "click", "label": "flag=1"},
    ),
    "roles that change places": (
        {"user": "item_id", "item": "user_id"},
        {"user": "item_id", "item": "user_id"},
    ),
    "numbers": ({"numeric": ["color"]}, {"numeric": ["age", "color", "click"]}),
    "categories": ({"categorical": ["age", "tags"]}, {"numeric": ["click"], "multi": {}}),
    "a label of words": ({"categorical": ["click"]}, {"numeric": ["age"], "label": "click=1"}),
    "lists": ({"multi": {"color": "e"}}, {"multi": {"tags": "|", "color": "e"}}),
    "lists of another separator": ({"multi": {"tags": ";"}}, {"multi": {"tags": ";"}}),
    "what would be left out": ({"only": ["row", "same", "seen"]}, {"unused": []}),
    "a constant as a number": (
        {"numeric": ["row"]},
        {"numeric": ["age", "row", "click"], "unused": ["seen", "same"]},
    ),
    "without": ({"without": ["age", "color"]}, {"without": ["age", "color"]}),
    "without what is left out": ({"without": ["age", "row"]}, {"without": ["age"]}),
    "another format": (
        {"time": "color", "time_format": "%d.%m.%Y"},
        {"time": "color", "time_format": "%d.%m.%Y"},
    ),
}


@pytest.mark.parametrize("case", WISHES)
def test_a_wish_overrules(case: str) -> None:
    wishes, options = WISHES[case]
    result = found(wishes)
    assert {key: result.options[key] for key in options} == options


def test_a_wish_is_its_own_reason() -> None:
    result = found({"user": "none", "time": "seen", "numeric": ["color"], "label": "flag"})
    assert "user: none; as you said" in result.notes
    assert "time: seen; as you said" in result.notes
    assert result.notes[0].endswith("; as you said")
    why = {each.seen.name: each.why for each in result.columns}
    assert [why[name] for name in ("seen", "color", "flag")] == ["as you said"] * 3


def test_a_time_is_one_by_the_users_word_whatever_its_name() -> None:
    result = found({"time": "x"}, x=[str(1_600_000_000_000 + 77_000 * i) for i in range(ROWS)])
    assert (result.options["time"], result.options["time_format"]) == ("x", "milliseconds")
    assert ("time", "time") in [(each.kind, each.role) for each in result.columns]


REFUSED: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "an unknown user": ({"user": "user"}, UnknownName, "unknown column 'user'"),
    "an unknown item": ({"item": "itm_id"}, UnknownName, "did you mean 'item_id'?"),
    "an unknown time": ({"time": "date"}, UnknownName, "unknown column 'date'"),
    "an unknown part": ({"part": "fold"}, UnknownName, "unknown column 'fold'"),
    "an unknown number": ({"numeric": ["agee"]}, UnknownName, "did you mean 'age'?"),
    "an unknown category": ({"categorical": ["x"]}, UnknownName, "unknown column 'x'"),
    "an unknown list": ({"multi": {"tag": "|"}}, UnknownName, "did you mean 'tags'?"),
    "an unknown label": ({"label": "clik"}, UnknownName, "did you mean 'click'?"),
    "an unknown label's rule": ({"label": "rating>3"}, UnknownName, "unknown column 'rating'"),
    "a rule that is none": ({"label": "age>=old"}, UsageError, "label is 'age>=old'; expected"),
    "one column for two roles": (
        {"user": "color", "item": "color"},
        UsageError,
        "color is the user; expected another column for the item",
    ),
    "the label for the user": (
        {"label": "click", "user": "click"},
        UsageError,
        "click is the label; expected another column for the user",
    ),
    "a time that is none": (
        {"time": "color"},
        UsageError,
        "color holds 'red', 'green', 'blue'; expected times of 1990 to 2099",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wish_that_makes_no_sense_is_refused(case: str) -> None:
    wishes, kind, words = REFUSED[case]
    with pytest.raises(kind) as error:
        found(wishes)
    assert words in str(error.value)


LABELS: dict[str, tuple[Cells, str]] = {
    # case: cells of the label, and the rule that is suggested
    "0 and 1": (cells("0", "1", "0"), "click=1"),
    "as floats": (cells("0.0", "1.0"), "click=1"),
    "1 and -1": (cells("1", "-1", "-1"), "click>=1"),
    "1 and 2": (cells("1", "2", "1"), "click>=2"),
    "true and false": (cells("True", "False", "False"), "click=True"),
    "yes and no": (cells("no", "yes", "no"), "click=yes"),
    "the rarer word": (cells(">50K", "<=50K", "<=50K"), "click=>50K"),
    "three words": (cells("a", "b", "c", "a", "b"), "click=c"),
    "stars": (cells("1", "2", "3", "4", "5"), "click>=3"),
    "half stars": (cells("0.5", "4.5", "5", "3", "4"), "click>=4"),
    "crowded above": (cells("5", "5", "5", "1"), "click>=5"),
    "holes are no class": (cells("0", "1", None, "NA", "?"), "click=1"),
    "none is a word": (cells("none", "some"), "click=none"),
}


@pytest.mark.parametrize("case", LABELS)
def test_the_rule_of_a_label(case: str) -> None:
    texts, rule = LABELS[case]
    assert found(click=texts).options["label"] == rule


def test_what_a_rule_leaves_out_of_the_shares() -> None:
    note = found(click=cells("0", "1", None, "0")).notes[0]
    assert note.startswith("label: click=1, of 0 (66.7 %), 1 (33.3 %), so 25.0 % are positive")


def test_positives_alone_are_refused_with_the_way_on() -> None:
    result = found(click=cells("1"))
    assert result.refusal is not None
    assert str(result.refusal) == (
        "label click is 1 (100.0 %): positives alone define no click model"
    )
    assert result.refusal.hint.startswith("--negatives 2 samples two rows for each")
    assert result.refusal.flags == ("--negatives", "2")
    assert "label" not in result.options
    assert result.notes[0].startswith("label: none; label click is 1")
    sampled = found({"negatives": 2}, click=cells("1"))
    assert (sampled.options["label"], sampled.refusal) == ("click=1", None)
    assert sampled.notes[0].endswith("all rows are positive")


def test_no_label_is_refused_with_the_columns_that_could_be_one() -> None:
    columns = {name: of for name, of in TABLE.items() if name not in ("click", "flag")}
    none = infer(table(columns), {}, {}, "the hint").refusal
    assert str(none) == "no column can be taken for the label; expected --label C"
    assert (none.hint, none.flags) == ("the hint", ("--label", "C"))
    between = {"age": TABLE["age"], "a": cells("x", "y"), "b": cells("x", "y"), **columns}
    two = infer(table(between), {}, {}, "the hint").refusal
    assert "those with two values are a, b; expected --label C" in str(two)
    assert two.flags == ("--label", "a")


def test_ratings_without_names() -> None:
    rows = range(ROWS)
    ratings = {
        "c1": [str(i % 31) for i in rows],
        "c2": [str(i % 17) for i in rows],
        "c3": [str(1 + i % 5) for i in rows],
        "c4": [str(1_500_000_000 + i) for i in rows],
    }
    options = infer(table(ratings), {}, {}, "").options
    roles = {key: options[key] for key in ("label", "user", "item", "time", "time_format")}
    assert roles == {
        "label": "c3>=3", "user": "c1", "item": "c2", "time": "c4", "time_format": "seconds",
    }  # fmt: skip
    other = infer(table(ratings), {"user": "c2", "item": "c1", "label": "c3>=5"}, {}, "").options
    assert (other["user"], other["item"], other["label"]) == ("c2", "c1", "c3>=5")
    assert infer(table(ratings), {"item": "c3"}, {}, "").refusal is not None


def test_a_header_of_types_says_the_kinds() -> None:
    typed = {"color": "token", "age": "token", "tags": "token_seq"}
    result = infer(table({**TABLE, "tags": cells("a b", "b")}), {}, typed, "")
    assert (result.options["numeric"], result.options["multi"]) == (["click"], {"tags": " "})


def test_leaks_are_told_of_fields_and_keys_alone() -> None:
    user = [f"{text}{i % 9}" for i, text in enumerate(TABLE["click"])]
    leaky = found(copy=TABLE["click"], user_id=user)
    assert [line.split(" ")[0] for line in leaky.leaks] == ["user_id", "copy"]
    assert leaky.leaks[1] == "copy alone tells the label with AUC 1.000"
    assert found({"label": "click", "user": "copy"}, copy=TABLE["click"]).leaks == leaky.leaks[1:]
    assert found({"time": "copy", "time_format": "%y"}, copy=TABLE["click"]).leaks == []


def test_a_label_whose_name_reads_as_a_rule() -> None:
    with pytest.raises(UsageError, match="expected a name without <, > and ="):
        found({"label": "a=b"}, **{"a=b": cells("0", "1")})


def test_ids_that_lost_their_digits_are_refused() -> None:
    ids = cells("1.23457E+17", "2.5E+16", "3e17", "44")
    result = found(user_id=ids)
    assert result.refusal is not None
    assert str(result.refusal).startswith("user_id holds '1.23457E+17', a number that lost its")
    assert result.refusal.flags == ("--user", "none", "--without", "user_id")
    assert found({"user": "none", "without": ["user_id"]}, user_id=ids).refusal is None
    assert found({"numeric": ["age"]}, age=cells("1e10", "2e10")).refusal is None
