"""A machine that is in the way: full disks, folders of others, outputs that are gone."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

import fmbench
from fmbench.cli.main import VERBS
from fmbench.gate import Log, promote
from fmbench.gate.log import FOLDER
from fmbench.record import Record
from fmbench.spec import RunSpec
from fmbench.store import Store

SMALL = "--dataset kmrd-synth --set data.rows=2000 --set train.max_epochs=1 --models lr --jobs 1"
LINES = {
    "run": f"run {SMALL} --trials 0 --seeds 1 --out OUT",
    "ablate": "ablate PLAN --jobs 1 --out OUT",
    "tune": "tune lr --dataset kmrd-synth --set data.rows=2000 --set train.max_epochs=1 --trials 1 "
    "--jobs 1 --out OUT",
    "list": "list models",
    "show": "show fm",
    "report": "report STORE",
    "report --pairs": "report STORE --pairs",
    "data audit": "data audit kmrd-synth --set data.rows=2000",
    "data describe": "data describe kmrd-synth --set data.rows=2000",
    "check-model": "check-model lr",
    "doctor": "doctor STORE",
    "compare": "compare STORE STORE",
    "check": "check STORE --reference made",
    "reference": "reference show made",
    "ab": "ab --help",
    "selftest": "selftest --help",
    "history": "history --help",
    "help": "run --help",
    "version": "--version",
}
"""What has a result to write; at least one line of each verb."""

PLAN = """
name = "p"
question = "?"
seeds = 2
base = { model = "lr", dataset = "kmrd-synth", data = { rows = 2000 }, train = { max_epochs = 1 } }
variants.small.train = { batch_size = 128 }
"""

SHELL = 'exec "$0" -m fmbench "$@"'


def a_store(root: Path) -> Store:
    """Return a store with a few records in it."""
    store = Store(root)
    store.prepare()
    for seed in range(3):
        logits = bytes([seed]) * 400
        spec = RunSpec(name="fm", dataset="kmrd-synth", model="fm", seed=seed)
        hash = hashlib.sha256(logits).hexdigest()
        metrics = {"test": {"auc": 0.7 + seed / 100, "logloss": 0.5}}
        store.append(Record(spec=spec, status="ok", metrics=metrics, predictions=hash), logits)
    return store


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    lines = [line for line in done.stderr.splitlines() if not line.startswith("fmbench: note")]
    assert done.returncode == 6, done
    assert lines[0].startswith("fmbench: error: "), done.stderr
    assert len(lines) == 1 or (len(lines) == 2 and lines[1].startswith("  hint: ")), done.stderr
    assert [word for word in words if word not in done.stderr] == []


def test_no_verb_is_left_out() -> None:
    assert {line.split()[0] for line in LINES.values()} == {*VERBS, "--version"}


GONE = 'folder=$(mktemp -d) && cd "$folder" && rmdir "$folder" && ' + SHELL
WITHOUT = "import sys; sys.modules['fcntl'] = None; from fmbench.cli import main; sys.exit(main())"


@pytest.mark.parametrize("name", LINES)
def test_a_working_folder_that_has_been_deleted(name: str, tmp_path: Path) -> None:
    command = ["bash", "-c", GONE, sys.executable, *LINES[name].split()]
    package = str(Path(fmbench.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": package, "TMPDIR": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)
    if name == "version" or "--help" in LINES[name]:
        assert done.returncode == 0, done.stderr
    else:
        refused(done, "the working folder cannot be entered")


@pytest.mark.parametrize("name", LINES)
def test_a_system_without_file_locks(name: str) -> None:
    """Such as Windows."""
    command = [sys.executable, "-c", WITHOUT, *LINES[name].split()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if name == "version" or "--help" in LINES[name]:
        assert done.returncode == 0, done.stderr
    else:
        refused(done, "expected Linux or macOS", "WSL")


TRAINS = {"run", "ablate", "tune", "check-model"}
"""What takes ten seconds; all write their result by the same function."""

NOBODY = {
    ">&-": "standard output is closed",
    ">/dev/full": "standard output cannot be written: No space left on device",
    "| true": "standard output cannot be written: Broken pipe",
}


@pytest.mark.parametrize(
    ("name", "to"),
    [
        pytest.param(name, to, marks=[pytest.mark.slow] * (name in TRAINS and to != ">/dev/full"))
        for name in LINES
        for to in NOBODY
    ],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_result_that_nobody_takes(name: str, to: str, tmp_path: Path) -> None:
    store = a_store(tmp_path / "store")
    log = Log("made", tmp_path / FOLDER)
    promote(log, store.root, reason="a test", now=datetime.now(UTC), min_seeds=3)
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    line = LINES[name].replace("STORE", str(tmp_path / "store"))
    line = line.replace("PLAN", str(tmp_path / "plan.toml"))
    argv = line.replace("OUT", str(tmp_path / "out")).split()
    # A reader that goes away before anything is written: true has ended when the verb begins.
    late = "sleep 0.2; " if to == "| true" else ""
    shell = f"set -o pipefail; ({late}{SHELL}) {to}" if late else f"{SHELL} {to}"
    command = ["bash", "-c", shell, sys.executable, *argv]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path)
    refused(done, NOBODY[to])
    if name in ("run", "tune"):
        assert len(Store(tmp_path / "out").read().records) == 1


AS_NOBODY = """
import os, sys
from fmbench.cli import main
store, other = sys.argv[1], sys.argv[2]
small = sys.argv[3:]
# Everything is imported while it can be: nobody may not read where Python is installed.
assert main(["run", *small, "--out", other]) == main(["doctor", other, "--repair"]) == 0
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
print(main(["run", *small, "--out", store]), main(["doctor", store, "--repair"]), file=sys.stderr)
print(main(["report", store]), file=sys.stderr)
os._exit(0)  # exit handlers would clean up as root what nobody may not
"""


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can be another")
def test_a_folder_that_another_user_may_only_read() -> None:
    home = Path(tempfile.mkdtemp())
    home.chmod(0o755)
    try:
        store = a_store(home / "store")
        before = sorted(path.name for path in store.records.iterdir())
        argv = [str(store.root), str(home / "other"), *SMALL.split(), "--seeds", "1"]
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, *argv],
            capture_output=True, text=True, timeout=120, cwd="/",
            env={**os.environ, "FMBENCH_CACHE": str(home / "cache"), "TMPDIR": str(home)},
        )  # fmt: skip
        besides = ("  hint: ", "fmbench: warning: the cache ")
        lines = [line for line in done.stderr.splitlines() if not line.startswith(besides)]
        run, doctor, codes, report = lines[-4:]
        assert (codes, report) == ("6 6", "0")
        assert run.endswith("cannot be written; expected a folder that can")
        assert "cannot be written: Permission denied" in doctor
        assert sorted(path.name for path in store.records.iterdir()) == before
    finally:
        shutil.rmtree(home)


NOBODY_ID, UNKNOWN_ID = 65534, 1_234_567
READS = [
    *("setpriv", "--clear-groups"),
    # To read what is root's, such as the folder that Python is installed in; to write nothing.
    *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),
]


def can_be_another() -> bool:
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("setpriv") is None:
        return False
    return subprocess.run([*READS, "true"], capture_output=True).returncode == 0


another_user = pytest.mark.skipif(not can_be_another(), reason="only root can be another")


def as_nobody(
    folder: Path,
    line: str,
    cache: Path | None = None,
    home: str | None = None,
    user: int = NOBODY_ID,
) -> subprocess.CompletedProcess[str]:
    """Run the command as one who may write to `folder` alone; the package is root's."""
    package = folder.with_name("package")
    ignored = shutil.ignore_patterns("__pycache__")
    if not package.exists():
        shutil.copytree(Path(fmbench.__file__).parent, package / "fmbench", ignore=ignored)
    folder.mkdir(exist_ok=True)
    os.chown(folder, user, user)
    kept = {key: value for key, value in os.environ.items() if key not in ("HOME", "FMBENCH_CACHE")}
    given = {"HOME": home, "FMBENCH_CACHE": cache and str(cache), "PYTHONPATH": str(package)}
    command = [*READS, f"--reuid={user}", f"--regid={user}", sys.executable, "-m", "fmbench"]
    return subprocess.run(
        [*command, *line.split()],
        capture_output=True, text=True, timeout=240, cwd=folder,
        env={**kept, **{key: value for key, value in given.items() if value is not None}},
    )  # fmt: skip


@another_user
@pytest.mark.parametrize(
    ("name", "home", "user"),
    [
        ("run", None, UNKNOWN_ID),
        ("tune", "/nonexistent", NOBODY_ID),
        ("check-model", None, NOBODY_ID),
    ],
)
def test_an_ordinary_user_without_a_home(
    name: str, home: str | None, user: int, tmp_path: Path
) -> None:
    line = LINES[name].replace("OUT", "out")
    done = as_nobody(tmp_path / "own", line, home=home, user=user)
    assert done.returncode == 0, done.stderr
    assert {line.partition(": ")[0] for line in done.stderr.splitlines()} <= {"fmbench"}
    assert sorted(path.name for path in (tmp_path / "own").iterdir()) in (["out"], [])


LONG = "run --dataset kmrd-synth --set data.rows=2000 --set train.batch_size=8 --set "
LONG += "train.max_epochs=20 --models lr --jobs 1 --seeds 1"


@another_user
@pytest.mark.slow
@pytest.mark.parametrize("may_write", [True, False])
def test_where_kernels_are_compiled_is_what_doctor_says(may_write: bool, tmp_path: Path) -> None:
    own, cache = tmp_path / "own", tmp_path / "cache"
    cache.mkdir()
    if may_write:
        os.chown(cache, NOBODY_ID, NOBODY_ID)

    def doctor() -> dict[str, str]:
        rows = json.loads(as_nobody(own, "doctor --format json", cache).stdout)["rows"]
        return next(row for row in rows if row["what"] == "kernels")

    before, done = doctor(), as_nobody(own, f"{LONG} --out out", cache)
    assert done.returncode == 0, done.stderr
    notes = [line for line in done.stderr.splitlines() if "the engine" in line]
    assert len(notes) == 1
    (kept,) = cache.glob("kernels-*") if may_write else [None]
    if kept is None:
        assert "FMBENCH_CACHE" in notes[0]
        assert before == doctor()
        assert before["state"] == "compiled at each start"
        assert str(cache) in before["why"]
    else:
        assert "once for this installation" in notes[0]
        assert (before["state"], doctor()["state"]) == ("not compiled", f"compiled, in {kept}")
        assert as_nobody(own, f"{LONG} --out again", cache).stderr == ""


def can_mount() -> bool:
    command = ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"]
    return shutil.which("unshare") is not None and (
        subprocess.run(command, capture_output=True).returncode == 0
    )


@pytest.mark.skipif(not can_mount(), reason="no small disk can be mounted here")
def test_a_disk_that_fills_up_keeps_what_was_finished(tmp_path: Path) -> None:
    """The first records fit on it, the later ones do not; with room, the sweep goes on."""
    disk, kept = tmp_path / "disk", tmp_path / "kept"
    disk.mkdir()
    run = f"-m fmbench run {SMALL} --trials 0 --seeds 6 --out {disk}/runs"
    script = (
        f"mount -t tmpfs -o size=64k none {disk}; {sys.executable} {run} >/dev/null; code=$?; "
        f"cp -r {disk}/runs {kept}; exit $code"
    )
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, timeout=120
    )
    refused(done, "No space left on device", "ended and is not recorded", "of 6 records are kept")
    records, damages = Store(kept).read()
    assert 0 < len(records) < 6
    assert damages == []
    assert f"{len(records)} of 6 records are kept" in done.stderr


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    out = tmp_path / "not" / "yet" / "there"
    command = [
        sys.executable,
        "-m",
        "fmbench",
        "run",
        "--trials",
        "0",
        *SMALL.split(),
        "--seeds",
        "1",
    ]
    done = subprocess.run([*command, "--out", str(out)], capture_output=True, timeout=120)
    assert done.returncode == 0
    assert len(Store(out).read().records) == 1


def test_a_run_leaves_no_temporary_file_and_no_lock(tmp_path: Path) -> None:
    place, cache = tmp_path / "t", tmp_path / "cache"
    place.mkdir()
    kept = {key: value for key, value in os.environ.items() if key != "TORCHINDUCTOR_CACHE_DIR"}
    command = [
        sys.executable,
        "-m",
        "fmbench",
        "run",
        "--trials",
        "0",
        *SMALL.split(),
        "--seeds",
        "1",
    ]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "out")],
        capture_output=True, text=True, timeout=120,
        env={**kept, "TMPDIR": str(place), "FMBENCH_CACHE": str(cache)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert list(place.iterdir()) == []
    assert sorted(path.name for path in cache.iterdir()) == ["encoded", "inductor"]
    assert list(cache.rglob("*.lock")) == []


def test_an_environment_with_next_to_nothing_in_it(tmp_path: Path) -> None:
    """No home, no PATH, and a folder for temporary files that is not there."""
    needed = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    given = {"TMPDIR": str(tmp_path / "gone"), "FMBENCH_CACHE": str(tmp_path / "cache")}
    command = [
        sys.executable,
        "-m",
        "fmbench",
        "run",
        "--trials",
        "0",
        *SMALL.split(),
        "--seeds",
        "1",
    ]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "out")],
        capture_output=True, text=True, timeout=120, env=needed | given,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(Store(tmp_path / "out").read().records) == 1
