"""Hostile suites, flags and records: refused as what they are, in little memory and time."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fmbench import spec
from fmbench.cli import main
from fmbench.errors import StoreError
from fmbench.record import Record
from fmbench.spec import RunSpec
from fmbench.store import Store
from fmbench.store.file import decode, encode


class Touch:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self.path,)


SUITES: dict[str, bytes] = {
    "deep arrays": b"seeds = " + b"[" * 100_000 + b"]" * 100_000,
    "deep tables": b"data = " + b"{a=" * 50_000 + b"1" + b"}" * 50_000,
    "dotted key": b"a" + b".a" * 2_000 + b" = 1",
    "digits": b"seeds = " + b"9" * 10_000,
    "duplicate key": b"seeds = 1\nseeds = 2\n",
    "duplicate table": b"[train]\nlr = 1\n[train]\nlr = 2\n",
    "table over value": b"seeds = 1\n[seeds]\na = 1\n",
    "nan": b"[train]\nlr = nan\n",
    "infinity": b"[data]\nrows = inf\n",
    "date": b"[data]\nrows = 2020-01-01\n",
    "not UTF-8": b"seeds = 1 # \xff",
    "UTF-16": "seeds = 1".encode("utf-16"),
    "NUL": b"seeds = 1\0",
    "quoted names": b'[model."a b"]\n"../x" = 1\n',
    "no table": b'model."a.b]c" = 3\n',
    "path as model": b'models = ["../../etc/passwd"]\n',
    "path as dataset": b'dataset = "../../../etc/passwd"\n',
    "long name": b'models = ["' + b"a" * 300 + b'"]\n',
    "option as name": b'models = ["-rf"]\n',
    "prototype": b'[train]\n__class__ = "x"\n',
    "YAML": b"!!python/object/apply:os.system ['touch evil']\n",
    "large": b"#" * (spec.LARGEST_SUITE + 1),
}


@pytest.mark.parametrize("what", SUITES)
def test_a_hostile_suite_is_refused(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "suite.toml"
    path.write_bytes(SUITES[what])
    code = 3 if what == "path as dataset" else 2  # a file of one's own, which is not there
    assert main(["run", str(path), "--out", str(tmp_path / "store")]) == code
    assert capsys.readouterr().err.startswith("fmbench: error: ")
    assert list(tmp_path.iterdir()) == [path]


def test_a_suite_of_100_mb_is_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "suite.toml"
    with path.open("wb") as file:
        file.truncate(100 << 20)
    assert main(["run", str(path)]) == 2
    assert "is larger than" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["[" * 5_000, "9" * 5_000, "{a=" * 3_000])
def test_a_hostile_value_on_the_command_line(
    value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["run", "--dataset", "kmrd-synth", "--out", str(tmp_path / "x"), "--set"]
    assert main([*line, f"train.lr={value}"]) == 2, capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


RECORD = Record(spec=RunSpec(name="fm", dataset="d", model="fm"), status="ok")
FILE = encode(RECORD)[1]
RECORDS: dict[str, bytes] = {
    "empty": b"",
    "NULs": bytes(4096),
    "deep": b'{"record":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep and closed": b'{"sha256":"x","record":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001,
    "a list": b"[1, 2]",
    "a string": b'"record"',
    "a number": b"1e999",
    "null inside": b'{"sha256": null, "record": null}',
    "list inside": b'{"sha256": [], "record": []}',
    "NaN": FILE.replace(b'"ok"', b"NaN"),
    "other status": FILE.replace(b'"ok"', b'"fine"'),
    "other number": FILE.replace(b'"seed": 0', b'"seed": 1'),
    "duplicate key": FILE.replace(b'"status"', b'"status": "oom", "status"').replace(
        b'"ok"', b'"x"'
    ),
    "one key more": FILE.replace(b'"status"', b'"evil": 1, "status"'),
    "not UTF-8": FILE.replace(b"fm", b"f\xff"),
    "lone surrogate": FILE.replace(b'"fm"', b'"\\ud800"'),
    "cut": FILE[:-20],
    "huge schema": msgspec.json.encode({"sha256": "x", "record": {"schema": 10**30}}),
}


@pytest.mark.parametrize("what", RECORDS)
def test_a_hostile_record_is_damage(what: str) -> None:
    with pytest.raises(StoreError, match="record 'x' is damaged"):
        decode(RECORDS[what], "x")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_not_unpickled(protocol: int, tmp_path: Path) -> None:
    canary = tmp_path / "it-ran"
    evil = pickle.dumps(Touch(canary), protocol)
    store = Store(tmp_path / "store")
    store.prepare()
    (store.records / "evil.json").write_bytes(evil)
    record = msgspec.structs.replace(RECORD, predictions="0" * 64)
    store.append(record)
    store.predictions_path("0" * 64).write_bytes(evil)
    records, damages = store.read()
    assert (records, len(damages)) == ([record], 1)
    with pytest.raises(StoreError, match="are damaged"):
        store.predictions(record)
    assert not canary.exists()
    pickle.loads(evil)
    assert canary.exists()


@pytest.mark.parametrize("hash", ["../../x", "/etc/passwd", "a/b", "..", "\0"])
def test_a_record_names_no_file_outside_its_store(hash: str, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    store.prepare()
    for place in (tmp_path, store.root):
        (place / "x.f32z").write_bytes(b"x")
    _, file = encode(msgspec.structs.replace(RECORD, predictions=hash))
    (store.records / "mine.json").write_bytes(file)
    records, damages = store.read()
    assert (records, len(damages)) == ([], 1)
