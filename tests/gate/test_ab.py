"""Sessions on a machine that is played, and arms that are real."""

import random
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fmbench.cli import main
from fmbench.errors import EnvironmentFault, UsageError
from fmbench.gate import GATES, Check, Session, noise
from fmbench.gate.speed import FEWEST, Noise, Timed
from fmbench.gate.versions import Arm, Work, arms, toml
from fmbench.record import Record
from fmbench.spec import read_suite

Make = Callable[..., list[Record]]

ROOT = Path(__file__).parents[2]

NOW = datetime(2026, 11, 24, tzinfo=UTC)
BASE = Arm("base", Path(sys.executable), Path("/base"))
NEW = Arm("new", Path(sys.executable), Path("/new"))
SPEED = "train_samples_per_s"


class Played:
    """The work of a machine that scatters by 1 %, and does what else a test wants."""

    def __init__(self, records: Make, **odd: Any) -> None:
        self.records = records
        self.slower: dict[tuple[str, str], float] = odd.get("slower", {})
        self.silent: set[tuple[str, str]] = odd.get("silent", set())
        self.second: float = odd.get("second", 1.0)
        self.control_of_new: float = odd.get("control_of_new", 1.0)
        self.control_scatter: float = odd.get("control_scatter", 0.003)
        self.calls: list[tuple[str, str, int]] = []
        self.random = np.random.default_rng(0)

    def measure(self, arm: Arm, model: str, seed: int) -> Record | str:
        is_second = bool(len(self.calls) % 2)
        self.calls.append((arm.name, model, seed))
        if (arm.name, model) in self.silent:
            return "fmbench: error: unknown model"
        took = self.slower.get((arm.name, model), 1.0) * (self.second if is_second else 1.0)
        rate = 1e6 * float(np.exp(0.01 * self.random.normal())) / took
        (record,) = self.records(model, [0.79], seeds=[seed], samples={SPEED: [1.0, rate]})
        return record

    def control(self, seed: int) -> float:
        jitter = float(np.exp(self.control_scatter * self.random.normal()))
        return jitter * (self.control_of_new if self.calls[-1][0] == "new" else 1.0)


def session(work: Played, base: Arm = BASE, new: Arm = NEW) -> Session:
    return Session(work, base, new, ["lr", "fm"], GATES, random.Random(0))  # type: ignore[arg-type]


def check(work: Played, tmp_path: Path, **arm: Arm) -> Check:
    return session(work, **arm).check(NOW, strict=False, folder=tmp_path)


def verdicts(found: Check, metric: str) -> dict[str, str]:
    return {cell.name.split("/")[0]: cell.verdict for cell in found.cells if cell.metric == metric}


def test_pairs_are_balanced_shuffled_and_fresh(records: Make, tmp_path: Path) -> None:
    work = Played(records)
    assert check(work, tmp_path).exit == 0
    warm_up, calls = work.calls[:4], work.calls[4:]
    assert warm_up == [(arm, model, 0) for model in ("lr", "fm") for arm in ("base", "new")]
    assert len(set(calls)) == len(calls) == 2 * 2 * 10
    pairs = list(zip(calls[::2], calls[1::2], strict=True))
    assert all(first[1:] == second[1:] for first, second in pairs)
    firsts = Counter((first[0], first[1]) for first, _ in pairs)
    assert set(firsts.values()) == {5}
    assert [first[1:] for first, _ in pairs] != sorted(first[1:] for first, _ in pairs)


def test_what_is_slower_is_measured_again_before_it_is_called_so(
    records: Make, tmp_path: Path
) -> None:
    work = Played(records, slower={("new", "fm"): 1.1})
    found = check(work, tmp_path)
    assert verdicts(found, SPEED) == {"lr": "EQUIVALENT", "fm": "REGRESSED"}
    assert (found.exit, found.base, found.new) == (1, "base", "new")
    assert len(work.calls) == 4 + 40 + 20
    assert {(model, seed > 10) for _, model, seed in work.calls[44:]} == {("fm", True)}
    faster = check(Played(records, slower={("base", "fm"): 1.1}), tmp_path)
    assert verdicts(faster, SPEED)["fm"] == "IMPROVED"
    assert verdicts(faster, "auc") == {"lr": "EQUIVALENT", "fm": "EQUIVALENT"}


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        ({"control_of_new": 1.05}, "a kernel that no change touches"),
        ({"second": 1.1}, "what ran second measured"),
    ],
)
def test_a_machine_that_decides_itself_is_refused(
    odd: dict[str, float], words: str, records: Make, tmp_path: Path
) -> None:
    with pytest.raises(EnvironmentFault, match=words):
        check(Played(records, **odd), tmp_path)


def test_a_machine_that_is_surely_too_noisy_is_refused_before_the_end(
    records: Make, tmp_path: Path
) -> None:
    work = Played(records, control_scatter=0.3)
    with pytest.raises(EnvironmentFault, match="from process to process here"):
        check(work, tmp_path)
    assert 4 + 2 * FEWEST <= len(work.calls) < 4 + 40


def test_a_model_that_one_side_lacks_is_new_or_missing(records: Make, tmp_path: Path) -> None:
    new = check(Played(records, silent={("base", "fm")}), tmp_path)
    assert (verdicts(new, "auc")["fm"], new.exit) == ("NEW", 0)
    gone = check(Played(records, silent={("new", "fm")}), tmp_path)
    assert (verdicts(gone, "auc")["fm"], gone.exit) == ("MISSING", 1)
    silent = {("base", "fm"), ("new", "lr")}
    with pytest.raises(UsageError, match="expected a model that both sides can run"):
        check(Played(records, silent=silent), tmp_path)
    with pytest.raises(UsageError, match="unknown model; nor did 'new'"):
        check(Played(records, silent={("new", "fm"), ("base", "fm")}), tmp_path)


def test_the_same_code_twice_teaches_the_ledger(records: Make, tmp_path: Path) -> None:
    check(Played(records), tmp_path)
    assert list(tmp_path.iterdir()) == []
    for times in (1, 2):
        check(Played(records), tmp_path, base=BASE, new=BASE)
        (path,) = tmp_path.iterdir()
        known = noise.read(path)
        assert {metric for _, metric in known} == {SPEED}
        assert {n.freedom for n in known.values()} == {7 * times}
        assert all(0.005 < n.variance**0.5 < 0.03 for n in known.values())
    path.write_bytes(path.read_bytes().replace(b'"variance":0.000', b'"variance":0.003'))
    noisy = Played(records)
    check(noisy, tmp_path)
    assert max(seed for *_, seed in noisy.calls) == 15
    path.write_bytes(path.read_bytes().replace(b'"variance":0.003', b'"variance":0.9'))
    with pytest.raises(EnvironmentFault, match="equal code differs by"):
        check(Played(records), tmp_path)


def test_the_ledger_forgets_nothing_and_trusts_itself_within_bounds(tmp_path: Path) -> None:
    pairs = {("m", SPEED): [Timed(1.0, 1.0 + 0.01 * (i % 2), True) for i in range(10)]}
    for _ in range(20):
        noise.add(tmp_path / "x.jsonl", pairs, "2026-11-24T00:00:00Z")
    assert len((tmp_path / "x.jsonl").read_text().splitlines()) == 20
    assert noise.read(tmp_path / "x.jsonl")["m", SPEED].freedom == noise.MOST
    assert noise.read(tmp_path / "y.jsonl") == {}
    assert isinstance(noise.read(tmp_path / "x.jsonl")["m", SPEED], Noise)


def git(folder: Path, *words: str) -> str:
    name = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    command = ["git", *name, *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def test_a_commit_is_checked_out_and_gone_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository, folder = tmp_path / "repository", tmp_path / "arms"
    package = repository / "fmbench"
    package.mkdir(parents=True)
    folder.mkdir()
    git(tmp_path, "init", "-q", "repository")
    for version in ("1", "2"):
        (package / "__init__.py").write_text(f"version = {version}\n")
        git(repository, "add", "-A")
        git(repository, "commit", "-qm", version)
    monkeypatch.chdir(repository)
    with arms("HEAD~1", str(repository), folder=folder) as (old, here):
        assert old.code is not None and old.commit == git(repository, "rev-parse", "HEAD~1").strip()
        assert (old.code / "fmbench" / "__init__.py").read_text() == "version = 1\n"
        assert (here.code, here.commit) == (repository, None)
    assert list(folder.iterdir()) == []
    assert git(repository, "worktree", "list").count("\n") == 1
    with pytest.raises(UsageError, match="'nowhere' is not a commit, a folder or a Python"):
        arms("nowhere", "HEAD", folder=folder).__enter__()


INSTALLED = """#!/bin/sh
# A Python with another fmbench: it says what it was called with, and leaves no record.
echo "$PWD $PYTHONHASHSEED $*" >&2
cp "$4" {seen}
"""


def test_a_python_runs_what_it_has_installed(tmp_path: Path) -> None:
    python, seen = tmp_path / "python", tmp_path / "seen.toml"
    python.write_text(INSTALLED.format(seen=seen))
    python.chmod(0o755)
    suite = {"dataset": "kmrd-synth", "models": "all", "data": {"rows": 9}}
    work = Work(suite, ["--x"], [], tmp_path)
    with arms(str(python), str(python), folder=tmp_path) as (arm, _):
        assert (arm.python, arm.code) == (python, None)
        said = work.measure(arm, "lr", 7)
    assert isinstance(said, str)
    assert said.startswith(f"{tmp_path} 7 -m fmbench run ")
    assert "--x --jobs 1 --out" in said
    run = read_suite(seen)
    assert (run.models, run.seeds, run.data) == (["lr"], [7], {"rows": 9})
    assert 0 < work.control(7) < 60


def test_each_arm_has_its_own_plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("base", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "fmbench.py").write_text("import sys; sys.exit(' '.join(sys.argv))")
    (tmp_path / "base" / "mine.py").touch()
    monkeypatch.chdir(tmp_path)
    work = Work({}, [], [Path("mine.py")], tmp_path)
    with arms("base", "new", folder=tmp_path) as (base, new):
        old, now = (str(work.measure(arm, "mine", 0)) for arm in (base, new))
    assert f"--plugin {tmp_path}/base/mine.py" in old
    assert f"--plugin {tmp_path}/mine.py" in now


@pytest.mark.parametrize(
    "content",
    [
        {"dataset": 'a "b" \\ é', "seeds": [1], "train": {"lr": 1e-05, "max_epochs": 3}},
        {"data": {"ratios": [0.8, 0.1, 0.1], "label": "rate>=8"}},
        {"model": {"deepfm": {"mlp_dims": [8], "x": True}, "a b": {"y": "z"}}},
    ],
)
def test_a_suite_is_written_as_it_is_read(content: dict[str, Any]) -> None:
    assert tomllib.loads(toml(content)) == content


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_same_code_twice_is_judged_equal_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    small = "--models lr --dataset kmrd-synth --set data.rows=20000 --set train.max_epochs=3"
    code = main(["ab", str(ROOT), str(ROOT), *small.split()])
    assert code in (0, 6), capsys.readouterr()
    assert (tmp_path / "results" / "noise").is_dir() == (code == 0)
