"""Protocols: tuned settings are found by their data, and a file gives back what was written."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from fmbench.errors import UsageError
from fmbench.spec import RunSpec, TrainSpec
from fmbench.tuned import SHIPPED, Entry, Tuned, TunedSettings, read_tuned, write_tuned

DATA: dict[str, Any] = {
    "fields": "ids",
    "label": "rate>9",
    "split": "random",
    "split_seed": 0,
    "ratios": [0.8, 0.1, 0.1],
    "rows": None,
}
TUNED = Tuned(
    trials=40,
    train=TrainSpec(lr=0.01, l2_linear=2.0, l2_embedding=3.0),
    args={"embed_dim": 8, "dims": [64, 64]},
)
SETTINGS = TunedSettings(entry=[Entry.of("mine", DATA, {"fm": TUNED})])
SPEC = RunSpec(
    name="fm", dataset="mine", dataset_args=DATA, model="fm", model_args={"embed_dim": 16}
)


def spec(**changed: Any) -> RunSpec:
    return RunSpec(
        name="fm",
        dataset=changed.pop("dataset", "mine"),
        model=changed.pop("model", "fm"),
        dataset_args=DATA | changed,
        model_args={"embed_dim": 16},
    )


def test_settings_are_used_on_the_data_they_are_of() -> None:
    found = SETTINGS.apply(SPEC, {}, {})
    assert (found.train, found.model_args, found.trials) == (TUNED.train, TUNED.args, 40)


@pytest.mark.parametrize(
    "changed",
    [
        {"dataset": "other"},
        {"model": "lr"},
        {"fields": "full"},
        {"split": "temporal"},
        {"split_seed": 7},  # its test rows were there to be chosen on
        {"label": "rate>8"},
        {"rows": 1000},
        {"ratios": [0.7, 0.2, 0.1]},
        {"sha256": "0" * 64},
    ],
)
def test_other_data_and_models_are_left_alone(changed: dict[str, Any]) -> None:
    assert SETTINGS.apply(spec(**changed), {}, {}) == spec(**changed)


def test_what_the_user_sets_wins_and_is_no_longer_called_tuned() -> None:
    found = SETTINGS.apply(SPEC, {"batch_size": 1024}, {})
    assert found.train == replace(TUNED.train, batch_size=1024)
    assert (found.model_args, found.trials) == (TUNED.args, None)
    found = SETTINGS.apply(SPEC, {}, {"embed_dim": 4})
    assert (found.train, found.trials) == (TUNED.train, None)
    assert found.model_args == {"embed_dim": 4, "dims": [64, 64]}
    assert SETTINGS.apply(SPEC, {"lr": 0.01}, {"embed_dim": 8}).trials == 40  # the same settings


def test_new_settings_replace_those_of_the_same_model_and_data_alone() -> None:
    new = Tuned(trials=80, train=TrainSpec(), args={})
    full = DATA | {"fields": "full"}
    settings = SETTINGS.put(Entry.of("mine", DATA, {"lr": new})).put(
        Entry.of("mine", full, {"fm": new})
    )
    assert [entry.model for entry in settings.entry] == [{"fm": TUNED, "lr": new}, {"fm": new}]
    again = settings.put(Entry.of("mine", DATA, {"fm": new}))
    assert [entry.model for entry in again.entry] == [{"fm": new, "lr": new}, {"fm": new}]


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
scalars = st.booleans() | st.integers(-(2**63), 2**63 - 1) | text
scalars |= st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    scalars, lambda v: st.lists(v, max_size=3) | st.dictionaries(text, v, max_size=3), max_leaves=5
)
args = st.dictionaries(text, values, max_size=3)
tuned = st.builds(Tuned, trials=st.integers(1, 10**6), train=st.just(TrainSpec(lr=1e-5)), args=args)
entries = st.builds(Entry, dataset=text, data=args, model=st.dictionaries(text, tuned, max_size=2))


@given(st.lists(entries, max_size=3))
def test_a_file_gives_back_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Entry]
) -> None:
    path = tmp_path_factory.mktemp("settings") / "settings.toml"
    write_tuned(path, TunedSettings(entry=entries))
    assert read_tuned(path) == TunedSettings(entry=entries)


def test_a_file_is_one_to_read(tmp_path: Path) -> None:
    write_tuned(tmp_path / "p.toml", SETTINGS)
    *_, dataset, data, blank, model, trials, train, args = (
        (tmp_path / "p.toml").read_text().rstrip().split("\n")
    )
    assert (dataset, blank, model) == ('dataset = "mine"', "", "[entry.model.fm]")
    assert data == (
        'data = { fields = "ids", label = "rate>9", split = "random", '
        "split_seed = 0, ratios = [0.8, 0.1, 0.1] }"
    )
    assert (trials, args) == ("trials = 40", "args = { embed_dim = 8, dims = [64, 64] }")
    assert train.startswith('train = { optimizer = "adam", lr = 0.01, lr_decay = 0.3, ')
    assert train.count("=") == 1 + len(TrainSpec.__struct_fields__)  # no default is left open


@pytest.mark.parametrize(
    "content",
    [
        "entry = 3",
        "[[entry]]\ndataset = 'mine'",
        "[[entry]]\ndataset = 'mine'\ndata = {}\nmodel.fm = {trials = 0, train = {}, args = {}}",
        "[[entry]]\ndataset = 'mine'\ndata = {}\nmodel = {}\nmore = 1",
        "[[entry",
    ],
)
def test_what_is_not_valid_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(content)
    with pytest.raises(UsageError) as caught:
        read_tuned(path)
    assert str(caught.value).startswith(f"file of tuned settings {str(path)!r} is ")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_tuned(tmp_path / "p.toml")


def test_the_shipped_settings_are_as_tune_would_write_it(tmp_path: Path) -> None:
    settings = read_tuned(SHIPPED)
    write_tuned(tmp_path / "p.toml", settings)
    assert (tmp_path / "p.toml").read_text() == SHIPPED.read_text(encoding="utf-8")
    assert {entry.dataset for entry in settings.entry} <= {"kmrd-small"}
    assert tomllib.loads(SHIPPED.read_text(encoding="utf-8")).keys() <= {"entry"}
