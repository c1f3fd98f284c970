"""Bad input: one line that says what was found and what was expected, and nothing left behind."""

import gzip
import json
import os
import signal
import string
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fmbench.cli.main import VERBS
from fmbench.data import DATASETS, Where, load
from fmbench.errors import UnknownName
from fmbench.models import MODELS

from .conftest import SMALL, Cli, Done

HEADER = b"user,movie,rate,time\n"
GOOD = HEADER + b"".join(
    b"%d,%d,%d,%d\n" % (user, 100 + movie, 10 if (user + movie) % 3 else 4, 1_500_000_000 + user)
    for user in range(40)
    for movie in range(10)
)
QUICK = f"run {SMALL} --models lr --seeds 1 --jobs 1"


@pytest.fixture(autouse=True)
def nothing_is_left(store: Path, cache: Path) -> Iterator[None]:
    """Hold every refusal to leaving no store and no half of an encoded dataset."""
    yield
    assert not list(store.rglob("*.json"))
    assert not [p for p in cache.rglob("*") if p.name.endswith((".partial", ".tmp"))]


USAGE: dict[str, tuple[str, ...]] = {
    # verbs, flags and names
    "": ("VERB", "fmbench --help"),
    "rnu": ("unknown verb 'rnu'; did you mean 'run'?", "known verbs: "),
    "--hlep": ("unknown argument '--hlep'; did you mean '--help'?",),
    "run --modls=lr": ("unknown argument '--modls'; did you mean '--models'?",),
    "run a.toml b.toml": ("unknown argument 'b.toml'",),
    "run -- a.toml --seeds": ("unknown argument '--seeds'",),
    "run --out": ("--out: expected one argument",),
    "list modles": ("unknown listing 'modles'; did you mean 'models'?",),
    "list models --format jsn": ("unknown format 'jsn'; did you mean 'json'?",),
    "data adit kmrd-synth": ("unknown action 'adit'; did you mean 'audit'?",),
    "data audit kmrd-synt": ("unknown dataset 'kmrd-synt'; did you mean 'kmrd-synth'?",),
    "data audit kmrd-synth --set train.lr=1": ("unknown --set key 'train.lr'", "data.split"),
    f"{QUICK} --models deepfn": ("unknown model 'deepfn'; did you mean 'deepfm'?",),
    f"{QUICK} --models DeepFM": ("unknown model 'DeepFM'; did you mean 'deepfm'?",),
    f"{QUICK} --models lr,fm,lr": ("--models is 'lr,fm,lr'", "each only once"),
    f"{QUICK} --models ''": ("--models is ''; expected names",),
    f"{QUICK} --dataset kmrd-smal": ("unknown dataset 'kmrd-smal'; did you mean 'kmrd-small'?",),
    f"{QUICK} --fields id": ("unknown field 'id'", "known fields: movie, user"),
    f"{QUICK} --set data.fields=id": ("unknown fields choice 'id'; did you mean 'ids'?",),
    f"{QUICK} --split tmporal": ("unknown split choice 'tmporal'; did you mean 'temporal'?",),
    # keys
    f"{QUICK} --set train.lr": ("--set is 'train.lr'; expected KEY=VALUE",),
    f"{QUICK} --set trian.lr=1": ("unknown --set key 'trian.lr'; did you mean 'train.lr'?",),
    f"{QUICK} --set lr=1": ("unknown --set key 'lr'", "train.lr"),
    f"{QUICK} --set =1": ("unknown --set key ''",),
    f"{QUICK} --set train.batchsize=1": ("'batchsize'; did you mean 'batch_size'?",),
    f"{QUICK} --set train.optimizer=adma": ("optimizer 'adma'; did you mean 'adam'?",),
    f"{QUICK} --set data.splt=random": ("kmrd-synth option 'splt'; did you mean 'split'?",),
    f"{QUICK} --set model.fm.embed_dm=8": ("fm argument 'embed_dm'; did you mean 'embed_dim'?",),
    f"{QUICK} --set model.lrr.k=8": ("unknown model 'lrr'; did you mean 'lr'?",),
    "run --set data.splt=random": ("option 'splt'; did you mean 'split'?",),
    # sizes
    f"{QUICK} --jobs 0": ("--jobs is 0; expected 1 to 1024",),
    f"{QUICK} --timeout 0": ("--timeout is 0; expected a number of seconds above 0",),
    f"{QUICK} --timeout=-1": ("--timeout is -1; expected a number of seconds above 0",),
    f"{QUICK} --timeout nan": ("--timeout is nan; expected a number of seconds above 0",),
    f"{QUICK} --timeout inf": ("--timeout is inf; expected a number of seconds above 0",),
    f"{QUICK} --jobs 1e3": ("--jobs", "invalid int value: '1e3'"),
    f"{QUICK} --set train.batch_size=0": ("train.batch_size is 0; expected `int` >= 1",),
    f"{QUICK} --set train.batch_size=-1": ("train.batch_size is -1; expected `int` >= 1",),
    f"{QUICK} --set train.batch_size=1.5": ("train.batch_size is 1.5; expected `int`",),
    f"{QUICK} --set train.batch_size=1e3": ("train.batch_size is 1000.0; expected `int`",),
    f"{QUICK} --set train.batch_size=many": ("train.batch_size is 'many'; expected `int`",),
    f"{QUICK} --set train.batch_size=1_000_000_000_000": ("expected `int` <= 1000000000",),
    f"{QUICK} --set train.batch_size=2000": ("batch_size is 2000; expected at most 1512",),
    f"{QUICK} --set train.max_epochs=0": ("train.max_epochs is 0; expected `int` >= 1",),
    f"{QUICK} --set train.patience=-1": ("train.patience is -1; expected `int` >= 0",),
    f"{QUICK} --set train.lr=0": ("train.lr is 0; expected `float` > 0",),
    f"{QUICK} --set train.lr=inf": ("train.lr is inf; expected `float`",),
    f"{QUICK} --set train.lr=nan": ("train.lr is nan; expected `float`",),
    f"{QUICK} --set train.weight_decay=-1": ("train.weight_decay is -1; expected `float` >= 0",),
    f"{QUICK} --set data.rows=0": ("rows is 0; expected a whole number of at least 1",),
    f"{QUICK} --set data.rows=999": ("rows is 999; expected 1,000 to 100,000,000",),
    f"{QUICK} --set data.rows=1e4": ("rows is 10000.0; expected int",),
    # dims and dropout
    f"{QUICK} --models fm --set model.fm.embed_dim=0": ("embed_dim is 0; expected a whole number",),
    f"{QUICK} --models fm --set model.fm.embed_dim=-1": ("embed_dim is -1",),
    f"{QUICK} --models fm --set model.fm.embed_dim=1.5": ("embed_dim is 1.5",),
    f"{QUICK} --models fm --set model.fm.embed_dim=1_000_000_000": ("from 1 to 65536",),
    f"{QUICK} --models dnn --set model.dnn.mlp_dims=[]": ("mlp_dims is []; expected a list",),
    f"{QUICK} --models dnn --set model.dnn.mlp_dims=[16,0]": ("mlp_dims[1] is 0",),
    f"{QUICK} --models dnn --set model.dnn.mlp_dims=16": ("mlp_dims is 16; expected a list",),
    f"{QUICK} --models dnn --set model.dnn.dropout=1.0": ("dropout is 1.0; expected", "below 1"),
    f"{QUICK} --models dnn --set model.dnn.dropout=-0.1": ("dropout is -0.1",),
    f"{QUICK} --models dnn --set model.dnn.dropout=nan": ("dropout is nan",),
    # ratios and labels
    f"{QUICK} --set data.ratios=[0.8,0.1,0.2]": ("ratios sum to 1.1; expected a sum of 1",),
    f"{QUICK} --set data.ratios=[0.9,0.1]": ("ratios is [0.9, 0.1]; expected three numbers",),
    f"{QUICK} --set data.ratios=[1.0,0.0,0.0]": ("expected three numbers above 0",),
    f"{QUICK} --set data.ratios=[1.2,-0.1,-0.1]": ("expected three numbers above 0",),
    f"{QUICK} --set data.ratios=[nan,0.5,0.5]": ("ratios is [nan, 0.5, 0.5]",),
    f"{QUICK} --set data.ratios=0.8": ("ratios is 0.8; expected three numbers",),
    f"{QUICK} --set data.label=rating": ("label is 'rating'; expected a rule",),
    # seeds
    f"{QUICK} --seeds 0": ("seeds is 0; expected `int` >= 1",),
    f"{QUICK} --seeds -1": ("--seeds is '-1'; expected a count, or seeds",),
    f"{QUICK} --seeds 1.5": ("--seeds is '1.5'",),
    f"{QUICK} --seeds 1,1": ("seeds is [1, 1]", "each only once"),
    f"{QUICK} --seeds 0,4294967296": ("seeds[1] is 4294967296",),
    f"{QUICK} --seeds 1000000000000": ("seeds is 1000000000000; expected `int` <= 10000",),
    f"{QUICK} --set data.split_seed=-1": ("split_seed is -1",),
    "run --seeds 0": ("seeds is 0",),
    # devices
    f"{QUICK} --device cuda:99": ("device 'cuda:99' cannot be used", "--device cpu"),
    f"{QUICK} --device meta": ("device 'meta' cannot be used",),
    f"{QUICK} --device gpu": ("device 'gpu' cannot be used",),
    f"{QUICK} --device hpu": ("device 'hpu' cannot be used",),
    f"{QUICK} --device ''": ("device '' cannot be used",),
}


@pytest.mark.parametrize("line", USAGE)
def test_what_makes_no_sense_is_refused(line: str, cli: Cli, store: Path) -> None:
    more = ("--out", store) if line.startswith(QUICK) else ()
    cli(line, *more).refuses(2, *USAGE[line])
    assert not store.parent.exists()


LETTERS = f"{string.ascii_lowercase}{string.digits}_-"


def slips(name: str) -> Iterator[str]:
    """Yield every text that one slip of the finger makes of a name."""
    for i in range(len(name) + 1):
        head, tail = name[:i], name[i:]
        for letter in LETTERS:
            yield head + letter + tail
            yield head + letter + tail[1:]
        yield head + tail[1:]
        yield head + tail[1:2] + tail[:1] + tail[2:]


@pytest.mark.parametrize("kind", ["model", "verb", "dataset"])
def test_every_slip_has_its_suggestion(kind: str) -> None:
    names = {"model": list(MODELS), "verb": list(VERBS), "dataset": list(DATASETS)}[kind]
    meant: dict[str, set[str]] = {}
    for name in names:
        for slip in slips(name):
            meant.setdefault(slip, set()).add(name)
    for slip in sorted(set(meant) - set(names)):
        message = str(UnknownName(kind, slip, names))
        assert any(message.endswith(f"did you mean {name!r}?") for name in meant[slip]), message


def test_what_resembles_nothing_has_no_suggestion() -> None:
    assert str(UnknownName("model", "zzz", MODELS)) == "unknown model 'zzz'"


def row(text: bytes) -> Callable[[bytes], bytes]:
    """Return what puts another fifth line into a file."""

    def change(content: bytes) -> bytes:
        lines = content.split(b"\n")
        return b"\n".join([*lines[:4], text, *lines[5:]])

    return change


USER = "user is {!r}; expected a whole number from 0 to 9223372036854775807 in plain digits"
RATE = "rate is {!r}; expected a whole number from 1 to 10 in plain digits"
COUNT = "rates.csv:5: {} in {!r}; expected 4: user,movie,rate,time"

DATA: dict[str, tuple[Callable[[bytes], bytes], tuple[str, ...]]] = {
    "empty": (lambda c: b"", ("0 bytes", "user,movie,rate,time")),
    "header alone": (lambda c: HEADER, ("only a header; expected rows",)),
    "no header": (lambda c: c.removeprefix(HEADER), ("rates.csv:1", "looks like data")),
    "column missing": (
        lambda c: c.replace(b"rate", b"rating", 1),
        ("rates.csv:1", "no column 'rate' among", "is 'rating' meant to be 'rate'?"),
    ),
    "column twice": (lambda c: c.replace(b"time", b"time,time", 1), ("'time' is there twice",)),
    "column unknown": (lambda c: c.replace(b"time", b"time,age", 1), ("'age' is unknown",)),
    "tabs": (lambda c: c.replace(b",", b"\t"), ("rates.csv:1", "3 tabs and no commas")),
    "UTF-16": (
        lambda c: c.decode().encode("utf-16"),
        ("is UTF-16", "expected plain text in UTF-8"),
    ),
    "CP949": (row("1,나,3,4".encode("cp949")), ("rates.csv:5", "is not UTF-8", "CP949")),
    "gzip": (lambda c: b"\x1f\x8b" + c, ("is gzip data",)),
    "short row": (row(b"1,2,3"), (COUNT.format("3 values", "1,2,3"),)),
    "long row": (row(b"1,2,3,1500000000,5"), (COUNT.format("5 values", "1,2,3,1500000000,5"),)),
    "empty row": (row(b""), ("rates.csv:5: the line is empty",)),
    "torn": (lambda c: c[:-16], ("rates.csv:401", "is it cut short?")),
    "torn number": (lambda c: c[:-4], ("rates.csv:401: time is '1500000'; expected",)),
    **{
        f"user {found!r}": (
            row(f"{found},2,3,1500000000".encode()),
            ("rates.csv:5", USER.format(found)),
        )
        for found in ["", "nan", "NaN", "-1", "1.5", "7.0", "1e5", "+7", " 7", "007", "9" * 20]
    },
    "user in other digits": (row("１,2,3,1500000000".encode()), ("rates.csv:5", r"'\uff11'")),
    **{
        f"rate {found!r}": (
            row(f"1,2,{found},1500000000".encode()),
            ("rates.csv:5", RATE.format(found)),
        )
        for found in ["0", "11", "-1", "5.5", "", "nan"]
    },
    "milliseconds": (row(b"1,2,3,1500000000000"), ("time is '1500000000000'", "divided by 1000")),
    "one class": (
        lambda c: c.replace(b",4,", b",10,"),
        ("the train part", "one class: all 320 rows are positive", "expected both"),
    ),
    "a part without rows": (
        lambda c: HEADER + b"1,2,3,1500000000\n2,2,10,1500000000\n",
        ("the valid part", "has no rows"),
    ),
}


@pytest.mark.parametrize("case", DATA)
def test_data_that_is_not_what_it_should_be_is_refused(
    case: str, cli: Cli, tmp_path: Path, store: Path, cache: Path
) -> None:
    change, words = DATA[case]
    (tmp_path / "rates.csv").write_bytes(change(GOOD))
    done = cli("run --models lr --dataset ratings --data-dir", tmp_path, "--out", store)
    done.refuses(3, *words)
    assert not store.parent.exists()
    assert not [p for p in cache.glob("encoded/*") if p.is_dir()]


@pytest.mark.parametrize(
    "change",
    [
        lambda c: b"\xef\xbb\xbf" + c,
        lambda c: c.replace(b"\n", b"\r\n"),
        lambda c: c.removesuffix(b"\n"),
        lambda c: c + b"\n\n",
    ],
    ids=["BOM", "CRLF", "no last line break", "empty lines at the end"],
)
def test_harmless_differences_are_accepted(
    change: Callable[[bytes], bytes], cli: Cli, tmp_path: Path
) -> None:
    path = tmp_path / "rates.csv"
    fingerprints = []
    for content in (GOOD, change(GOOD)):
        path.write_bytes(content)
        assert cli("data audit ratings --data-dir", tmp_path).code == 0
        fingerprints.append(load("ratings", {}, Where(tmp_path)).fingerprint)
    assert len(set(fingerprints)) == 1


def test_a_huge_id_takes_no_more_memory_than_a_small_one(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_bytes(row(b"999999999,9223372036854775807,3,1500000000")(GOOD))
    assert cli("data audit ratings --data-dir", tmp_path).code == 0
    sizes = [field.cardinality for field in load("ratings", {}, Where(tmp_path)).fields]
    assert max(sizes) < 50


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_is_refused_and_not_waited_for(
    make: Callable[[Path], None], cli: Cli, tmp_path: Path, store: Path
) -> None:
    make(tmp_path / "rates.csv")
    done = cli("run --dataset ratings --data-dir", tmp_path, "--out", store)
    done.refuses(3, "rates.csv", "expected a regular file")


def test_a_file_that_is_not_there(cli: Cli, tmp_path: Path, store: Path) -> None:
    done = cli("run --dataset ratings --data-dir", tmp_path, "--out", store)
    done.refuses(3, "there is no file rates.csv", f"looked in: {tmp_path}/ratings, {tmp_path}")
    done = cli("run --dataset ratings --data-dir", tmp_path / "gone", "--out", store)
    done.refuses(3, "gone: no such folder")


def test_a_file_named_is_the_file_read(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "ratings").mkdir()
    (tmp_path / "ratings" / "mine.csv").write_bytes(HEADER)
    (tmp_path / "table").mkdir()
    (tmp_path / "table" / "mine.csv").write_bytes(HEADER)
    (tmp_path / "mine.csv").write_bytes(GOOD)
    assert cli("data audit", tmp_path / "mine.csv").code == 0
    described = cli("data describe", tmp_path / "mine.csv", "--format", "json")
    facts = json.loads(described.out)
    assert (facts["rows"], facts["options"]["file"]) == (400, "mine.csv")
    cli("data describe", tmp_path / "mine.csv", "--set data.nonsense=1").refuses(2, "nonsense")
    cli("data fetch", tmp_path / "mine.csv").refuses(2, "there is nothing to fetch")


def test_more_rows_than_there_are(cli: Cli, tmp_path: Path, store: Path) -> None:
    (tmp_path / "rates.csv").write_bytes(GOOD)
    done = cli("run --set data.rows=401 --dataset", tmp_path / "rates.csv", "--out", store)
    done.refuses(2, "rows is 401; expected at most 400, as table has")


def test_a_split_that_no_user_is_long_enough_for(cli: Cli, tmp_path: Path, store: Path) -> None:
    lines = b"".join(b"%d,1,%d,1500000000\n" % (i, 10 - i % 2) for i in range(50))
    (tmp_path / "rates.csv").write_bytes(HEADER + lines)
    done = cli("run --split leave-last --dataset ratings --data-dir", tmp_path, "--out", store)
    done.refuses(3, "split 'leave-last' has no rows", "none has enough")
    audit = cli("data audit ratings --data-dir", tmp_path)
    assert audit.code == 0
    assert "none has enough" in audit.out


OWN = b"uid,shop,age,tags,ts,clicked\n" + b"".join(
    b"u%d,s%d,%d,%s,%d,%d\n"
    % (i % 9, i % 9 % 5, 18 + i * 7 % 50, b"a|b" if i % 2 else b"c", 1_500_000_000 + i, i % 3 // 2)
    for i in range(100)
)
OWN_HEAD, *OWN_LINES = OWN.splitlines(keepends=True)


def own_row(text: bytes) -> Callable[[bytes], bytes]:
    """Return what puts another fifth line into a file of one's own."""
    return lambda content: b"".join([OWN_HEAD, *OWN_LINES[:3], text + b"\n", *OWN_LINES[4:]])


def only(name: str, value: bytes) -> Callable[[bytes], bytes]:
    """Return what gives all rows one value in a column."""
    at = OWN_HEAD.decode().strip().split(",").index(name)

    def change(content: bytes) -> bytes:
        rows = [line.rstrip(b"\n").split(b",") for line in OWN_LINES]
        for cells in rows:
            cells[at] = value
        return OWN_HEAD + b"".join(b",".join(cells) + b"\n" for cells in rows)

    return change


REFUSED: dict[str, tuple[Callable[[bytes], bytes], str, int, tuple[str, ...]]] = {
    # case: what becomes of the file, flags, exit code, words
    "empty": (lambda c: b"", "", 3, ("mine.csv: 0 bytes of text; expected rows",)),
    "line breaks alone": (lambda c: b"\n\n", "", 3, ("expected rows",)),
    "header alone": (lambda c: OWN_HEAD, "", 3, ("mine.csv: only a header; expected rows",)),
    "NUL": (own_row(b"u,s,1,a\0,1500000000,1"), "", 3, ("mine.csv:5: there is a NUL byte",)),
    "CP949": (
        own_row("u,나,1,a,1500000000,1".encode("cp949")),
        "",
        3,
        ("mine.csv:5: byte 0xb3", "expected text in UTF-8", "--set data.encoding=cp949"),
    ),
    "short row": (
        own_row(b"u,s,1"),
        "",
        3,
        ("mine.csv:5: 3 values in 'u,s,1'; expected 6: 'uid', 'shop'", "data.delimiter"),
    ),
    "long row": (own_row(b"u,s,1,a,1500000000,1,x"), "", 3, ("mine.csv:5: 7 values",)),
    "empty row": (own_row(b""), "", 3, ("mine.csv:5: the line is empty",)),
    "unclosed quote": (
        own_row(b'u,"s,1,a,1500000000,1'),
        "",
        3,
        ("mine.csv:5: the quote before", "is not closed", "--set data.quotes=false"),
    ),
    "column twice": (
        lambda c: c.replace(b"shop", b"uid", 1),
        "",
        3,
        ("mine.csv:1: column 'uid' is there twice", "--set data.columns=…"),
    ),
    "gzip cut short": (
        lambda c: gzip.compress(c)[:-9],
        "",
        3,
        ("mine.csv: the gzip data ends too early", "is the file cut short?"),
    ),
    "zip": (lambda c: b"PK\3\4" + c, "", 3, ("is a zip archive", "unzip it")),
    "pickle": (lambda c: b"\x80\4" + c, "", 3, ("is a pickle, which may run code",)),
    "no label": (
        lambda c: c.replace(b"clicked", b"x", 1).replace(b",1\n", b",2\nu,s,2,a,1500000000,1\n"),
        "",
        3,
        ("no column can be taken for the label", "fmbench data describe FILE", "--label C"),
    ),
    "one class": (
        only("clicked", b"1"),
        "",
        3,
        ("label clicked is 1 (100.0 %): positives alone define no click model", "--negatives 2"),
    ),
    "a rule that leaves one class": (
        lambda c: c,
        "--label age>=99",
        3,
        (
            "has one class",
            "all 80 rows are negative under label 'age>=99'",
            "would tell them apart",
        ),
    ),
    "an unknown user": (lambda c: c, "--user user", 2, ("unknown column 'user'", "known columns:")),
    "an unknown item": (lambda c: c, "--item shp", 2, ("did you mean 'shop'?",)),
    "an unknown label": (lambda c: c, "--label clickd", 2, ("did you mean 'clicked'?",)),
    "an unknown number": (lambda c: c, "--numeric agee", 2, ("did you mean 'age'?",)),
    "an unknown field": (lambda c: c, "--fields age,shp", 2, ("unknown field 'shp'", "'shop'?")),
    "an unknown one left out": (lambda c: c, "--without agee", 2, ("unknown field 'agee'",)),
    "one column for two roles": (
        lambda c: c,
        "--user shop --item shop",
        2,
        ("shop is the user; expected another column for the item",),
    ),
    "lists without a separator": (
        lambda c: c,
        "--multi tags",
        2,
        ("--multi is 'tags'; expected C=SEPARATOR",),
    ),
    "a positive value of nothing": (
        lambda c: c,
        "--positive 1",
        2,
        ("--positive is '1'; expected --label C beside it",),
    ),
    "a threshold of nothing": (lambda c: c, "--positive >=4", 2, ("expected --label C beside it",)),
    "text as a number": (
        lambda c: c,
        "--numeric shop",
        3,
        ("column 'shop' holds 's0' in row 1; expected a number", "--categorical shop"),
    ),
    "text as a time": (
        lambda c: c,
        "--time shop",
        2,
        ("shop holds 's0', 's1', 's2'; expected times of 1990 to 2099", "data.time_format"),
    ),
    "a time of another century": (
        lambda c: c.replace(b",15000000", b",99000000"),
        "--time ts",
        2,
        ("ts holds '99000000", "expected times of 1990 to 2099"),
    ),
    "a split by no time": (
        lambda c: c,
        "--time none --split temporal",
        2,
        ("split is 'temporal', and the table has no time",),
    ),
    "an option of another name": (lambda c: c, "--set data.nonsense=1", 2, ("'nonsense'",)),
    "a joined file that is not there": (lambda c: c, "--join gone.csv", 3, ("gone.csv",)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_table_of_ones_own_that_cannot_be_run_is_refused(
    case: str, cli: Cli, tmp_path: Path, store: Path
) -> None:
    change, flags, code, words = REFUSED[case]
    (tmp_path / "mine.csv").write_bytes(change(OWN))
    done = cli(f"run --models lr {flags} --dataset", tmp_path / "mine.csv", "--out", store)
    done.refuses(code, *words)
    assert not store.parent.exists()


ACCEPTED: dict[str, tuple[Callable[[bytes], bytes], str, int]] = {
    # case: what becomes of the file, flags, and the rows that are kept
    "as it is": (lambda c: c, "", 100),
    "BOM": (lambda c: b"\xef\xbb\xbf" + c, "", 100),
    "CRLF": (lambda c: c.replace(b"\n", b"\r\n"), "", 100),
    "empty lines at the end": (lambda c: c + b"\n\n", "", 100),
    "semicolons": (lambda c: c.replace(b",", b";"), "", 100),
    "tabs": (lambda c: c.replace(b",", b"\t"), "", 100),
    "gzip": (gzip.compress, "", 100),
    "quotes": (own_row(b'"u ""1""","s, 1",1,a,1500000000,1'), "", 100),
    "no header": (lambda c: c.removeprefix(OWN_HEAD), "--label c6", 100),
    "CP949": (
        own_row("u,나,1,a,1500000000,1".encode("cp949")),
        "--set data.encoding=cp949",
        100,
    ),
    "holes": (own_row(b",,,,1500000000,1"), "", 100),
    "a row without a label": (own_row(b"u,s,1,a,1500000000,"), "", 99),
    "the same row again": (lambda c: c + OWN_LINES[-1], "", 101),
    "a threshold": (lambda c: c, "--label age --positive >=40", 100),
    "a word": (lambda c: c, "--label shop --positive s1 --item none", 100),
    "positives alone": (only("clicked", b"1"), "--negatives 1 --item shop", 100),
    "every role by flag": (
        lambda c: c,
        "--user uid --item shop --time ts --label clicked --numeric age --categorical tags "
        "--without tags --split temporal",
        100,
    ),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_a_table_of_ones_own_that_can_be_run(case: str, cli: Cli, tmp_path: Path) -> None:
    change, flags, kept = ACCEPTED[case]
    (tmp_path / "mine.csv").write_bytes(change(OWN))
    done = cli(f"data audit {flags} --format json", tmp_path / "mine.csv")
    assert done.code == 0, done
    random = json.loads(done.out)["variants"]["random"]
    assert random["rows_kept"] == kept


def test_paths_of_ones_own_that_are_no_table(cli: Cli, tmp_path: Path, store: Path) -> None:
    def refused(named: object, *words: str) -> None:
        cli("run --models lr --dataset", named, "--out", store).refuses(3, *words)
        cli("data describe", named).refuses(3, *words)

    refused(tmp_path / "gone.csv", "gone.csv': no such file; expected a file, a folder, or a name")
    refused("gone.csv", "dataset 'gone.csv': no such file", "fmbench list datasets")
    (tmp_path / "folder").mkdir()
    refused(tmp_path / "folder", "folder: holds no files; expected the files of one table")
    for name in ("a.csv", "b.csv", "readme.md"):
        (tmp_path / "folder" / name).write_bytes(OWN)
    refused(tmp_path / "folder", "folder: holds .csv, .md; expected", "--dataset FILE,FILE")
    os.mkfifo(tmp_path / "pipe.csv")
    refused(tmp_path / "pipe.csv", "pipe.csv: it is a named pipe; expected a regular file")
    refused("/dev/null", "/dev/null: it is a device; expected a regular file")
    (tmp_path / "mine.toml").write_text("label = 'y'")
    done = cli("run --models lr --dataset", tmp_path / "mine.toml", "--out", store)
    done.refuses(2, "mine.toml': file is None; expected the name of a file", "describe FILE")


def test_parquet_without_pyarrow(
    cli: Cli, tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.parquet").write_bytes(b"PAR1" + bytes(32) + b"PAR1")
    damaged = cli("run --models lr --dataset", tmp_path / "mine.parquet", "--out", store)
    damaged.refuses(3, "mine.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    done = cli("run --models lr --dataset", tmp_path / "mine.parquet", "--out", store)
    done.refuses(3, "mine.parquet: is Parquet", "pip install 'fmbench[formats]'")


@pytest.mark.parametrize("flags", ["", "--dataset kmrd-small"])
def test_another_file_than_the_published_one_is_never_replaced_by_a_substitute(
    flags: str, cli: Cli, tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kmrd-small").mkdir()
    (tmp_path / "kmrd-small" / "rates.csv").write_bytes(GOOD)
    monkeypatch.setenv("FMBENCH_DATA", str(tmp_path))
    done = cli(f"run {flags} --out", store)
    done.refuses(3, "rates.csv has SHA-256", "expected 9c373d914a15af2c…", "'ratings'")
    assert "synth" not in done.err


@pytest.mark.parametrize("name", ["kmrd-small", "kmrd-2m", "kmrd-5m"])
@pytest.mark.parametrize("verb", ["run --dataset", "data fetch", "data audit"])
def test_a_dataset_that_was_asked_for_has_no_substitute(
    name: str, verb: str, cli: Cli, store: Path
) -> None:
    start = time.monotonic()
    done = cli(f"{verb} {name}", *(("--out", store) if verb.startswith("run") else ()))
    done.refuses(3, "cannot be fetched", "set FMBENCH_DATA to a folder that holds", "--data-dir")
    assert "synth" not in done.err
    assert time.monotonic() - start < 5


def test_with_nothing_within_reach_the_run_goes_on_and_nobody_can_miss_it(
    cli: Cli, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    flags = "--models lr --seeds 1 --jobs 1 --set data.rows=1000 --set train.max_epochs=1"
    done = cli(f"run {flags} --out", tmp_path / "store")
    assert done.code == 0
    banner = [line for line in caplog.messages if "!!" in line]
    assert len(banner) == 5
    assert "kmrd-small is not within reach" in banner[1]
    assert "SYNTHETIC data, kmrd-synth" in banner[2]
    assert "SYNTHETIC DATA: kmrd-synth" in done.out
    (record,) = (tmp_path / "store" / "records").glob("*.json")
    assert '"dataset": "kmrd-synth"' in record.read_text()


def process(*argv: str, **more: object) -> Done:
    """Run the command in a process of its own."""
    command = [sys.executable, "-m", "fmbench", *argv]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, **more)
    return Done(done.returncode, done.stdout, done.stderr)


def test_a_cache_that_cannot_be_written(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("FMBENCH_CACHE", str(tmp_path / "file"))
    cli("data fetch kmrd-small").refuses(6, "cannot be written: Not a directory", "FMBENCH_CACHE")
    out = tmp_path / "out"
    done = process(*QUICK.split(), "--seeds", "2", "--out", str(out))
    assert done.code == 0
    assert done.err.count("\n") == 1
    assert done.err.startswith("fmbench: warning: the cache ")
    assert done.err.endswith("(Not a directory); going on without it\n")


@pytest.mark.parametrize("below", [".", "store"])
def test_a_store_that_is_a_file(below: str, cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    start = time.monotonic()
    done = cli("run --dataset kmrd-synth --out", tmp_path / "file" / below)
    done.refuses(6, f"'{tmp_path / 'file'}' is not a folder")
    assert time.monotonic() - start < 2
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc")
def test_a_store_that_cannot_be_made(cli: Cli) -> None:
    cli(QUICK, "--out", "/proc/store").refuses(6, "'/proc/store' cannot be written")


def test_a_folder_of_somebody_else(cli: Cli, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fmbench.store.store.os.access", lambda *_: False)  # root may do anything
    cli(QUICK, "--out", store).refuses(6, "cannot be written; expected a folder that can")
    assert not store.parent.exists()


SUITES: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "no TOML": (b"models = [", ("is not TOML",)),
    "no text": (b"\xff\xfe", ("is not TOML",)),
    "unknown key": (b"modles = 'all'", ("suite key 'modles'; did you mean 'models'?",)),
    "unknown train key": (b"[train]\nepochs = 1", ("unknown train key 'epochs'",)),
    "wrong type": (b"seeds = 'three'", ("seeds is 'three'; expected `int | array`",)),
    "wrong table": (b"train = 3", ("train is 3; expected `object`",)),
    "seed twice": (b"seeds = [4, 4]", ("seeds is [4, 4]", "each only once")),
    "model twice": (b"models = ['lr', 'lr']", ("models are lr, lr; expected each only once",)),
    "no models": (b"models = []", ("models is []; expected `array` of length >= 1",)),
    "unknown model": (b"models = ['f']", ("unknown model 'f'; did you mean 'fm'?",)),
    "no model": (b"[model.f]\nembed_dim = 1", ("unknown model 'f'; did you mean 'fm'?",)),
    "no JSON": (b"[data]\nrows = 2020-01-01", ("data.rows is datetime.date(2020, 1, 1)",)),
    "dataset": (b"dataset = 3", ("dataset is 3; expected `str | null`",)),
}


@pytest.mark.parametrize("case", SUITES)
def test_a_suite_that_makes_no_sense(case: str, cli: Cli, tmp_path: Path, store: Path) -> None:
    content, words = SUITES[case]
    (tmp_path / "suite.toml").write_bytes(content)
    cli("run", tmp_path / "suite.toml", "--out", store).refuses(2, *words)
    assert not store.parent.exists()


def test_a_suite_that_cannot_be_read(cli: Cli, tmp_path: Path, store: Path) -> None:
    done = cli("run", tmp_path / "suite.toml", "--out", store)
    done.refuses(2, "suite.toml' cannot be read: No such file or directory")
    cli("run", tmp_path, "--out", store).refuses(2, "cannot be read: it is a folder")


REGISTERS = """
from fmbench.models import register_model
from fmbench.models.lr import LogisticRegression
register_model({!r}, paper="", year=2026)(type("Mine", (LogisticRegression,), {{}}))
"""
PLUGINS: dict[str, tuple[str, str]] = {
    "raises": ("1 / 0", "fails: ZeroDivisionError: division by zero"),
    "no Python": ("def f(:", "fails: SyntaxError"),
    "ends": ("import sys; sys.exit(0)", "fails: SystemExit: 0"),
    "duplicate": (REGISTERS.format("fm"), "fails: UsageError: model 'fm' is registered twice"),
    "no name": (REGISTERS.format("../x"), "name '../x' cannot be a file name"),
}


@pytest.mark.parametrize("case", PLUGINS)
def test_a_plugin_that_fails(case: str, cli: Cli, tmp_path: Path, store: Path) -> None:
    code, words = PLUGINS[case]
    (tmp_path / "mine.py").write_text(code)
    cli(QUICK, "--out", store, "--plugin", tmp_path / "mine.py").refuses(2, "mine.py' ", words)
    assert not store.parent.exists()


def test_a_plugin_that_is_not_there(cli: Cli, tmp_path: Path) -> None:
    for path in (tmp_path / "mine.py", tmp_path, tmp_path / "mine.txt"):
        cli("list models --plugin", path).refuses(2, f"plugin '{path}' is missing or not a Python")


def test_a_report_of_nothing(cli: Cli, tmp_path: Path) -> None:
    cli("report", tmp_path / "gone").refuses(2, "gone' holds no records; expected a folder")


SHELL = 'exec "$0" -m fmbench "$@"'


@pytest.mark.parametrize("argv", [("--help",), ("--version",), ("list", "metrics")])
@pytest.mark.parametrize(
    ("to", "words"),
    [(">&-", "standard output is closed"), (">/dev/full", "No space left on device")],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_result_that_cannot_be_written(argv: tuple[str, ...], to: str, words: str) -> None:
    command = ["sh", "-c", f"{SHELL} {to}", sys.executable, *argv]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    Done(done.returncode, done.stdout, done.stderr).refuses(6, words)


@pytest.mark.parametrize("to", ["2>&-", "2>/dev/full"])
def test_an_error_that_cannot_be_written_still_has_its_code(to: str) -> None:
    command = ["sh", "-c", f"{SHELL} {to}", sys.executable, "list", "modles"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")


def test_letters_that_standard_output_does_not_have() -> None:
    done = process("list", "models", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    done.refuses(6, "ascii has no", "PYTHONIOENCODING=utf-8")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_before_anything_ran(
    number: signal.Signals, code: int, cli: Cli, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        os.kill(os.getpid(), number)
        time.sleep(1)

    monkeypatch.setattr(sys.modules["fmbench.executors.sweep"], "preflight", interrupted)
    done = cli(QUICK, "--out", store)
    assert done.code == code
    assert done.out == ""
    assert done.err.splitlines()[-1].endswith("everything finished so far is kept")
    assert not store.parent.exists()
