"""What `all` stands for, and what happens where the library of a baseline is missing or broken."""

import logging
import sys
from importlib import util
from importlib.machinery import ModuleSpec
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from fmbench.api.suites import ask, specs
from fmbench.baselines import BASELINES, register_baseline
from fmbench.baselines import _registry as registry_of_baselines
from fmbench.baselines.mean import Mean
from fmbench.cli.main import main
from fmbench.data import DATASETS, Table, Where, load, register_dataset
from fmbench.data.registry import SOURCES, Source
from fmbench.errors import UnknownName, UsageError
from fmbench.harness import Setting, preflight, resolve, run, select, warm_up
from fmbench.harness import baseline as measuring
from fmbench.harness.entrants import registry_of
from fmbench.harness.timing import PASSES, SINGLES, WARM_UP
from fmbench.models import CORE, MODELS
from fmbench.spec import RunSpec, TrainSpec

FEW = {"rows": 1000, "ratios": [0.1, 0.1, 0.8]}


@pytest.fixture
def without_catboost(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(name: str) -> ModuleSpec | None:
        return None if name == "catboost" else util.find_spec(name)

    monkeypatch.setattr(registry_of_baselines, "find_spec", find)


def test_all_is_every_model_and_every_baseline_that_is_installed(
    without_catboost: None, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        names = select("all")
    assert names[: len(MODELS)] == list(MODELS)
    assert {"mean", "user_movie_means"} <= set(names) <= {*MODELS, *BASELINES} - {"catboost"}
    (line,) = [r.getMessage() for r in caplog.records if "catboost" in r.getMessage()]
    assert line == (
        "baseline catboost is left out: pip install 'fmbench[baselines]' (for catboost)"
    )
    assert select("core") == list(CORE)
    assert select("mean") == ["mean"]
    assert select(["fm", "mean"]) == ["fm", "mean"]


def test_a_family_is_all_models_that_are_filed_under_it() -> None:
    assert select("family:linear") == ["lr", "mlr"]
    family = [name for name, each in MODELS.items() if each.about["family"] == "wide-and-deep"]
    assert {"deepfm", "wide_deep"} < set(family)
    assert select(["dnn", "family:wide-and-deep"]) == ["dnn", *family]
    with pytest.raises(UnknownName, match="unknown family 'pairwse'; did you mean 'pairwise'"):
        select("family:pairwse")
    with pytest.raises(UsageError, match="expected each only once"):
        select(["fm", "family:pairwise"])


def test_missing_baselines_are_one_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(
        registry_of_baselines,
        "find_spec",
        lambda name: None if name in ("catboost", "lightgbm", "myfm") else util.find_spec(name),
    )
    with caplog.at_level(logging.WARNING):
        names = select("all")
    assert {"sklearn_lr", "mean"} <= set(names)
    assert [record.getMessage() for record in caplog.records] == [
        "baselines catboost, lightgbm, myfm are left out: pip install 'fmbench[baselines]' "
        "(for catboost, lightgbm, myfm)"
    ]


def test_core_has_a_yardstick_but_of_long_data(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked = ask({"dataset": "kmrd-synth", "seeds": 1, "data": {"rows": 1000}}, Where())
    assert asked.within_reason() == asked
    assert [each.model for each in asked.specs()] == [*CORE, "bayesian_fm", "sklearn_lr"]
    monkeypatch.setattr("fmbench.api.suites.LONG", 700)
    with caplog.at_level(logging.INFO):
        found = asked.within_reason().specs()
    assert [each.model for each in found] == list(CORE)
    assert "bayesian_fm and sklearn_lr are left out: they hold all rows at once" in caplog.messages


def test_a_missing_baseline_that_was_asked_for_is_a_usage_error(
    without_catboost: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--models", "lr,catboost", "--dataset", "kmrd-synth"]) == 2
    said = capsys.readouterr()
    assert "baseline 'catboost' is not installed" in said.err
    assert "pip install 'fmbench[baselines]'" in said.err
    assert said.out == ""


def test_an_unknown_name_is_compared_with_models_and_baselines() -> None:
    with pytest.raises(UnknownName, match="did you mean 'catboost'"):
        select(["catbost"])
    with pytest.raises(UsageError, match="each only once"):
        select(["fm", "fm"])


def test_models_and_baselines_share_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BASELINES, "_entries", dict(BASELINES._entries))
    register_baseline("fm", paper="", year=2026)(Mean)
    with pytest.raises(UsageError, match="a model and a baseline"):
        registry_of("fm")


def spec(name: str = "mean", **changed: object) -> RunSpec:
    content = {"name": name, "dataset": "kmrd-synth", "dataset_args": {"rows": 1000}}
    return resolve(RunSpec(**content, model=name, **changed), Where())


def test_a_record_of_a_baseline_says_so_and_has_what_it_has() -> None:
    record = run(spec("user_movie_means", seed=3), Setting(device="meta"))
    assert (record.status, record.reason) == ("ok", None)
    assert record.baseline
    assert (record.curve, record.best_epoch) == ([], None)
    assert set(record.samples) == {"predict_samples_per_s", "predict_latency_ms"}
    assert record.time_to_best_s is not None
    assert record.parameters is not None
    assert set(record.metrics) == {"test", "valid"}
    assert (record.environment["device"], record.environment["engine"].split()[0]) == (
        "cpu", "numpy",
    )  # fmt: skip
    assert run(spec("user_movie_means", seed=4)).predictions == record.predictions
    assert not run(spec("lr", train=TrainSpec(max_epochs=1))).baseline


def test_what_is_said_of_training_is_no_part_of_a_baseline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain, told = spec(), spec(train=TrainSpec(batch_size=100_000, lr=1.0))
    assert told == plain
    monkeypatch.setattr("fmbench.engine.compile_kernels", lambda: 1 / 0)
    monkeypatch.setattr("fmbench.engine.is_worth_it", lambda *_: True)
    few = resolve(RunSpec(name="", dataset="kmrd-synth", dataset_args=FEW, model="mean"),
                  Where())  # fmt: skip
    cases = preflight([few], Setting())  # 100 rows, and no batch of 256 among them
    warm_up([few], cases, "cpu")


@pytest.mark.parametrize(("name", "args"), [("myfm", {"rank": 0}), ("lightgbm", {"depth": 3})])
def test_arguments_of_a_baseline_are_refused_before_anything_runs(
    name: str, args: dict[str, int]
) -> None:
    with pytest.raises(UsageError):
        spec(name, model_args=args)


def test_a_broken_library_is_a_record_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lightgbm.py").write_text("raise OSError('libgomp.so.1: no such file')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "lightgbm", raising=False)
    record = run(spec("lightgbm"))
    assert (record.status, record.reason) == ("error", "OSError: libgomp.so.1: no such file")
    assert record.baseline


def test_a_slow_baseline_is_timed_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = load("kmrd-synth", {"rows": 1000}, Where())
    fitted = measuring.fit(spec(), dataset, 1)
    often = measuring.timings(fitted.baseline, dataset.test, 1)
    assert [len(samples) for samples in often.values()] == [PASSES, SINGLES]
    monkeypatch.setattr(measuring, "LONG", 0.0)
    seldom = measuring.timings(fitted.baseline, dataset.test, 1)
    assert [len(samples) for samples in seldom.values()] == [3, WARM_UP]


def test_importing_a_library_does_not_count_as_fitting(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = load("kmrd-synth", {"rows": 1000}, Where())
    clock = count()  # a look at it takes a second, and an import ten looks
    monkeypatch.setattr(measuring, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
    monkeypatch.setattr(measuring, "load_library", lambda _: [next(clock) for _ in range(10)])
    assert measuring.fit(spec(), dataset, 1).seconds == 1


@pytest.fixture
def roleless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register rows without users, of items that are read, of a number and of a word."""
    monkeypatch.setattr(DATASETS, "_entries", dict(DATASETS._entries))
    monkeypatch.setitem(SOURCES, "roleless", Source())

    @register_dataset("roleless", label="rate>0")
    def made(folder: object, *, label: str = "rate>0") -> Table:
        numbers = np.random.default_rng(0).normal(size=400)
        columns = {"book": list(range(20)) * 20, "size": numbers, "word": ["a", "b"] * 200}
        return Table.from_columns(columns, rate=(numbers > 0).astype(int), item="book")


def test_all_leaves_out_what_needs_a_user_where_there_is_none(
    roleless: None, caplog: pytest.LogCaptureFixture
) -> None:
    content = {"dataset": "roleless", "models": "all", "data": {"fields": "columns"}}
    with caplog.at_level(logging.WARNING):
        _, found = specs(content, Where())
    names = {spec.model for spec in found}
    needy = {name for name, entry in MODELS.items() if entry.about["needs"]}
    assert "ncf" in needy
    assert {*MODELS, "mean"} - needy <= names
    assert not names & {"user_movie_means", *needy}
    said = [r.getMessage() for r in caplog.records if "user_movie_means" in r.getMessage()]
    assert said == [
        "baseline user_movie_means is left out: it needs a user and an item; "
        "the fields tell of no user"
    ]


def test_all_looks_at_no_data_where_the_options_say_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys.modules["fmbench.data.load"], "load", lambda *_: 1 / 0)
    content = {"dataset": "kmrd-synth", "models": "all"}
    assert "user_movie_means" in {spec.model for spec in specs(content, Where())[1]}


@pytest.mark.parametrize(
    ("data", "missing"),
    [
        ({"fields": "ids", "without": ["movie"]}, "no item"),
        ({"fields": "habits", "without": ["movie", "user_share"]}, "no user and no item"),
        ({"fields": "full", "only": ["hour"]}, "no user and no item"),
    ],
)
def test_who_asks_for_it_by_name_is_told_what_is_missing(
    data: dict[str, object], missing: str
) -> None:
    content = {
        "dataset": "kmrd-synth",
        "models": ["user_movie_means"],
        "data": {"rows": 1000, **data},
    }
    where, found = specs(content, Where())
    words = f"baseline 'user_movie_means' cannot run on these fields: .* tell of {missing}$"
    with pytest.raises(UsageError, match=words) as caught:
        preflight(found, Setting(where))
    assert "leave it out of --models" in caught.value.hint
    record = run(found[0], Setting(where))
    assert (record.status, "cannot run on these fields" in (record.reason or "")) == ("error", True)


@pytest.mark.parametrize(
    ("data", "names"),
    [
        ({"fields": "ids"}, {"user": "user", "movie": "item"}),
        ({"fields": "full"}, {"user": "user", "movie": "item"}),
        ({"fields": "columns"}, {"user": "user", "movie": "item"}),
        ({"fields": "habits"}, {"user_share": "user", "movie": "item"}),
    ],
)
def test_fields_say_which_of_them_tell_of_user_and_item(
    data: dict[str, object], names: dict[str, str]
) -> None:
    found = load("kmrd-synth", {"rows": 1000, **data}, Where())
    assert {field.name: field.role for field in found.fields if field.role} == names
    assert [field.role for field in found.fields[:2]] == ["user", "item"]
