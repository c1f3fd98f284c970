"""fmbench tune, end to end on a little synthetic data, and run with what it chose."""

import csv
import io
import json
from pathlib import Path

import pytest

from fmbench.api import suites
from fmbench.cli._common import FORMATS
from fmbench.data import Where
from fmbench.errors import NOTE
from fmbench.models import MODELS
from fmbench.spec import RunSpec, TrainSpec
from fmbench.store import Store
from fmbench.tuned import Entry, Tuned, TunedSettings, read_tuned, write_tuned

from .conftest import SMALL, Cli

TUNE = f"tune lr,fm {SMALL} --trials 4"


def specs(store: Path) -> dict[tuple[str, int], RunSpec]:
    return {(r.spec.model, r.spec.seed): r.spec for r in Store(store).read().records}


def written(store: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (store / "records").iterdir()}


def test_what_was_tuned_is_used_and_the_table_says_so(cli: Cli, tmp_path: Path) -> None:
    tuned, store = tmp_path / "tuned", tmp_path / "store"
    done = cli(TUNE, "--jobs", 2, "--out", tuned, "--format", "json")
    assert (done.code, done.err) == (0, "")
    found = {each["model"]: each for each in json.loads(done.out)["searches"]}
    records = Store(tuned).read().records
    assert len(records) == 8
    assert {(r.spec.seed, r.spec.tests, tuple(r.metrics)) for r in records} == {
        (0, False, ("valid",))
    }
    assert not any((tuned / "predictions").iterdir())
    for model, search in found.items():
        losses = {r.spec.name: r.metrics["valid"]["logloss"] for r in records}
        own = [losses[f"{model} trial {i}"] for i in range(4)]
        assert search["losses"] == own
        assert search["best_trial"] == own.index(min(own))
        assert search["valid_logloss"] == search["expected_best"]["4"] == min(own)
        assert search["expected_best"]["1"] == own[0]

    run = f"run {SMALL} --models lr,fm --seeds 1 --tuned {tuned / 'tuned.toml'} --out {store}"
    # --set train.max_epochs is what all trials were held to: the same settings
    done = cli(run)
    assert done.code == 0
    assert "Tuned: every model, 4 trials each, on validation rows" in done.out
    for (model, _), spec in specs(store).items():
        best = found[model]["tuned"]
        assert (spec.model_args, spec.trials, spec.tests) == (best["args"], 4, True)
        assert {key: getattr(spec.train, key) for key in best["train"]} == best["train"]

    done = cli(run, "--set", "model.fm.embed_dim=5", "--format", "json")
    trials = {row["name"]: row["trials"] for row in json.loads(done.out)["rows"]}
    assert trials == {"lr": 4, "fm": None}
    done = cli(f"run {SMALL} --models lr,fm --seeds 1 --tuned none", "--out", tmp_path / "none")
    assert "Not tuned: every model" in done.out
    done = cli(f"{run} --split temporal")  # other data
    assert "Not tuned: every model" in done.out


def test_a_search_goes_on_and_comes_out_the_same_whatever_runs_beside_it(
    cli: Cli, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    cli(TUNE.replace("--trials 4", "--trials 2"), "--jobs", 1, "--out", one)
    before = written(one)
    assert len(before) == 4
    (one / "records" / min(before)).unlink()
    cli(TUNE, "--jobs", 1, "--out", one)
    after = written(one)
    assert len(after) == 8
    assert {name for name in before if after.get(name) == before[name]} == {*sorted(before)[1:]}
    cli(TUNE, "--jobs", 2, "--out", two)
    assert (one / "tuned.toml").read_text() == (two / "tuned.toml").read_text()
    with caplog.at_level(NOTE, "fmbench"):
        assert "no records" in cli("report", one).out
    assert caplog.messages == ["8 trials of tuning are left out; `fmbench tune` shows them"]
    again = cli(TUNE, "--out", one)
    assert again.code == 0
    assert written(one) == after


def test_entries_for_other_models_and_data_stay(cli: Cli, tmp_path: Path) -> None:
    line = f"tune lr {SMALL} --trials 1 --out {tmp_path}"
    for more in ("", "--split temporal"):
        assert cli(f"{line} {more}").code == 0
    assert cli(line.replace("lr", "fm", 1)).code == 0
    first, second = read_tuned(tmp_path / "tuned.toml").entry
    assert (first.data["split"], list(first.model)) == ("random", ["lr", "fm"])
    assert (second.data["split"], list(second.model)) == ("temporal", ["lr"])


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_says_what_was_found(format: str, cli: Cli, tmp_path: Path) -> None:
    out = cli(f"tune lr {SMALL} --trials 2 --out {tmp_path} --format {format}").out
    loss = min(r.metrics["valid"]["logloss"] or 1 for r in Store(tmp_path).read().records)
    if format == "json":
        (search,) = json.loads(out)["searches"]
        assert (search["trials"], search["valid_logloss"]) == (2, loss)
    elif format == "csv":
        (row,) = csv.DictReader(io.StringIO(out))
        assert float(row["valid_logloss"]) == float(row["best_of_2"]) == loss
        assert set(json.loads(row["settings"])) == {"train.l2_linear"}
    else:
        assert f"{loss:.4f}" in out
        assert "SYNTHETIC" in out


WILD = '''
from fmbench.models import register_model
from fmbench.models.lr import LogisticRegression
from fmbench.space import Choice


@register_model("wild", paper="", year=2026, space={"scale": Choice(1e30, 1.0)})
class Wild(LogisticRegression):
    """LR that is too much for float32 on some settings."""

    def __init__(self, fields, *, scale: float = 1.0):
        super().__init__(fields)
        self.scale = scale

    def forward(self, ids):
        return super().forward(ids) * self.scale * self.scale
'''


def test_a_trial_that_fails_counts_and_is_shown(cli: Cli, tmp_path: Path) -> None:
    plugin = tmp_path / "wild.py"
    plugin.write_text(WILD)
    line = f"tune wild {SMALL} --trials 9 --plugin {plugin} --out {tmp_path / 'tuned'}"
    done = cli(line)
    assert done.code == 4
    assert "FAILED: wild trial 1: diverged: " in done.out
    del MODELS._entries["wild"]
    search = json.loads(cli(line, "--format", "json").out)["searches"][0]
    assert (search["trials"], search["failed"], search["best_trial"]) == (2, 1, 0)
    assert search["failures"][0]["status"] == "diverged"
    assert search["losses"][1] is None
    assert search["tuned"]["args"] == {"scale": 1.0}
    assert search["tuned"]["trials"] == 2


def test_no_trial_begins_once_the_seconds_are_spent(cli: Cli, tmp_path: Path) -> None:
    line = f"tune lr,fm {SMALL} --trials 9 --seconds 1e-6 --jobs 1 --out {tmp_path} --format json"
    searches = json.loads(cli(line).out)["searches"]
    assert [each["trials"] for each in searches] == [1, 1]
    assert len(Store(tmp_path).read().records) == 2
    line = line.replace("1e-6", "1e6")
    assert [each["trials"] for each in json.loads(cli(line).out)["searches"]] == [9, 9]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ("lr --trials 0", "--trials is 0; expected 1 to 10000"),
        ("lr --seconds -1", "--seconds is -1; expected a number of seconds above 0"),
        ("lr --seconds nan", "--seconds is nan"),
        ("lr,lr", "MODEL is 'lr,lr'; expected names, each only once"),
        ("ln", "unknown model 'ln'; did you mean 'lr'?"),
        ("lr --set train.lrr=1", "unknown train key 'lrr'"),
    ],
)
def test_nonsense_is_refused(flags: str, words: str, cli: Cli, tmp_path: Path) -> None:
    cli(f"tune {flags} {SMALL} --out {tmp_path / 'out'}").refuses(2, words)
    assert not (tmp_path / "out").exists()


def test_settings_that_are_not_valid_are_refused_at_once(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "tuned.toml").write_text("entry = 3")
    cli(f"tune lr {SMALL} --out {tmp_path}").refuses(2, "tuned settings ", "is not valid")
    cli(f"run {SMALL} --tuned {tmp_path / 'tuned.toml'}").refuses(2, "is not valid")
    cannot = "tuned settings 'missing.toml' cannot be read"
    cli(f"run {SMALL} --tuned missing.toml").refuses(2, cannot)
    assert not (tmp_path / "records").exists()


def test_training_keys_leave_a_baseline_as_it_was_tuned(cli: Cli, tmp_path: Path) -> None:
    """And what a store holds already is shown as what it is asked for now."""
    content = {"models": ["mean", "lr"], "dataset": "kmrd-synth", "data": {"rows": 2000}}
    _, (one, *_) = suites.specs(content, Where())
    tuned = Tuned(trials=12, train=TrainSpec(), args={})
    entry = Entry.of(one.dataset, one.dataset_args, {"mean": tuned, "lr": tuned})
    path = tmp_path / "tuned.toml"
    write_tuned(path, TunedSettings(entry=[entry]))
    _, found = suites.specs(
        content | {"train": {"max_epochs": 5}, "seeds": 1}, Where(), read_tuned(path)
    )
    assert {spec.model: spec.trials for spec in found} == {"mean": 12, "lr": None}

    run = f"run {SMALL} --models mean --seeds 1 --out {tmp_path / 'runs'} --tuned"
    assert "Not tuned: every model" in cli(run, "none").out
    assert "Tuned: every model, 12 trials" in cli(run, path).out


def test_the_former_names_are_read(
    cli: Cli, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A flag with a note, and in a store the file that stands for `tuned.toml`."""
    caplog.set_level(NOTE)
    entry = Entry.of("kmrd-synth", {"rows": 7}, {})
    write_tuned(tmp_path / "protocol.toml", TunedSettings(entry=[entry]))
    done = cli(f"run {SMALL} --models mean --seeds 1 --protocol none --out {tmp_path / 'runs'}")
    assert done.code == 0
    assert "--protocol is now called --tuned" in caplog.text
    assert cli(f"tune lr {SMALL} --trials 1 --out {tmp_path}").code == 0
    found = read_tuned(tmp_path / "tuned.toml").entry
    assert found[0] == entry
    assert list(found[1].model) == ["lr"]
