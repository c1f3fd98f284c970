"""Every baseline on a few rows: what it promises of seeds, scores, output and files."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from fmbench.baselines import BASELINES, Baseline, is_installed, needs
from fmbench.data import Dataset, Where, load
from fmbench.errors import UsageError
from fmbench.harness import baseline as measuring
from fmbench.metrics import auc
from fmbench.spec import RunSpec

every_baseline = pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name, marks=pytest.mark.skipif(not is_installed(name), reason=f"{name}: no library")
        )
        for name in BASELINES
    ],
)
QUICK = {"myfm": {"n_iter": 20, "rank": 2}, "catboost": {"depth": 3}}
"""Arguments that take a moment."""

ROUNDS = 40
"""Trees instead of thousands."""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FMBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        return load("kmrd-synth", {"rows": 3000, "fields": "full"}, Where())


@pytest.fixture(scope="module", autouse=True)
def few_trees() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("catboost", "lightgbm"):
            patch.setattr(f"fmbench.baselines.{name}.MAX_ROUNDS", ROUNDS)
        yield


@cache
def fitted(name: str, dataset: Dataset) -> Baseline:
    args = BASELINES.resolve(name, QUICK.get(name, {}))
    spec = RunSpec(name=name, dataset="", model=name, model_args=args)
    return measuring.fit(spec, dataset, 1).baseline


@every_baseline
def test_its_seed_decides_every_bit_test_labels_none_and_nothing_is_said_or_left(
    name: str,
    dataset: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    first = measuring.logits(fitted(name, dataset), dataset.test, 1)
    test = replace(dataset.test, labels=1 - dataset.test.labels)
    other = replace(dataset, test=test)
    again = measuring.logits(fitted(name, other), other.test, 1)
    assert (first.dtype, first.shape) == (np.float64, (len(dataset.test),))
    assert np.isfinite(first).all()
    assert np.array_equal(first, again)
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


@every_baseline
def test_it_learns_what_the_mean_cannot(name: str, dataset: Dataset) -> None:
    logits = measuring.logits(fitted(name, dataset), dataset.test, 1)
    found = auc(np.asarray(dataset.test.labels, dtype=bool), logits)
    assert found is not None
    assert found == 0.5 if name == "mean" else found > 0.6


@every_baseline
def test_a_row_scores_the_same_alone_and_among_others(name: str, dataset: Dataset) -> None:
    model = fitted(name, dataset)
    together = model.logits(dataset.test.ids[:5])
    alone = [model.logits(dataset.test.ids[row : row + 1]).item() for row in range(5)]
    assert alone == pytest.approx(together, rel=1e-9)


@every_baseline
def test_it_takes_data_without_ids_of_users_and_with_small_fields_alone(name: str) -> None:
    args = {"rows": 3000, "fields": "habits", "without": ["movie"]}
    dataset = load("kmrd-synth", args, Where())
    if "item" in needs(name):
        with pytest.raises(UsageError, match="it needs a user and an item; the fields tell of no"):
            fitted(name, dataset)
        return
    logits = measuring.logits(fitted(name, dataset), dataset.test, 1)
    found = auc(np.asarray(dataset.test.labels, dtype=bool), logits)
    assert found is not None
    assert found == 0.5 if name == "mean" else found > 0.6


ENDS_AT_ONCE = """
import multiprocessing, os, warnings
from fmbench.baselines import BASELINES
from fmbench.data import Where, load

multiprocessing.set_start_method("spawn")  # whose semaphores have names
warnings.simplefilter("ignore")
data = load("kmrd-synth", {"rows": 3000}, Where())
BASELINES["%s"].build(**%s).fit(data.fields, data.train, data.valid, seed=0, threads=1)
os._exit(0)
"""
"""As a cell's process, which no exit handler holds up."""


@every_baseline
def test_nothing_of_the_system_is_left_by_a_process_that_ends_at_once(name: str) -> None:
    code = ENDS_AT_ONCE % (name, QUICK.get(name, {}))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize("name", [name for name in BASELINES if BASELINES[name].defaults])
def test_arguments_that_make_no_sense_are_refused(name: str) -> None:
    for argument in BASELINES[name].defaults:
        for nonsense in (-1, float("nan"), "8", True):
            with pytest.raises(UsageError, match=argument):
                BASELINES[name].build(**{argument: nonsense})


def test_listing_baselines_imports_no_library() -> None:
    libraries = "{'sklearn', 'lightgbm', 'catboost', 'myfm', 'pandas', 'torch'}"
    code = (
        "import fmbench.baselines as b, sys; [b.is_installed(n) for n in b.BASELINES]; "
        f"print({libraries} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_baseline_is_registered_by_the_name_of_its_file() -> None:
    for entry in BASELINES.values():
        assert entry.build.__module__ == f"fmbench.baselines.{entry.name}"
        assert entry.summary and entry.about["paper"] and entry.about["year"]
