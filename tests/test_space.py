"""What tuning may try: values within their ranges, and spaces that name what there is."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmbench.errors import UnknownName, UsageError
from fmbench.models import MODELS, is_by_gradient
from fmbench.registry import Registry
from fmbench.space import TRAINING, Choice, LogUniform, Space, Uniform
from fmbench.spec import TrainSpec

shares = st.floats(0, 1, exclude_max=True)


@given(shares)
def test_what_is_drawn_lies_within_the_range(share: float) -> None:
    assert Choice("a", "b", "c").at(share) in ("a", "b", "c")
    assert 0 <= Uniform(0, 0.6).at(share) <= 0.6
    assert 5e-4 <= LogUniform(5e-4, 2e-2).at(share) <= 2e-2


def test_every_part_of_a_range_is_as_likely() -> None:
    grid = [i / 300 for i in range(300)]
    assert [[Choice(4, 8, 16).at(s) for s in grid].count(k) for k in (4, 8, 16)] == [100] * 3
    assert Uniform(-1, 3).at(0.5) == 1
    assert LogUniform(0.01, 100).at(0.5) == 1
    assert LogUniform(0.01, 100).at(0.25) == 0.1


def test_a_drawn_number_can_be_read() -> None:
    assert {len(f"{Uniform(0, 1).at(i / 977):g}") for i in range(977)} <= set(range(1, 9))
    assert LogUniform(5e-4, 2e-2).at(1 / 3) == 0.00171


@pytest.mark.parametrize(
    "make",
    [
        lambda: Choice(),
        lambda: Choice(1, None),
        lambda: Uniform(1, 1),
        lambda: Uniform(0, math.inf),
        lambda: Uniform(math.nan, 1),
        lambda: LogUniform(0, 1),
        lambda: LogUniform(2, 1),
    ],
)
def test_a_range_that_makes_no_sense_is_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(UsageError, match="expected"):
        make()


def model(*, size: int = 3) -> int:
    return size


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({"sizes": Choice(1)}, "unknown mine search key 'sizes'; did you mean 'size'?"),
        ({"train.lrr": Choice(1)}, "unknown mine search key 'train.lrr'; did you mean 'train.lr'?"),
        (
            {"size": 4},
            "thing 'mine' searches size over 4; expected a Choice, Uniform or LogUniform",
        ),
    ],
)
def test_a_space_names_what_there_is(space: Space, message: str) -> None:
    registry: Registry = Registry("thing", TRAINING)
    with pytest.raises(UsageError) as caught:
        registry.register("mine", space)(model)
    assert str(caught.value) == message
    assert isinstance(caught.value, UnknownName) == message.startswith("unknown")
    assert "mine" not in registry


def test_without_a_space_what_all_share_is_searched() -> None:
    registry: Registry = Registry("thing", TRAINING)
    registry.register("mine")(model)
    registry.register("fixed", {})(model)
    assert (registry["mine"].space, registry["fixed"].space) == (TRAINING, {})
    alone: Registry = Registry("other thing")
    with pytest.raises(UnknownName):
        alone.register("mine", {"train.lr": TRAINING["train.lr"]})(model)


def test_the_shared_keys_are_training_keys() -> None:
    known = {f"train.{key}" for key in TrainSpec.__struct_fields__}
    assert known > set(TRAINING)


SWITCHES = {"batch_norm", "pretrained"}
"""Arguments that make another model, in a word."""


@pytest.mark.parametrize("name", list(MODELS))
def test_every_model_of_ours_says_what_to_search(name: str) -> None:
    space = MODELS[name].space
    if not is_by_gradient(name):
        assert space == {}  # what has nothing to tune
        return
    assert set(space) <= {*TRAINING, *MODELS[name].defaults}
    assert space.keys() & {
        "train.lr",
        "train.l2_linear",
    }  # the step of what goes to its optimum is set
    assert {*MODELS[name].defaults} - SWITCHES <= set(space)
