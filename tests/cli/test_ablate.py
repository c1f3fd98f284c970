"""fmbench ablate, end to end on a little synthetic data."""

import json
from pathlib import Path

import pytest

from fmbench.errors import NOTE
from fmbench.store import Store

from .conftest import Cli

PLAN = """
name = "little"
question = "Which part?"
seeds = 2

[base]
model = "fm"
dataset = "kmrd-synth"
data = { fields = "full", rows = 2000 }
train = { max_epochs = 1 }
args = { embed_dim = 2 }

[variants."no pairs"]
model = "lr"

[fields]
without = ["hour"]
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN, encoding="utf-8")
    return path


def test_a_plan_runs_once_and_reports_again_from_the_store(
    cli: Cli, plan: Path, store: Path
) -> None:
    line = f"ablate {plan} --jobs 1 --out {store} --format json"
    done = cli(line)
    assert done.code == 0
    (shown,) = json.loads(done.out)["plans"]
    assert [effect["name"] for effect in shown["effects"]] == ["no pairs", "without hour"]
    assert all(effect["judged"]["paired"]["n"] == 2 for effect in shown["effects"])
    assert all(effect["rows_p"] is not None for effect in shown["effects"])
    records = Store(store).read().records
    assert len(records) == 2 * 3  # fm, lr (for the gap, too), without hour
    assert set(records[0].shuffled) >= {"user", "movie"}
    written = {path.name: path.stat().st_mtime_ns for path in store.glob("*/*")}
    assert cli(line).out == done.out
    assert cli(f"report {store} --ablations --format json").out == done.out
    assert {path.name: path.stat().st_mtime_ns for path in store.glob("*/*")} == written
    assert cli(f"doctor {store}").code == 0

    written = cli(f"report {store} --ablations --to {store.parent}/report --format csv")
    names = {line.split(",")[0] for line in written.out.splitlines()[1:]}
    assert {"little.md", "report.html", "figures/little-effects.png"} < names
    verify = f"report {store} --ablations --to {store.parent}/report --verify --format json"
    assert cli(verify).code == 0
    clone = json.loads(cli(f"report {store} --ablations --format json").out)
    for path in (store / "predictions").iterdir():
        path.unlink()
    assert json.loads(cli(f"report {store} --ablations --format json").out) == clone
    kept = cli(verify)
    assert kept.code == 0
    assert "predictions or data are out of reach" in kept.out
    page = store.parent / "report" / "little.md"
    page.write_text(page.read_text().replace("0.", "1.", 1))
    found = cli(verify)
    assert (found.code, "little.md" in found.out) == (1, True)

    plan.write_text(PLAN.replace("seeds = 2", "seeds = 3"), encoding="utf-8")
    cli(line).refuses(2, "plan 'little'", "is a different one", "--out")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('model = "fm"', 'model = "f"', ["unknown model 'f'", "did you mean 'fm'"]),
        ('["hour"]', '["hours"]', ["unknown field 'hours'", "did you mean 'hour'"]),
        ("embed_dim = 2", "embed_dims = 2", ["unknown fm argument 'embed_dims'"]),
        ("[fields]", "[field]", ["unknown plan key 'field'", "did you mean 'fields'"]),
    ],
)
def test_a_slip_of_the_pen_is_found_before_anything_runs(
    cli: Cli, plan: Path, store: Path, old: str, new: str, words: list[str]
) -> None:
    plan.write_text(PLAN.replace(old, new), encoding="utf-8")
    cli(f"ablate {plan} --jobs 1 --out {store}").refuses(2, *words)
    assert not (store / "records").exists()


OWN = """
name = "mine"
question = "Which column?"
seeds = 2

[base]
model = "lr"
dataset = "table"
data = { file = "mine.csv" }
train = { max_epochs = 1, batch_size = 16 }

[fields]
without = ["shop", "age"]

[sweeps]
"train.lr" = [0.01, 0.1]
"""


def test_what_is_found_out_of_an_own_table_is_said_once(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    caplog.set_level(NOTE)
    rows = (f"u{i % 9},s{i * i % 13},{18 + i * 7 % 50},{i * 5 % 7 // 4}\n" for i in range(100))
    (tmp_path / "mine.csv").write_text("uid,shop,age,clicked\n" + "".join(rows))
    (tmp_path / "plan.toml").write_text(OWN)
    done = cli("ablate plan.toml --data-dir . --jobs 1 --out runs")
    assert done.code == 0, done
    heads = [message.partition(":")[0] for message in caplog.messages]
    roles = ("label", "user", "item", "time", "part")
    assert [heads.count(role) for role in roles] == [1] * 5
    kept = {str(record.audit["inferred"]["roles"]) for record in Store(Path("runs")).read().records}
    assert len(kept) == 1
