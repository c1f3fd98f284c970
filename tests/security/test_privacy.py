"""Privacy: what a run writes and prints names no person, machine, folder or secret around it."""

import os
import shutil
import subprocess
import sys
import tempfile
import zlib
from contextlib import suppress
from pathlib import Path

import pytest

from fmbench import pages, report
from fmbench.environment import without_private
from fmbench.store import Store

ROOT = Path(__file__).parents[2]

NAMES = (
    "USER LOGNAME USERNAME LNAME HOSTNAME COMPUTERNAME HTTP_PROXY HTTPS_PROXY ALL_PROXY "
    "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY GITHUB_TOKEN GITHUB_ACTOR GITHUB_REPOSITORY "
    "GITLAB_TOKEN HF_TOKEN WANDB_API_KEY PIP_INDEX_URL PIP_EXTRA_INDEX_URL SSH_CONNECTION "
    "SSH_AUTH_SOCK MAIL DATABASE_URL DB_PASSWORD MY_SECRET EDITOR SLURM_JOB_USER "
    "GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL GIT_ASKPASS "
    "XDG_CONFIG_HOME LC_IDENTIFICATION"
)
VARIABLES = tuple(NAMES.split())
FILES = {".netrc": "password", ".config/pip/pip.conf": "index-url", ".gitconfig": "email"}
FOLDERS = ("home", "work", "data", "plugins", "store", "temporary", "synthetic-store")
SETTINGS = ("remote.origin.url", "user.name", "user.email", "http.extraheader")
HOST = ("node", "address")

EVERYTHING = (*VARIABLES, *FILES, *FOLDERS, *SETTINGS, *HOST)
CANARY = {what: f"canary{number:02d}qx7f" for number, what in enumerate(EVERYTHING)}

SITE = """
import os, platform, socket
socket.gethostname = socket.getfqdn = lambda *_: {node!r}
platform.node = lambda: {node!r}
os.uname = lambda told=os.uname(): os.uname_result((told[0], {node!r}, *told[2:]))
socket.gethostbyname = lambda *_: {address!r}
"""

PLUGIN = '''
"""Models that fail, each with a reason that somebody should not read."""

import os
from pathlib import Path

import torch
from fmbench.models import MODELS
from torch import nn


def failing(name, fail):
    class Failing(nn.Module):
        """Fails."""

        def __init__(self, fields):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1))

        def forward(self, x):
            fail()

    MODELS.register(name)(Failing)


def secret():
    raise ValueError(f"{os.environ['WANDB_API_KEY']} is refused by {os.environ['DATABASE_URL']}")


failing("no-file", lambda: open(Path(__file__).with_name("weights of mine.bin")))
failing("no-home", lambda: open(os.path.expanduser("~/secret.bin")))
failing("no-work", lambda: os.listdir(os.getcwd() + "/nothing"))
failing("secret", secret)
'''


def environment(place: Path) -> dict[str, str]:
    """Return a user's environment, every value of which is a canary or holds one."""
    home = place / CANARY["home"]
    site = home / "site"
    site.mkdir(parents=True)
    (site / "sitecustomize.py").write_text(SITE.format(**CANARY), encoding="utf-8")
    for name, key in FILES.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"[global]\n{key} = {CANARY[name]}\n", encoding="utf-8")
    # A socket's path must be short, and pytest's folders are not.
    temporary = Path(tempfile.mkdtemp()) / CANARY["temporary"]
    temporary.mkdir()
    planted = {name: CANARY[name] for name in VARIABLES}
    for name in planted:
        if "URL" in name or "PROXY" in name:
            planted[name] = f"https://someone:{planted[name]}@127.0.0.1:9/x"
    for number, key in enumerate(SETTINGS):
        planted |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": CANARY[key]}
    return {
        **planted,
        "GIT_CONFIG_COUNT": str(len(SETTINGS)),
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{site}{os.pathsep}{ROOT}",
        "FMBENCH_CACHE": str(home / "cache"),
        "FMBENCH_DATA": str(place / CANARY["data"]),
    }


def ratings(path: Path) -> Path:
    path.parent.mkdir(parents=True)
    rows = (f"{i % 23},{i % 17},{1 + i * i % 10},{1_100_000_000 + i * 3600}" for i in range(600))
    path.write_text("user,movie,rate,time\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def hits(what: str, content: bytes) -> list[str]:
    """Return the canaries in some bytes, as they are or packed as predictions are."""
    with suppress(zlib.error):
        content += zlib.decompress(content)
    return [f"{what}: {name}" for name, canary in CANARY.items() if canary.encode() in content]


def hits_below(folder: Path) -> list[str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    assert files
    return [
        hit for path in files for hit in hits(path.name, path.name.encode() + path.read_bytes())
    ]


def test_there_are_enough_canaries() -> None:
    assert len(set(CANARY.values())) == len(EVERYTHING) >= 40
    assert hits("x", zlib.compress(CANARY["USER"].encode())) == ["x: USER"]


@pytest.mark.parametrize("kind", ["csv", "synthetic"])
def test_no_canary_is_written(tmp_path: Path, kind: str) -> None:
    variables = environment(tmp_path)
    plugin = tmp_path / CANARY["plugins"] / "mine.py"
    plugin.parent.mkdir()
    plugin.write_text(PLUGIN, encoding="utf-8")
    work = tmp_path / CANARY["work"]
    work.mkdir()
    store = tmp_path / CANARY["store"] / "runs"
    data = ratings(tmp_path / CANARY["data"] / "ratings-of-mine.csv")
    dataset = [str(data)] if kind == "csv" else ["kmrd-synth", "--set", "data.rows=1000"]

    models = "lr,no-file,no-home,no-work,secret"
    options = ["--models", models, "--seeds", "1", "--jobs", "2", "--set", "train.max_epochs=1"]
    places = ["--plugin", str(plugin), "--out", str(store), "--format", "json"]
    command = [
        sys.executable,
        "-m",
        "fmbench",
        "run",
        "--trials",
        "0",
        "--dataset",
        *dataset,
        *options,
        *places,
    ]
    done = subprocess.run(command, cwd=work, env=variables, capture_output=True, check=False)
    shutil.rmtree(Path(variables["TMPDIR"]).parent)
    assert done.returncode == 4, done.stderr.decode()
    secret = (*VARIABLES, *SETTINGS, *HOST)  # standard error may say a path as the user did
    assert [name for name in secret if CANARY[name].encode() in done.stderr] == []

    records, _ = Store(store).read()
    shown = {form: report.show(records, form).encode() for form in pages.FORMATS}
    assert [hit for form, text in shown.items() for hit in hits(form, text)] == []
    assert hits("standard output", done.stdout) == []
    assert hits_below(store) == []
    assert hits_below(Path(variables["FMBENCH_CACHE"])) == []
    # The search would have found something: what may be said of these places is there.
    assert b"weights of mine.bin" in done.stdout
    assert (b"ratings-of-mine.csv" in done.stdout) == (kind == "csv")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No such file: '/home/a b/c d/weights.bin'", "No such file: 'weights.bin'"),
        ("/folder/mine/x.csv:3: bad; /other/y", "x.csv:3: bad; y"),
        ("/home/A Name/x.csv:3: bad", "x.csv:3: bad"),
        (r"cannot open C:\Users\me\x.csv", "cannot open x.csv"),
        ("https://me:token@example.org/a/b", "https://example.org/a/b"),
        ("s3cr3t-value refused", "*** refused"),
        ("rates.csv: 3/4 rows, a / b, user/movie, km/h", None),
        ("KeyError: 'loss'", None),
    ],
)
def test_private_words(text: str, expected: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_API_KEY", "s3cr3t-value")
    monkeypatch.setenv("SHORT_KEY", "loss")
    monkeypatch.setenv("HOME", "/home/A Name")
    assert without_private(text) == (text if expected is None else expected)
