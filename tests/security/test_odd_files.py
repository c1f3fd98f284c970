"""Pipes, devices and links where files are expected: nobody waits, and nothing outside is read."""

import os
import resource
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fmbench import files
from fmbench.cli import main

SMALL = ["--dataset", "kmrd-synth", "--set", "data.rows=2000", "--set", "train.max_epochs=1"]
PLAN = """name = "small"
question = "?"
seeds = 2
[base]
model = "lr"
dataset = "kmrd-synth"
data = { rows = 2000 }
train = { max_epochs = 1 }
[variants.slow]
train = { lr = 0.001 }
"""

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store with all that a store can hold."""
    root = tmp_path_factory.mktemp("whole")
    (root / "plan.toml").write_text(PLAN, encoding="utf-8")
    store = root / "store"
    assert main(["ablate", str(root / "plan.toml"), "--out", str(store)]) == 0
    assert main(["report", str(store), "--keep"]) == 0
    (store / "unfinished").mkdir()
    return store


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    """Let what reads without end fail at once, instead of filling the machine."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (2 << 30), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.fixture
def store(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a store of this test's own, in the folder that it works in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FMBENCH_DEBUG", raising=False)
    shutil.copytree(whole, tmp_path / "store")
    return tmp_path / "store"


def outside(path: Path) -> None:
    """Plant a link to a file outside the store that would be right inside."""
    other = path.parents[2] / "other"
    other.write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(other)


def planted(make: Callable[[Path], None]) -> Callable[[Path], None]:
    """Return what plants something in the place of a file."""

    def plant(path: Path) -> None:
        path.unlink(missing_ok=True)
        make(path)

    return plant


ODD: dict[str, Callable[[Path], None]] = {
    "a pipe": planted(os.mkfifo),
    "a device": planted(lambda path: path.symlink_to("/dev/zero")),
}
kinds = pytest.mark.parametrize("kind", ODD)

VERBS = [
    ["report", "store"],
    ["report", "store", "--format", "html"],
    ["report", "store", "--pairs"],
    ["report", "store", "--slices"],
    ["report", "store", "--ablations"],
    ["report", "store", "--verify"],
    ["doctor", "store"],
    ["compare", "store", "store"],
    ["reference", "promote", "main", "store", "--reason", "x"],
    ["check", "store"],
    ["run", "--models", "lr", "--seeds", "2", *SMALL, "--out", "store"],
    ["ablate", "plan.toml", "--out", "store"],
    ["doctor", "store", "--repair"],
]


def a_file(store: Path, place: str) -> Path:
    """Return the first file of a place in a store."""
    return sorted((store / place).iterdir())[0]


@pytest.mark.parametrize("kind", [*ODD, "outside"])
@pytest.mark.parametrize("place", ["records", "predictions", "answers", "plans"])
def test_a_store_with_an_odd_file(
    place: str,
    kind: str,
    store: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    (store.parent / "plan.toml").write_text(PLAN, encoding="utf-8")
    path = a_file(store, place)
    (outside if kind == "outside" else ODD[kind])(path)
    codes = {" ".join(line): main(line) for line in VERBS}
    assert not {line: code for line, code in codes.items() if code not in range(7)}, codes
    said = "".join(capsys.readouterr()) + caplog.text
    assert ("it is a named pipe" if kind == "a pipe" else "it is a link that leads out") in said


@kinds
@pytest.mark.parametrize(
    "line",
    [
        ["run", "odd.toml"],
        ["run", "--models", "lr", *SMALL, "--tuned", "odd.toml"],
        ["run", "--models", "lr", "--plugin", "odd.py"],
        ["run", "--models", "lr", "--dataset", "odd.csv"],
        ["tune", "lr", *SMALL, "--trials", "1", "--out", "odd"],
        ["ablate", "odd.toml"],
        ["history", "add", "odd.json"],
        ["history", "show"],
        ["reference", "show", "log"],
        ["compare", "log", "store"],
        ["data", "audit", "odd.csv"],
    ],
    ids=" ".join,
)
def test_an_odd_file_that_is_named(
    line: list[str], kind: str, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (
        *("odd.toml", "odd.py", "odd.csv", "odd.json", "odd/tuned.toml"),
        *("results/history.jsonl", "results/baselines/log.jsonl"),
    ):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        ODD[kind](Path(name))
    assert main(line) in (2, 3, 6), capsys.readouterr().err
    err = capsys.readouterr().err
    assert "expected a regular file" in err or "not a Python file" in err


def test_a_linked_folder_is_not_read_and_nothing_in_it_is_removed(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = store.parent / "mine"
    mine.mkdir()
    (mine / ".draft.tmp").touch()
    (store / "unfinished").rmdir()
    (store / "unfinished").symlink_to(mine)
    assert main(["run", "--models", "lr", *SMALL, "--out", "store"]) == 6
    assert (mine / ".draft.tmp").exists()
    assert "unfinished' is a link that leads out of 'store'" in capsys.readouterr().err


def test_a_store_may_be_a_link_as_a_whole(store: Path) -> None:
    Path("link").symlink_to("store")
    assert main(["report", "link"]) == main(["doctor", "link"]) == 0
    Path("suite.toml").write_text('models = ["lr"]\n[data]\nrows = 2000\n', encoding="utf-8")
    Path("other.toml").symlink_to("suite.toml")
    assert files.read(Path("other.toml")) == files.read(Path("suite.toml"))


def test_a_file_has_an_end(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(files.LARGEST + 1)
    with pytest.raises(files.Unfit, match="it is larger than"):
        files.read(path)
    path.write_bytes(b"1234")
    assert files.read(path, 4) == b"1234"
    with pytest.raises(files.Unfit):
        files.read(path, 3)
