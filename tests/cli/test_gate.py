"""compare, check and reference, as they are called; every broken reference fails closed."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fmbench.errors import NOTE
from fmbench.record import SCHEMA, Record
from fmbench.spec import RunSpec, TrainSpec
from fmbench.store import Store

Cli = Callable[..., Any]

CELL = "fm/kmrd-synth/ids/random"

ROOT = Path(__file__).parents[2]


def fill(
    root: Path, aucs: Sequence[float] = (0.70, 0.71, 0.72, 0.73, 0.74), **changed: Any
) -> Path:
    """Make a store with one record for each AUC."""
    store = Store(root)
    store.prepare()
    split, lr = changed.pop("split", "random"), changed.pop("lr", 0.005)
    dataset = changed.pop("dataset", "kmrd-synth")
    for seed, auc in enumerate(aucs):
        spec = RunSpec(
            name="fm",
            dataset=dataset,
            dataset_args={"fields": "ids", "split": split},
            model="fm",
            train=TrainSpec(lr=lr),
            seed=seed,
        )
        usual: dict[str, Any] = {
            "status": "ok",
            "metrics": {"test": {"auc": auc, "logloss": 1 - auc}},
            "parameters": 1000,
            "peak_rss_mib": 400.0,
            "fingerprint": "f0" * 32,
            "environment": {"system": "Linux", "device": "cpu", "commit": "abc", "dirty": False},
        }
        store.append(Record(spec=spec, **(usual | changed)))
    return root


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that the command is called from, with a store `good` in it."""
    monkeypatch.chdir(tmp_path)
    fill(tmp_path / "good")
    return tmp_path


@pytest.fixture
def main_(here: Path, cli: Cli) -> Path:
    """Return the log of a reference `main` that was promoted."""
    assert cli("reference promote main good --reason first").code == 0
    return here / "results" / "references" / "main.jsonl"


def test_two_stores_are_compared(here: Path, cli: Cli) -> None:
    fill(here / "worse", [0.60, 0.61, 0.62, 0.63, 0.64])
    done = cli("compare good worse --format json")
    data = json.loads(done.out)
    assert (done.code, data["exit"], data["verdict"]) == (1, 1, "REGRESSED")
    assert (data["base"], data["new"]) == ("good", "worse")
    back = json.loads(cli("compare worse good --format json").out)
    assert (back["exit"], back["verdict"]) == (0, "IMPROVED")
    assert cli("compare good good").code == 0


def test_what_matters_and_what_is_none_can_be_said(here: Path, cli: Cli) -> None:
    fill(here / "new", [auc - 0.005 for auc in (0.70, 0.71, 0.72, 0.73, 0.74)])
    assert cli("compare good new").code == 1
    sizes = "--drop auc=0.01 --margin auc=0.02 --drop logloss=0.1 --margin logloss=0.2"
    assert cli(f"compare good new {sizes}").code == 0


def test_strict_fails_on_what_is_open(here: Path, cli: Cli) -> None:
    fill(here / "open", [0.74, 0.70, 0.72, 0.69, 0.75])
    assert cli("compare good open").code == 0
    done = cli("compare good open --strict --format json")
    assert (done.code, json.loads(done.out)["verdict"]) == (7, "INCONCLUSIVE")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("compare good nowhere", ["'nowhere' holds no records"]),
        ("compare good good --drop auc", ["'auc'; expected METRIC=SIZE"]),
        ("compare good good --drop aux=0.1", ["unknown metric 'aux'", "did you mean 'auc'"]),
        ("compare good good --drop auc=nan", ["auc is nan; expected more than 0"]),
        ("compare good good --drop auc=0.5", ["is larger than its margin"]),
        ("compare good good --format xml", ["unknown format 'xml'", "junit"]),
        ("check good", ["unknown reference 'main'", "known references: none"]),
        ("check good --reference ../main", ["reference name '../main'"]),
        ("reference promote main good", ["--reason is empty"]),
        ("reference promote main", ["expects a name and a store"]),
        ("reference promote main nowhere --reason x", ["holds no records"]),
        ("reference accept main fm:auc --reason x", ["--until is missing"]),
        ("reference show main", ["unknown reference 'main'"]),
        ("reference demote main", ["unknown action 'demote'"]),
    ],
)
def test_what_makes_no_sense_is_refused(line: str, words: list[str], here: Path, cli: Cli) -> None:
    cli(line).refuses(2, *words)
    assert not (here / "results").exists()


def test_a_reference_is_promoted_shown_and_checked_against(main_: Path, cli: Cli) -> None:
    (row,) = json.loads(cli("reference show --format json").out)["rows"]
    assert (row["reference"], row["what"], row["reason"]) == ("main", "promote", "first")
    assert row["of"] == "../../good: 5 records"
    done = cli("check good --format json")
    assert (done.code, json.loads(done.out)["base"]) == (0, "reference main")
    assert cli("compare main good").code == 0
    before = main_.read_bytes()
    assert cli("reference promote main good --reason again").code == 0
    assert main_.read_bytes().startswith(before)


def test_a_store_that_grew_since_is_not_what_was_promoted(main_: Path, cli: Cli) -> None:
    fill(Path("good"), [0.1], lr=0.5)
    fill(Path("new"))
    assert cli("check new").code == 0
    assert cli("compare good new").code == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"aucs": [0.7, 0.71]}, ["fm", "has 2 seeds; expected 5 or more"]),
        ({"status": "error", "reason": "x"}, ["5 of 5 records failed"]),
        ({"environment": {"dirty": True}}, ["was measured with uncommitted changes"]),
    ],
    ids=["seeds", "failed", "dirty"],
)
def test_what_is_unfit_is_not_promoted(
    changed: dict[str, Any], words: list[str], here: Path, cli: Cli
) -> None:
    fill(here / "new", **changed)
    cli("reference promote main new --reason x").refuses(1, *words)
    assert cli("reference promote main new --reason x --min-seeds 1").code == (
        0 if "aucs" in changed else 1
    )


def test_what_is_worse_is_promoted_only_once_it_is_accepted(main_: Path, cli: Cli) -> None:
    fill(Path("new"), parameters=2000)
    assert cli("check new").code == 1
    promote = "reference promote main new --reason x"
    cli(promote).refuses(1, f"parameters of {CELL} is worse than in reference 'main': +1,000 p")
    accept = f"reference accept main {CELL}:parameters --reason bias --until"
    cli(f"{accept} 2020-01-01").refuses(2, "which has passed")
    cli("reference accept main fn:auc --reason x --until 2999-01-01").refuses(
        2, "unknown cell 'fn'"
    )
    cli(f"reference accept main {CELL}:x --reason x --until 2999-01-01").refuses(2, "metric 'x'")
    cli(f"{accept} soon").refuses(2, "'soon' is not a day")
    assert cli(f"{accept} 2999-01-01").code == 0
    done = cli("check new")
    assert done.code == 0
    assert "regressed (accepted)" in done.out
    assert "Accepted: parameters of fm/kmrd-synth/ids/random until 2999-01-01: bias" in done.out
    assert cli(promote).code == 0
    assert "1 regressed" not in cli("check new").out
    assert "Accepted: parameters" in cli("check new").out


def log_line(log: Path, **changed: Any) -> bytes:
    return msgspec.json.encode(json.loads(log.read_bytes()) | changed) + b"\n"


def cut_short(log: Path) -> None:
    log.write_bytes(log.read_bytes()[:-20])


def one_record(log: Path) -> Path:
    return sorted(Path("good/records").iterdir())[0]


def alter(log: Path, old: bytes, new: bytes) -> None:
    content = one_record(log).read_bytes()
    assert old in content
    one_record(log).write_bytes(content.replace(old, new))


def run_again(**changed: Any) -> Callable[[Path], Any]:
    """Return what makes the new records others than those of the reference."""

    def fill_anew(log: Path) -> None:
        shutil.rmtree("new")
        fill(Path("new"), **changed)

    return fill_anew


ELSEWHERE = {"system": "Linux", "device": "cuda"}

BROKEN: dict[str, tuple[Callable[[Path], Any], int, str]] = {
    "missing": (lambda log: log.unlink(), 2, "unknown reference 'main'"),
    "a folder": (
        lambda log: (log.unlink(), log.mkdir()), 6, "main.jsonl' cannot be read: it is a folder",
    ),
    "cut short": (cut_short, 5, "reference 'main' is damaged in line 1: it is cut short"),
    "empty": (
        lambda log: log.write_bytes(b""), 5, "'main' was never promoted; its log has no such line",
    ),
    "no JSON": (
        lambda log: log.write_bytes(b"<<<<<<< HEAD\n"), 5, "reference 'main' is damaged in line 1",
    ),
    "newer schema": (
        lambda log: log.write_bytes(log_line(log, schema=2)), 5,
        "reference 'main' has schema 2 in line 1; this fmbench reads up to 1",
    ),
    "no records": (
        lambda log: log.write_bytes(log_line(log, records=[])), 5,
        "reference 'main' is damaged in line 1",
    ),
    "another path": (
        lambda log: log.write_bytes(log_line(log, store="../../gone")), 5,
        "reference 'main' names the store '../../gone', which is not there",
    ),
    "no store": (
        lambda log: shutil.rmtree("good"), 5,
        "reference 'main' names the store '../../good', which is not there",
    ),
    "a record gone": (
        lambda log: one_record(log).unlink(), 5, "which its store lacks (1 of 5 are gone)",
    ),
    "a record truncated": (
        lambda log: one_record(log).write_bytes(one_record(log).read_bytes()[:100]), 5,
        "the store of reference 'main': record",
    ),
    "a record altered": (
        lambda log: alter(log, b"0.7", b"0.6"), 5, "the store of reference 'main': record",
    ),
    "a record of a newer schema": (
        lambda log: one_record(log).write_bytes(b'{"schema": 9, "record": {}}'), 5,
        f"has schema 9; this fmbench reads up to {SCHEMA}",
    ),
    "of another dataset": (run_again(dataset="kmrd-small"), 1, "MISSING: the base has it with 5"),
    "of another split": (
        run_again(split="temporal"), 1,
        'NOT_COMPARABLE: dataset_args.split "random" → "temporal"',
    ),
    "of other settings": (run_again(lr=0.1), 1, "NOT_COMPARABLE: train.lr 0.005 → 0.1"),
    "of other rows": (
        run_again(fingerprint="ab" * 32), 1,
        "NOT_COMPARABLE: the rows of the split f0f0f0f0f0f0 → abababababab",
    ),
    "of another machine class": (
        run_again(environment=ELSEWHERE), 1, "NOT_COMPARABLE: device cpu → cuda",
    ),
    "of what fails now": (
        run_again(status="oom", reason="no memory"), 1,
        "BROKEN: 5 of 5 seeds failed: seed 0: oom: no memory",
    ),
}  # fmt: skip
"""What is wrong with the reference, the exit code, and what is said."""


@pytest.mark.parametrize(("damage", "code", "sentence"), BROKEN.values(), ids=BROKEN)
def test_a_broken_reference_fails_closed(
    damage: Callable[[Path], Any], code: int, sentence: str, main_: Path, cli: Cli
) -> None:
    shutil.copytree("good", "new")
    damage(main_)
    done = cli("check new --format json")
    if code != 1:
        done.refuses(code, sentence)
        return
    first = json.loads(done.out)["cells"][0]
    assert (done.code, f"{first['verdict']}: {first['why']}"[: len(sentence)]) == (1, sentence)


def test_a_damaged_new_store_is_no_result(main_: Path, cli: Cli) -> None:
    fill(Path("new"))
    sorted(Path("new/records").iterdir())[0].write_bytes(b"{}")
    cli("check new").refuses(5, "is damaged", "fmbench doctor new --repair")


def test_nothing_passes_against_an_empty_base(here: Path, cli: Cli) -> None:
    Store(here / "empty").prepare()
    cli("compare empty good").refuses(2, "'empty' holds no records; expected some to compare with")
    assert cli("compare good empty").code == 1


def test_a_name_that_is_both_is_refused(main_: Path, cli: Cli) -> None:
    shutil.copytree("good", "main")
    cli("compare main good").refuses(
        2, "'main' is a folder and a reference", "./main is the folder"
    )
    assert cli("compare ./main good").code == 0


def test_the_gate_loads_no_torch(here: Path) -> None:
    verb = "import sys; from fmbench.cli import main; main(sys.argv[1:])"
    code = f"{verb}; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, "compare", "good", "good"], capture_output=True, text=True
    )
    assert done.stdout.endswith("False\n"), done


def test_two_runs_of_the_same_code_are_equal_bit_for_bit(here: Path, cli: Cli) -> None:
    small = "--dataset kmrd-synth --set data.rows=2000 --set train.max_epochs=1 --models lr"
    small += " --set train.batch_size=256"
    for name in ("a", "b"):
        assert cli(f"run {small} --seeds 2 --jobs 1 --out {name}").code == 0
    done = cli("compare a b --format json")
    cells = {cell["metric"]: cell for cell in json.loads(done.out)["cells"]}
    assert done.code == 0
    for metric in ("auc", "logloss"):
        assert cells[metric]["verdict"] == "EQUIVALENT"
        assert cells[metric]["why"] == "the same predictions, bit for bit, on 2 common seeds"
    assert cli(f"run {small} --seeds 2 --jobs 1 --set train.batch_size=300 --out c").code == 0
    done = cli("compare a c --format json")
    assert (done.code, json.loads(done.out)["verdict"]) == (1, "NOT_COMPARABLE")
    assert json.loads(done.out)["cells"][0]["why"] == "train.batch_size 256 → 300"


def test_every_report_ends_with_the_error_rates_or_how_to_get_them(here: Path, cli: Cli) -> None:
    fill(here / "again")
    remedy = "not measured here; `fmbench selftest gate` measures it"
    assert remedy in " ".join(cli("compare good again").out.split())
    folder = here / "results" / "noise"
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "results" / "noise" / "seeds.rates.json", folder)
    said = cli("compare good again --format json").out
    assert "of 1,000 (at most" in json.loads(said)["notes"][-1]


@pytest.mark.parametrize("name", ["seeds.json", "seeds.rates.json"])
@pytest.mark.parametrize("content", ["{", '{"schema": 99, "of": "", "cells": {}}', ""])
def test_damaged_knowledge_of_noise_fails_closed(
    name: str, content: str, here: Path, cli: Cli
) -> None:
    fill(here / "again")
    path = here / "results" / "noise" / name
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="utf-8")
    done = cli("compare good again")
    assert done.code == 5
    assert f"results/noise/{name}" in done.err


def test_the_former_names_are_read_with_a_note(
    main_: Path, cli: Cli, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(NOTE)
    done = cli("baseline show --format json")
    assert (done.code, len(json.loads(done.out)["rows"])) == (0, 1)
    assert "`fmbench baseline` is now `fmbench reference`" in caplog.text
    done = cli("check good --baseline main --format json")
    assert (done.code, json.loads(done.out)["base"]) == (0, "reference main")
    assert "--baseline is now called --reference" in caplog.text


def test_logs_are_found_in_the_folder_of_before(main_: Path, cli: Cli) -> None:
    main_.parent.rename(main_.parent.with_name("baselines"))
    assert json.loads(cli("check good --format json").out)["base"] == "reference main"
    assert cli("reference promote main good --reason again").code == 0
    assert len(json.loads(cli("reference show --format json").out)["rows"]) == 2
