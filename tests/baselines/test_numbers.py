"""What baselines make of numbers, held against their libraries on the numbers themselves."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fmbench.baselines import BASELINES, is_installed
from fmbench.baselines import catboost as of_catboost
from fmbench.baselines import lightgbm as of_lightgbm
from fmbench.baselines._columns import numbers, one_hot
from fmbench.data import Dataset, Table, Where, load, register_dataset
from fmbench.data.registry import DATASETS, SOURCES
from fmbench.fields import Field
from fmbench.harness import baseline as measuring
from fmbench.metrics import auc
from fmbench.spec import RunSpec

ROWS = 12_000
PARTS = np.array(["train", "train", "train", "valid", "test"])[np.arange(ROWS) % 5]
ROUNDS = 80

Floats = NDArray[np.float64]


def drawn() -> tuple[Floats, NDArray[np.int64], NDArray[np.bool_]]:
    """Return three numbers and a category a row, and labels that hang on thresholds and noise."""
    random = np.random.default_rng(0)
    x = random.normal(size=(ROWS, 3)) * [1.0, 50.0, 1.0]
    x[random.random(ROWS) < 0.1, 1] = np.nan
    x[:, 2] = random.integers(6, size=ROWS)  # few values, in an order that is no threshold
    kind = random.integers(4, size=ROWS)
    high = (x[:, 0] > 0.37) * 1.5 + np.nan_to_num(x[:, 1] > 20) * 1.0
    logit = -1.0 + high + np.isnan(x[:, 1]) * 0.8 + 0.5 * np.sin(2 * x[:, 2]) + 0.3 * (kind == 2)
    return x, kind, random.random(ROWS) < 1 / (1 + np.exp(-logit))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dataset]:
    x, kind, labels = drawn()

    @register_dataset("numbers", label="rate>0")
    def made(folder: object, *, label: str = "rate>0") -> Table:
        columns = {"kind": [f"k{each}" for each in kind], "x": x[:, 0], "y": x[:, 1], "z": x[:, 2]}
        return Table.from_columns(columns, rate=labels.astype(int), part=PARTS)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FMBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield load("numbers", {"fields": "columns", "split": "given"}, Where())
    DATASETS._entries.pop("numbers")
    SOURCES.pop("numbers")


def rows(part: str) -> NDArray[np.bool_]:
    return np.asarray(part == PARTS)


def lightgbm_itself() -> Floats:
    """Return LightGBM's scores of the test rows from the numbers, with the same settings."""
    import lightgbm

    x, kind, labels = drawn()
    whole = np.column_stack([kind, x])
    train, valid = (
        lightgbm.Dataset(whole[rows(part)], labels[rows(part)], categorical_feature=[0])
        for part in ("train", "valid")
    )
    settings = {"objective": "binary", "verbosity": -1, "num_threads": 1, "deterministic": True,
                "learning_rate": 0.05, "min_data_in_leaf": 50, "lambda_l2": 1.0}  # fmt: skip
    stop = lightgbm.early_stopping(of_lightgbm.PATIENCE, verbose=False)
    model = lightgbm.train(settings, train, ROUNDS, valid_sets=[valid], callbacks=[stop])
    return np.asarray(model.predict(whole[rows("test")], raw_score=True))


def catboost_itself() -> Floats:
    """Return CatBoost's scores of the test rows from the numbers, with the same settings."""
    from catboost import CatBoostClassifier, Pool

    x, kind, labels = drawn()
    whole = np.column_stack([kind.astype(object), x])
    train, valid = (
        Pool(whole[rows(part)], labels[rows(part)].astype(int), cat_features=[0])
        for part in ("train", "valid")
    )
    model = CatBoostClassifier(
        iterations=ROUNDS, early_stopping_rounds=of_catboost.PATIENCE, thread_count=1,
        allow_writing_files=False, logging_level="Silent", learning_rate=0.1, max_ctr_complexity=2,
    )  # fmt: skip
    model.fit(train, eval_set=valid)
    return np.asarray(model.predict(whole[rows("test")], prediction_type="RawFormulaVal"))


@pytest.mark.parametrize(
    ("name", "itself"), [("lightgbm", lightgbm_itself), ("catboost", catboost_itself)]
)
def test_trees_find_thresholds_as_well_as_from_the_numbers_themselves(
    name: str, itself: Callable[[], Floats], dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_installed(name):
        pytest.skip(f"{name}: no library")
    monkeypatch.setattr(f"fmbench.baselines.{name}.MAX_ROUNDS", ROUNDS)
    _, _, labels = drawn()
    assert (dataset.test.labels == labels[rows("test")]).all()
    logits = measuring.logits(fitted(name, dataset), dataset.test, 1)
    ours, theirs = (auc(labels[rows("test")], each) for each in (logits, itself()))
    assert ours is not None
    assert theirs is not None
    assert theirs > 0.7
    assert ours > theirs - 0.003


@pytest.mark.parametrize("name", ["sklearn_lr", "myfm", "mean"])
def test_the_others_take_bins_as_they_come(name: str, dataset: Dataset) -> None:
    if not is_installed(name):
        pytest.skip(f"{name}: no library")
    logits = measuring.logits(fitted(name, dataset), dataset.test, 1)
    found = auc(dataset.test.is_positive, logits)
    assert found is not None
    assert found == 0.5 if name == "mean" else found > 0.66


def fitted(name: str, dataset: Dataset) -> Any:
    args = BASELINES.resolve(name, {"n_iter": 20, "rank": 2} if name == "myfm" else {})
    spec = RunSpec(name=name, dataset="", model=name, model_args=args)
    return measuring.fit(spec, dataset, 1).baseline


FIELDS = [
    Field("word", 5),
    Field("fine", 9, width=2, kind="numeric", first_bin=3),
    Field("whole", 6, kind="numeric"),
]
IDS = np.array([[4, 3, 7, 2], [2, 2, 2, 1], [1, 6, 8, 5]], dtype=np.int32)


def test_a_number_is_its_finest_bin_and_nan_where_there_is_none() -> None:
    expected = [[3.0, 2.0], [np.nan, np.nan], [6.0, 5.0]]
    np.testing.assert_array_equal(numbers(FIELDS, IDS), expected)
    assert numbers(FIELDS[:1], IDS[:, :1]).shape == (3, 0)
    values = [FIELDS[0], Field("value", 6, kind="numeric", first_bin=3, values=(-1.0, 0.5, 2.0))]
    found = numbers(values, np.array([[4, 5], [2, 2], [1, 3]], dtype=np.int32))
    np.testing.assert_array_equal(found, [[5.0], [np.nan], [3.0]])


def test_each_field_sums_to_one_whatever_its_levels() -> None:
    found = one_hot(FIELDS, IDS).toarray()
    assert found.shape == (3, 5 + 9 + 6)
    for own in (found[:, :5], found[:, 5:14], found[:, 14:]):
        assert own.sum(1).tolist() == [1.0, 1.0, 1.0]
    assert found[0, 5 + 3] == found[0, 5 + 7] == 0.5


def test_categories_reach_catboost_as_they_did_before_there_were_numbers() -> None:
    model = of_catboost.CatBoost()
    model._fields, model._categories = FIELDS[:1], np.array([0])
    assert model._features(IDS[:, :1]).dtype == np.int32
