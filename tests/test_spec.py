"""Specs survive JSON, a case is all that decides a run, and suites refuse what makes no sense."""

import datetime
import math
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmbench.errors import UnknownName, UsageError
from fmbench.spec import PROTOCOL, RunSpec, Suite, TrainSpec, build_suite, plain, read_suite

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=5,
)
args = st.dictionaries(text, values, max_size=3)
positive = st.floats(0, 1e6, exclude_min=True)
counts = st.integers(1, 10**9)
trains = st.builds(
    TrainSpec,
    optimizer=st.sampled_from(["adam", "adamw"]),
    lr=positive,
    weight_decay=positive,
    l2_linear=positive,
    l2_embedding=st.none() | positive,
    l2_rare=st.just(0.0) | positive,
    batch_size=counts,
    max_epochs=counts,
    patience=counts,
)
specs = st.builds(
    RunSpec,
    name=text,
    dataset=text,
    dataset_args=args,
    model=text,
    model_args=args,
    train=trains,
    seed=st.integers(0, 2**32 - 1),
    tests=st.booleans(),
    trials=st.none() | counts,
)

SPEC = RunSpec(name="a", dataset="kmrd-small", model="fm")
FROZEN = TrainSpec(  # written out, so that a changed default leaves its case alone
    optimizer="adam",
    lr=0.01,
    lr_decay=0.3,
    weight_decay=0.0,
    l2_linear=0.5,
    l2_embedding=10.0,
    batch_size=512,
    max_epochs=30,
    patience=2,
)


@settings(deadline=None)
@given(specs)
def test_a_spec_survives_json(spec: RunSpec) -> None:
    read_back = msgspec.json.decode(msgspec.json.encode(spec), type=RunSpec)
    assert read_back == spec
    assert read_back.case == spec.case


@settings(deadline=None)
@given(specs, text, st.integers(0, 2**32 - 1))
def test_a_case_ignores_name_and_seed(spec: RunSpec, name: str, seed: int) -> None:
    assert msgspec.structs.replace(spec, name=name, seed=seed).case == spec.case


def test_a_case_ignores_how_its_settings_were_found() -> None:
    assert msgspec.structs.replace(SPEC, trials=40).case == SPEC.case


@pytest.mark.parametrize(
    "field", sorted({*RunSpec.__struct_fields__} - {"name", "seed", "train", "trials"})
)
def test_a_case_ignores_nothing_else(field: str) -> None:
    changed: dict[str, Any] = {"tests": False}
    other = changed.get(field, {"changed": 1} if field.endswith("_args") else "changed")
    assert msgspec.structs.replace(SPEC, **{field: other}).case != SPEC.case


@pytest.mark.parametrize("field", TrainSpec.__struct_fields__)
def test_a_case_ignores_nothing_of_the_training(field: str) -> None:
    train = msgspec.structs.replace(SPEC.train, **{field: "adamw" if field == "optimizer" else 77})
    assert msgspec.structs.replace(SPEC, train=train).case != SPEC.case


def test_a_case_does_not_depend_on_the_order_of_arguments_nor_on_the_process() -> None:
    one = msgspec.structs.replace(SPEC, model_args={"a": 1, "b": 2}, train=FROZEN)
    other = msgspec.structs.replace(SPEC, model_args={"b": 2, "a": 1}, train=FROZEN)
    assert one.case == other.case == "e5c67503af26"


def test_a_spec_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        SPEC.seed = 1


def test_plain_is_what_json_reads_back() -> None:
    assert plain({"mlp_dims": (64, 64)}) == {"mlp_dims": [64, 64]}


# Suites.


def test_a_suite_file_is_read(tmp_path: Path) -> None:
    suite = tmp_path / "suite.toml"
    suite.write_text(
        'dataset = "kmrd-synth"\nmodels = ["fm", "lr"]\nseeds = [3, 5]\n'
        "[data]\nrows = 1000\n[train]\nlr = 1\n[model.fm]\nembed_dim = 8\n"
    )
    assert read_suite(suite) == Suite(
        dataset="kmrd-synth",
        models=["fm", "lr"],
        seeds=[3, 5],
        data={"rows": 1000},
        train=msgspec.structs.replace(PROTOCOL, lr=1.0),
        model={"fm": {"embed_dim": 8}},
    )


def test_a_suite_may_say_nothing() -> None:
    assert build_suite({}) == Suite()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file or directory"),
        (b"seeds = ", "is not TOML"),
        (b"\xff\xfe", "is not TOML"),
        (b"seeds = 1\nseeds = 2", "is not TOML"),
    ],
)
def test_a_suite_file_that_cannot_be_read_is_refused(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    suite = tmp_path / "suite.toml"
    if content is not None:
        suite.write_bytes(content)
    with pytest.raises(UsageError, match=reason) as caught:
        read_suite(suite)
    assert str(caught.value).startswith(f"suite {str(suite)!r} ")
    assert "\n" not in str(caught.value)


def test_a_folder_is_no_suite(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_suite(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"seed": 3}, "unknown suite key 'seed'; did you mean 'seeds'?"),
        ({"modles": "fm"}, "unknown suite key 'modles'; did you mean 'models'?"),
        ({"train": {"batchsize": 3}}, "unknown train key 'batchsize'; did you mean 'batch_size'?"),
        ({"train": {"optimizer": "adam_w"}}, "unknown optimizer 'adam_w'; did you mean 'adamw'?"),
    ],
)
def test_an_unknown_key_says_the_nearest(content: dict[str, Any], message: str) -> None:
    with pytest.raises(UnknownName) as caught:
        build_suite(content)
    assert str(caught.value) == message
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"dataset": 3}, "dataset is 3; expected `str | null`, got `int`"),
        ({"models": 3}, "models is 3; expected `str | array`, got `int`"),
        ({"models": []}, "models is []; expected `array` of length >= 1"),
        ({"models": ["fm", 3]}, "models[1] is 3; expected `str`, got `int`"),
        ({"data": 3}, "data is 3; expected `object`, got `int`"),
        ({"model": {"fm": 3}}, "model[...] is {'fm': 3}; expected `object`, got `int`"),
        ({"train": 3}, "train is 3; expected `object`, got `int`"),
        ({"train": {"lr": "x"}}, "train.lr is 'x'; expected `float`, got `str`"),
        ({"train": {"lr": True}}, "train.lr is True; expected `float`, got `bool`"),
        ({"train": {"lr": 0}}, "train.lr is 0; expected `float` > 0.0"),
        ({"train": {"lr": math.nan}}, "train.lr is nan; expected `float` > 0.0"),
        ({"train": {"lr": math.inf}}, "train.lr is inf; expected `float` <= 1000000.0"),
        ({"train": {"l2_linear": -1}}, "train.l2_linear is -1; expected `float` >= 0.0"),
        ({"train": {"l2_embedding": math.nan}}, "train.l2_embedding is nan; expected"),
        ({"train": {"weight_decay": math.nan}}, "train.weight_decay is nan; expected"),
        ({"train": {"batch_size": 0}}, "train.batch_size is 0; expected `int` >= 1"),
        ({"train": {"batch_size": 1.5}}, "train.batch_size is 1.5; expected `int`, got `float`"),
        ({"train": {"max_epochs": 0}}, "train.max_epochs is 0; expected `int` >= 1"),
        ({"train": {"max_epochs": 10**30}}, f"train.max_epochs is {10**30}; expected"),
        ({"train": {"patience": -1}}, "train.patience is -1; expected `int` >= 0"),
        ({"train": {"optimizer": 3}}, "train.optimizer is 3; expected `str`"),
        ({"seeds": 0}, "seeds is 0; expected `int` >= 1"),
        ({"seeds": 10_001}, "seeds is 10001; expected `int` <= 10000"),
        ({"seeds": True}, "seeds is True; expected"),
        ({"seeds": 2.5}, "seeds is 2.5; expected"),
        ({"seeds": "3"}, "seeds is '3'; expected"),
        ({"seeds": []}, "seeds is []; expected at least one, each only once"),
        ({"seeds": [4, 1, 4]}, "seeds is [4, 1, 4]; expected at least one, each only once"),
        ({"seeds": [1, -1]}, "seeds[1] is -1; expected `int` >= 0"),
        ({"seeds": [2**32]}, "seeds[0] is 4294967296; expected `int` <= 4294967295"),
        ({"data": {"rows": math.nan}}, "data.rows is nan; expected what JSON can hold"),
        ({"model": {"fm": {"x": [math.inf]}}}, "model.fm.x is [inf]; expected what JSON can hold"),
        ({"data": {"label": "\udcff"}}, "data.label is '\\udcff'; expected what JSON can hold"),
        (
            {"data": {"from": datetime.date(2020, 1, 1)}},
            "data.from is datetime.date(2020, 1, 1); expected what JSON can hold",
        ),
    ],
    ids=str,
)
def test_nonsense_says_what_was_found_and_what_was_expected(
    content: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        build_suite(content)
    assert str(caught.value).startswith(message)
    assert caught.value.exit_code == 2


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(Suite.__struct_fields__), values | args, max_size=4))
def test_whatever_a_suite_says_it_is_taken_or_refused(content: dict[str, Any]) -> None:
    try:
        suite = build_suite(content)
    except UsageError:
        return
    assert msgspec.json.decode(msgspec.json.encode(suite), type=Suite) == suite


@pytest.mark.parametrize(
    ("seeds", "numbers"), [(1, [0]), (3, [0, 1, 2]), ([7], [7]), ([5, 0], [5, 0])]
)
def test_seeds_are_a_number_of_them_or_a_list(seeds: int | list[int], numbers: list[int]) -> None:
    assert build_suite({"seeds": seeds}).seed_list() == numbers
