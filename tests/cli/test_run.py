"""fmbench run, end to end on a little synthetic data."""

import contextlib
import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fmbench
from fmbench.cli import main
from fmbench.cli._common import FORMATS
from fmbench.models import MODELS
from fmbench.record import Record
from fmbench.store import Store
from fmbench.tuning import affordable

from .conftest import SMALL, Cli

SWEEP = f"run {SMALL} --trials 0 --models lr,deepfm --seeds 2"


def outcomes(store: Path) -> dict[tuple[str, int], Any]:
    """Return what is the same of every run of a spec, by model and seed: all but the clock."""
    return {(r.spec.model, r.spec.seed): outcome(r) for r in Store(store).read().records}


def outcome(record: Record) -> Any:
    losses = [(e.train_loss, e.tail_loss, e.valid_logloss, e.valid_auc) for e in record.curve]
    known = (record.spec, record.status, record.fingerprint, record.best_epoch)
    return (*known, record.metrics, record.predictions, losses)


def written(store: Path) -> dict[str, int]:
    """Return when each record was written."""
    return {path.name: path.stat().st_mtime_ns for path in (store / "records").iterdir()}


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the store of a sweep in two processes at a time, and what it showed."""
    store = tmp_path_factory.mktemp("swept")
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(io.StringIO()) as shown,
    ):
        patch.setenv("FMBENCH_CACHE", str(store / "cache"))
        assert main([*SWEEP.split(), "--jobs", "2", "--out", str(store)]) == 0
    return store, shown.getvalue()


def test_the_table_says_what_was_run_and_on_what(swept: tuple[Path, str]) -> None:
    store, shown = swept
    assert len(outcomes(store)) == 4
    for words in (
        "lr",
        "deepfm",
        "SYNTHETIC DATA: kmrd-synth",
        "Seeds: 0, 1 (2 in all)",
        "Audit: ",
        "±",
    ):
        assert words in shown
    assert "FAILED" not in shown


def test_what_is_there_is_not_run_again(swept: tuple[Path, str], cli: Cli) -> None:
    store, shown = swept
    before = written(store)
    done = cli(SWEEP, "--jobs", 2, "--out", store)
    assert (done.code, done.out, done.err) == (0, shown, "")
    assert written(store) == before
    assert cli("report", store).out == shown


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_parses(format: str, swept: tuple[Path, str], cli: Cli) -> None:
    store, shown = swept
    out = cli(SWEEP, "--out", store, "--format", format).out
    if format == "json":
        whole = json.loads(out)
        assert whole["dataset"] == "kmrd-synth"
        assert {row["name"]: row["seeds"] for row in whole["rows"]} == {
            "lr": [0, 1],
            "deepfm": [0, 1],
        }
    elif format == "csv":
        rows = list(csv.DictReader(io.StringIO(out)))
        assert {row["name"] for row in rows} == {"lr", "deepfm"}
    elif format == "html":
        parser = HTMLParser()
        parser.feed(out)
        parser.close()
        assert "<table" in out
    else:
        assert "deepfm" in out
        assert (out == shown) == (format == "table")


def test_the_same_command_gives_the_same_bits_whatever_runs_beside_it(
    swept: tuple[Path, str], cli: Cli, tmp_path: Path
) -> None:
    store, _ = swept
    for jobs in (1, 2):
        assert cli(SWEEP, "--jobs", jobs, "--out", tmp_path / str(jobs)).code == 0
        assert outcomes(tmp_path / str(jobs)) == outcomes(store)


def test_seeds_differ(swept: tuple[Path, str]) -> None:
    store, _ = swept
    predictions = [record.predictions for record in Store(store).read().records]
    assert len(set(predictions)) == 4


def test_flags_win_over_the_suite(cli: Cli, tmp_path: Path) -> None:
    suite = tmp_path / "suite.toml"
    suite.write_text(
        "dataset = 'kmrd-small'\nmodels = ['fm']\nseeds = 3\n"
        "[data]\nrows = 5000\nsplit = 'temporal'\nlabel = 'rate>8'\n"
        "[train]\nmax_epochs = 5\nlr = 0.5\n"
    )
    flags = "--split leave-last --models lr --seeds 1 --set train.lr=0.25 --set data.seed=7"
    assert cli("run", suite, *SMALL.split(), *flags.split(), "--out", tmp_path).code == 0
    (record,) = Store(tmp_path).read().records
    spec = record.spec
    assert (spec.model, spec.dataset, spec.seed) == ("lr", "kmrd-synth", 0)
    assert (spec.train.max_epochs, spec.train.lr) == (1, 0.25)
    given = {"rows": 2000, "split": "leave-last", "label": "rate>8", "seed": 7}
    assert spec.dataset_args.items() >= given.items()


MODEL = '''
from torch import nn

from fmbench.layers import FieldEmbedding, FieldLinear
from fmbench.models import register_model


@register_model("product", paper="https://example.org/mine", year=2026)
class Product(nn.Module):
    """A linear term and the sum of the elementwise product of all fields."""

    def __init__(self, fields, *, embed_dim: int = 4):
        super().__init__()
        self.linear = FieldLinear(fields)
        self.embedding = FieldEmbedding(fields, embed_dim)

    def forward(self, ids):
        return self.linear(ids) + self.embedding(ids).prod(1).sum(1)
'''

DATASET = '''
import numpy as np

from fmbench.data import Table, register_dataset


@register_dataset("clicks", files={"clicks.csv": None})
def clicks(folder, *, label: str = "rate>0"):
    """Clicks of visitors on pages."""
    user, page, click, time = np.loadtxt(
        folder / "clicks.csv", dtype=np.int64, delimiter=","
    ).T
    columns = {"user": user, "page": page}
    return Table.from_columns(columns, rate=click, time=time, item="page")
'''


def test_plugins_run_in_the_processes_of_the_cells(cli: Cli, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = np.stack([rng.integers(0, top, 800) for top in (30, 20, 2)], axis=1)
    times = 1_500_000_000 + np.arange(800)[:, None]
    np.savetxt(tmp_path / "clicks.csv", np.hstack([rows, times]), fmt="%d", delimiter=",")
    for name, code in (("product", MODEL), ("clicks", DATASET)):
        (tmp_path / f"{name}.py").write_text(code)
    plugins = [f"--plugin={tmp_path / name}.py" for name in ("product", "clicks")]
    flags = "run --dataset clicks --models product,lr --seeds 1 --set train.max_epochs=1"
    done = cli(flags, "--data-dir", tmp_path, *plugins, "--out", tmp_path / "store")
    assert (done.code, done.err) == (0, "")
    assert "clicks, fields ids, split random" in done.out
    by_model = {r.spec.model: r for r in Store(tmp_path / "store").read().records}
    assert {r.status for r in by_model.values()} == {"ok"}
    assert by_model["product"].spec.model_args == {"embed_dim": 4}
    assert by_model["product"].parameters == 5 * (32 + 22) + 1


def forget(*models: str) -> None:
    """Unregister models: a command is one process, and so are all of these tests."""
    for model in models:
        del MODELS._entries[model]


FAILING = '''
import os
import signal
from pathlib import Path

import torch

from fmbench.models import register_model
from fmbench.models.lr import LogisticRegression

CURED = Path(__file__).with_name("cured")


class Failing(LogisticRegression):
    """LR with something wrong."""

    def forward(self, ids):
        logits = super().forward(ids)
        return logits if CURED.exists() else self.fail(logits)


@register_model("diverges", paper="", year=2026)
class Diverges(Failing):
    def fail(self, logits):
        return logits * torch.nan


@register_model("dies", paper="", year=2026)
class Dies(Failing):
    def fail(self, logits):
        os.kill(os.getpid(), signal.SIGKILL)


@register_model("leaves", paper="", year=2026)
class Leaves(Failing):
    def fail(self, logits):
        os._exit(3)


@register_model("raises", paper="", year=2026)
class Raises(Failing):
    def fail(self, logits):
        raise ValueError("no\\nway")
'''


KILLED = "the process was killed by SIGKILL; often that is the system, short of memory"


def test_what_fails_is_recorded_and_tried_again(cli: Cli, tmp_path: Path) -> None:
    plugin, store = tmp_path / "failing.py", tmp_path / "store"
    plugin.write_text(FAILING)
    names = "lr,diverges,dies,leaves,raises"
    line = f"run {SMALL} --trials 0 --seeds 1 --jobs 2 --models {names}"
    done = cli(line, "--plugin", plugin, "--out", store)
    assert done.code == 4
    found = {r.spec.model: (r.status, r.reason) for r in Store(store).read().records}
    assert found == {
        "lr": ("ok", None),
        "diverges": ("diverged", "training loss at step 0 of the epoch is not finite"),
        "dies": ("error", KILLED),
        "leaves": ("error", "the process exited with 3, without a result"),
        "raises": ("error", "ValueError: no"),
    }
    for model, (status, reason) in found.items():
        assert (f"FAILED: {model}, seed 0: {status}: {reason}" in done.out) == (status != "ok")
    before = written(store)
    (tmp_path / "cured").touch()
    forget(*names.split(",")[1:])
    done = cli(line, "--plugin", plugin, "--out", store)
    assert done.code == 0
    assert "FAILED" not in done.out
    after = written(store)
    assert {name.split("-")[0] for name in after if after[name] == before.get(name)} == {"lr"}
    assert {r.status for r in Store(store).read().records} == {"ok"}


WHERE = """
import os
from pathlib import Path

import fmbench

Path(__file__).with_suffix(f".{os.getpid()}").write_text(fmbench.__file__)
"""


@pytest.mark.parametrize(
    "start", [["-m", "fmbench"], ["-c", "from fmbench.cli import main; main()"]]
)
def test_cells_run_the_code_that_the_command_runs(start: list[str], tmp_path: Path) -> None:
    """In a checkout that is not the installed package, too: `-m` and `-c` take what lies there."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(fmbench.__file__).parent, tmp_path / "fmbench", ignore=ignored)
    (tmp_path / "where.py").write_text(WHERE)
    run = f"run {SMALL} --trials 0 --models lr --seeds 2 --plugin where.py --out store"
    unset = ("PYTHONPATH", "PYTHONSAFEPATH")
    variables = {key: value for key, value in os.environ.items() if key not in unset}
    command = [sys.executable, *start, *run.split()]
    subprocess.run(command, cwd=tmp_path, env=variables, check=True, capture_output=True)
    said = {path.read_text() for path in tmp_path.glob("where.[0-9]*")}
    assert said == {str(tmp_path / "fmbench" / "__init__.py")}
    assert len(list(tmp_path.glob("where.[0-9]*"))) == 3


SLOW = '''
import time

from fmbench.models import register_model
from fmbench.models.lr import LogisticRegression


@register_model("slow", paper="", year=2026)
class Slow(LogisticRegression):
    """LR that prints to the wrong place and never ends."""

    def forward(self, ids):
        print("this is no result")
        time.sleep(1000)
'''


def test_a_cell_that_outlives_the_limit_is_no_result(cli: Cli, tmp_path: Path) -> None:
    plugin, store = tmp_path / "slow.py", tmp_path / "store"
    plugin.write_text(SLOW)
    line = f"run {SMALL} --trials 0 --seeds 1 --jobs 2 --models lr,slow --timeout 8 --format json"
    done = cli(line, "--plugin", plugin, "--out", store)
    assert done.code == 4
    rows = {row["name"]: row for row in json.loads(done.out)["rows"]}
    assert (rows["lr"]["status"], rows["slow"]["status"]) == ("ok", "timeout")
    reason = "no result after 8 s, the limit"
    assert rows["slow"]["failures"] == [{"seed": 0, "status": "timeout", "reason": reason}]
    assert rows["slow"]["metrics"]["auc"]["mean"] is None
    assert cli("report", store, "--format", "json").out == done.out


LINES = [
    f"u{i % 9},s{i * i % 13},{18 + i * 7 % 50},{1_500_000_000 + 3_600 * i},{i * 5 % 7 // 4}\n"
    for i in range(100)
]
HEAD = "uid,shop_id,age,ts,clicked\n"
QUICK = "--models lr --seeds 1 --jobs 1 --set train.max_epochs=1 --set train.batch_size=16"


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of one's own, which the command is called in."""
    folder = tmp_path / "mine"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def ran(cli: Cli, named: str, flags: str = "") -> Record:
    """Return the record of a table of one's own, run by one model."""
    done = cli(f"run --dataset {named} {QUICK} {flags} --out runs")
    assert done.code == 0, done
    assert "lr" in done.out
    (record,) = Store(Path("runs")).read().records
    assert record.status == "ok"
    return record


def test_a_file_of_ones_own_becomes_a_table_in_one_command(mine: Path, cli: Cli) -> None:
    (mine / "mine.csv").write_text(HEAD + "".join(LINES))
    record = ran(cli, "mine.csv")
    assert sorted(path.name for path in mine.iterdir()) == ["mine.csv", "runs"]
    assert (record.spec.dataset, record.spec.dataset_args["file"]) == ("table", "mine.csv")
    said = {key: record.spec.dataset_args[key] for key in ("label", "user", "time", "numeric")}
    assert said == {
        "label": "clicked=1", "user": "uid", "time": "ts", "numeric": ["age", "clicked"],
    }  # fmt: skip
    assert record.audit["rows_read"] == 100
    assert "gauc" in record.metrics["test"]
    before = written(mine / "runs")
    assert cli(f"run --dataset mine.csv {QUICK} --out runs").code == 0
    assert written(mine / "runs") == before
    (mine / "mine.csv").write_text(HEAD + "".join(LINES[1:]))
    assert cli(f"run --dataset mine.csv {QUICK} --out runs").code == 0
    assert len(written(mine / "runs")) == 2  # other content is another case


def test_a_record_keeps_why_a_table_was_taken_for_what_it_is(mine: Path, cli: Cli) -> None:
    (mine / "mine.csv").write_text(HEAD + "".join(LINES))
    record = ran(cli, "mine.csv", "--categorical shop_id")
    found = record.audit["inferred"]
    assert found["roles"][0].startswith("label: clicked=1, ")
    assert [line.partition(";")[0] for line in found["roles"][1:]] == [
        "user: uid", "item: none", "time: ts", "part: none",
    ]  # fmt: skip
    assert found["columns"]["age"].startswith("numbers; ")
    assert [*found["columns"]] == HEAD.strip().split(",")
    done = cli("report runs --verify --format json")
    assert done.code == 0, done
    assert "audit.inferred" in done.out
    said = cli("report runs").out
    assert "Inferred" not in said
    assert "user: uid" in cli("report runs --format html").out


def test_numbers_are_trained_on_as_numbers(mine: Path, cli: Cli) -> None:
    (mine / "mine.csv").write_text(HEAD + "".join(LINES))
    line = "run --dataset mine.csv --models lr,fm,vfm,dnn --seeds 1 --jobs 1 --out runs"
    options = "--time none --set data.bins=number --set train.max_epochs=2 --format json"
    done = cli(f"{line} {options} --set train.batch_size=16")
    assert done.code == 0, done
    records = {record.spec.model: record for record in Store(Path("runs")).read().records}
    assert {record.status for record in records.values()} == {"ok"}
    assert {record.fingerprint for record in records.values()} == {records["lr"].fingerprint}
    sizes = {"uid": 9 + 2, "shop_id": len({line.split(",")[1] for line in LINES}) + 2, "age": 3}
    unread = sum(sizes.values()) + 1 - (records["lr"].parameters or 0)
    assert 0 <= unread <= 2  # shops that only validation and test rows have
    assert cli("report runs --verify").code == 0


def test_a_few_rows_are_run_in_one_batch_unless_another_size_is_asked_for(
    mine: Path, cli: Cli
) -> None:
    (mine / "mine.csv").write_text(HEAD + "".join(LINES))
    line = "run --dataset mine.csv --models lr,dnn,mean --seeds 1 --jobs 1 --out runs"
    done = cli(line)
    assert done.code == 0, done
    trained = {r.spec.model: r.spec.train.batch_size for r in Store(Path("runs")).read().records}
    assert trained == {"lr": 80, "dnn": 80, "mean": 256}  # a baseline has no batches
    before = written(mine / "runs")
    assert cli(line).code == 0
    assert written(mine / "runs") == before
    hint = "batch_size is 256; expected at most 80, as there are training rows"
    cli(f"{line} --set train.batch_size=256").refuses(2, hint)
    assert cli("report runs --verify").code == 0


def test_without_a_user_what_needs_one_is_switched_off_in_words(mine: Path, cli: Cli) -> None:
    (mine / "mine.csv").write_text(HEAD + "".join(LINES))
    done = cli(f"run --dataset mine.csv --user none --time none {QUICK} --out runs")
    assert done.code == 0, done
    assert "the data has no user, no item and no time: no AUC within users" in " ".join(
        done.out.split()
    )


@pytest.mark.parametrize(
    ("named", "rows", "split"),
    [
        ("train.csv,valid.csv,test.csv", {"train": 60, "valid": 20, "test": 20}, "given"),
        ("parts", {"train": 60, "valid": 20, "test": 20}, "given"),
        ("days", {"train": 80, "valid": 10, "test": 10}, "random"),
        ("days/1.csv,days/0.csv", {"train": 64, "valid": 8, "test": 8}, "random"),
    ],
)
def test_several_files_are_one_table_or_its_parts(
    named: str, rows: dict[str, int], split: str, mine: Path, cli: Cli
) -> None:
    parts = {"train": LINES[:60], "valid": LINES[60:80], "test": LINES[80:]}
    days = {"0": LINES[:50], "1": LINES[50:80], "2": LINES[80:]}
    for folder, files in {".": parts, "parts": parts, "days": days}.items():
        (mine / folder).mkdir(exist_ok=True)
        for name, lines in files.items():
            (mine / folder / f"{name}.csv").write_text(HEAD + "".join(lines))
    record = ran(cli, named)
    assert record.spec.dataset_args["split"] == split
    assert {part: of["rows"] for part, of in record.audit["parts"].items()} == rows
    assert record.audit["rows_read"] == sum(rows.values())


def test_a_file_is_joined(mine: Path, cli: Cli) -> None:
    (mine / "mine.csv").write_text(HEAD + "".join(LINES))
    shops = "".join(f"s{i},{'north' if i % 2 else 'south'}\n" for i in range(13))
    (mine / "shops.tsv").write_text(("shop_id,side\n" + shops).replace(",", "\t"))
    record = ran(cli, "mine.csv", "--item shop_id --join shops.tsv --fields uid,shop_id,side")
    assert record.spec.dataset_args["join"] == ["shops.tsv"]
    assert {*record.shuffled} == {"uid", "shop_id", "side"}


def test_trials_choose_the_settings_of_a_model_that_has_none(cli: Cli, tmp_path: Path) -> None:
    """Equally many a model, kept in the store, not run again, and told in the table."""
    run = f"run {SMALL} --models mean,lr,fm --seeds 2 --jobs 2 --out {tmp_path}"
    done = cli(run, "--trials", 3)
    assert done.code == 0
    trials = [r.spec for r in Store(tmp_path).read().records if not r.spec.tests]
    assert [sum(spec.model == name for spec in trials) for name in ("mean", "lr", "fm")] == [
        0,
        3,
        3,
    ]
    assert re.search("Tuned: (lr, fm|fm, lr), 3 trials each, on validation rows", done.out)
    assert "Not tuned: mean" in done.out

    before = written(tmp_path)
    assert cli(run, "--trials", 3) == done
    assert written(tmp_path) == before

    best = min(
        (r for r in Store(tmp_path).read().records if r.spec.name.startswith("fm trial")),
        key=lambda record: record.metrics["valid"]["logloss"] or 9,
    )
    tested = [r.spec for r in Store(tmp_path).read().records if r.spec.tests and r.spec.trials]
    assert {s.train for s in tested if s.model == "fm"} == {best.spec.train}


def test_what_is_said_is_not_searched(cli: Cli, tmp_path: Path) -> None:
    said = "--set train.lr=0.007 --set model.fm.embed_dim=3"
    run = f"run {SMALL} --models fm --seeds 1 --out {tmp_path} --trials 2 {said}"
    assert "Tuned: every model, 2 trials each, on validation rows" in cli(run).out
    specs = [record.spec for record in Store(tmp_path).read().records]
    assert len({spec.train.l2_linear for spec in specs}) == 2
    assert {(s.train.lr, s.model_args["embed_dim"]) for s in specs} == {(0.007, 3)}


def test_large_data_and_many_models_have_fewer_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fmbench.tuning.budget.TRIALS", 8)
    found = [affordable(rows, 5) for rows in (1, 10**6, 2 * 10**6, 8 * 10**6, 10**7)]
    assert found == [8, 8, 4, 1, 0]
    assert [affordable(1, models) for models in (12, 25, 60, 200)] == [8, 4, 1, 0]
