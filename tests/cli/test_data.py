"""fmbench data: what its listings show, and what they leave out."""

import csv
import json
import sys
from pathlib import Path

import pytest
from payloads import HTML

from fmbench.store import Store

from .conftest import Cli

PLUGIN = """
from fmbench.data import Table, register_dataset

@register_dataset("bare")
def bare(folder):
    columns = {"kind": ["a", "b", "c"] * 20, "size": [0.1 * i for i in range(60)]}
    return Table.from_columns(columns, rate=["no", "yes", "yes"] * 20)
"""


def test_an_audit_lists_what_there_is_and_no_empty_row(tmp_path: Path, cli: Cli) -> None:
    plugin = tmp_path / "bare.py"
    plugin.write_text(PLUGIN)
    options = "--fields columns --set data.label=rate=yes"
    done = cli(f"data audit bare --plugin {plugin} {options} --format csv")
    assert (done.code, done.err) == (0, "")
    raw, splits = done.out.replace("\r", "").split("\n\n")
    assert raw.splitlines() == [
        "file,bare",
        "rows,60",
        'labels,"yes (66.7 %), no (33.3 %)"',
    ]
    names = [line.partition(",")[0].strip('"') for line in splits.splitlines()]
    assert names == [
        "split",
        "train: rows",
        "valid: rows",
        "test: rows",
        "rows dropped",
        "rows kept",
        "share of positives",
        "standard error of one test AUC (at 0.8)",
    ]


OWN = "uid,shop,age,tags,ts,empty,clicked\n" + "".join(
    f"u{i % 9},s{i % 5},{18 + i * 7 % 50},{'a|b' if i % 2 else 'b'},{1_500_000_000 + i},,"
    f"{i % 3 // 2}\n"
    for i in range(100)
)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a table of one's own, alone in the folder that the command is called in."""
    folder = tmp_path / "mine"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "mine.csv").write_text(OWN)
    return folder / "mine.csv"


def test_a_table_is_described_before_anything_runs(own: Path, cli: Cli, cache: Path) -> None:
    done = cli("data describe mine.csv --format csv")
    assert (done.code, done.err) == (0, "")
    columns, made = (list(csv.reader(part.splitlines())) for part in done.out.split("\n\n"))
    assert columns[0] == ["column", "kind", "role", "distinct", "holes", "examples", "why"]
    assert [row[:6] for row in columns[1:]] == [
        ["uid", "categories", "user", "9", "0", "u0, u1, u2"],
        ["shop", "categories", "field", "5", "0", "s0, s1, s2"],
        ["age", "numbers", "field", "50", "0", "18, 25, 32"],
        ["tags", "lists", "field", "2", "0", "b, a|b"],
        ["ts", "time", "time", "100", "0", "1500000000, 1500000001, 1500000002"],
        ["empty", "constant", "not used", "0", "100", ""],
        ["clicked", "categories", "label", "2", "0", "0, 1"],
    ]
    facts = {row[0]: row[1] for row in made}
    assert facts["rows"] == "100"
    assert facts["read as"] == "text in utf-8 with commas between values and a header"
    assert facts["label"].startswith("clicked=1, of 0 (67.0 %), 1 (33.0 %), so 33.0 % are positive")
    assert facts["split"].startswith("random, 0.8/0.1/0.1;")
    assert facts["goes without"] == "no item: no slices by item, no sampled negatives"
    assert facts["to run it"] == "fmbench run --dataset mine.csv --models all"


@pytest.mark.parametrize("form", ["table", "json", "md", "html"])
def test_a_description_writes_nothing_and_trains_nothing(
    form: str, own: Path, cli: Cli, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["fmbench.data.stored"], "_converted", None)
    monkeypatch.setattr(sys.modules["fmbench.data.load"], "open_raw", None)
    done = cli(f"data describe mine.csv --format {form}")
    assert (done.code, done.err) == (0, "")
    assert list(own.parent.iterdir()) == [own]
    assert list(cache.iterdir()) == []


def test_a_description_in_json_holds_the_same(own: Path, cli: Cli) -> None:
    facts = json.loads(cli("data describe mine.csv --format json").out)
    assert [each["role"] for each in facts["columns"]] == [
        "user", "field", "field", "field", "time", "not used", "label",
    ]  # fmt: skip
    assert (facts["rows"], facts["all_rows"], facts["refused"]) == (100, True, None)
    assert facts["options"]["multi"] == {"tags": "|"}
    assert facts["options"]["unused"] == ["empty"]


def test_the_columns_of_joined_files_are_described_with_their_file(own: Path, cli: Cli) -> None:
    shops = "shop,side,size,opened,age\n" + "".join(
        f"s{i},{'north' if i % 2 else 'south'},{i / 2 if i else ''},2014-01-0{i + 1},1\n"
        for i in range(5)
    )
    (own.parent / "shops.csv").write_text(shops)
    flags = "mine.csv --join shops.csv --item shop"
    done = cli(f"data describe {flags} --format csv")
    assert (done.code, done.err) == (0, "")
    _, joined, _ = (list(csv.reader(part.splitlines())) for part in done.out.split("\n\n"))
    assert joined[0][0] == "column of shops.csv"
    assert [row[:6] for row in joined[1:]] == [
        ["shop", "categories", "key", "5", "0", "s0, s1, s2"],
        ["side", "categories", "field", "2", "0", "south, north"],
        ["size", "numbers", "field", "4", "1", "0.5, 1.0, 1.5"],
        ["opened", "time", "not used", "5", "0", "2014-01-01, 2014-01-02, 2014-01-03"],
        ["age", "constant", "not used", "1", "0", "1"],
    ]
    facts = json.loads(cli(f"data describe {flags} --format json").out)
    found = {each["name"]: each["role"] for each in facts["joined"]["shops.csv"]}
    options = "--set train.batch_size=16 --set train.max_epochs=1 --seeds 1 --models lr"
    assert cli(f"run --dataset {flags} {options} --jobs 1 --out runs").code == 0
    (record,) = Store(Path("runs")).read().records
    fields = {
        each["name"] for each in facts["columns"] if each["role"] in ("user", "item", "field")
    }
    made = {*record.shuffled} - fields - {"hour", "weekday", "month"}
    assert made == {name for name, role in found.items() if role == "field"}
    (own.parent / "shops.csv").write_text(shops + shops.partition("\n")[2])
    cli(f"data describe {flags}").refuses(3, "shop 's0' has several rows; expected one each")


def test_what_cannot_run_yet_is_described_with_the_flag_that_would_do(own: Path, cli: Cli) -> None:
    own.write_text(OWN.replace(",0\n", ",1\n"))
    facts = json.loads(cli("data describe mine.csv --format json").out)
    assert facts["refused"].startswith("label clicked is 1 (100.0 %)")
    assert facts["run"] == "fmbench run --dataset mine.csv --negatives 2 --models all"
    done = cli("data describe mine.csv")
    assert done.code == 0
    assert "cannot run yet" in done.out
    cli("data describe mine.csv --write mine.toml").refuses(3, "positives alone", "--negatives 2")
    assert not (own.parent / "mine.toml").exists()


def test_a_leak_is_asked_about(own: Path, cli: Cli) -> None:
    lines = "".join(f"u{i % 9},{i % 50},{i % 7 // 4},x{i % 7 // 4}\n" for i in range(700))
    own.write_text("uid,age,clicked,bought\n" + lines)
    done = cli("data describe mine.csv --format csv")
    assert "bought alone tells the label with AUC 1.000: was it known before?" in done.out
    assert done.out.count("looks like a leak") == 1


FLAGS = (
    "--user shop --item none --time ts --label clicked --numeric age --multi tags=| --without uid"
)


@pytest.mark.parametrize("flags", ["", FLAGS, f"{FLAGS} --split temporal --set data.min_count=2"])
def test_a_schema_stands_for_the_flags(flags: str, own: Path, cli: Cli) -> None:
    assert cli(f"data describe mine.csv --write mine.toml {flags}").code == 0
    by_flags, by_schema = (
        json.loads(cli(f"data audit {line} --format json").out)
        for line in (f"mine.csv {flags}", "mine.toml")
    )
    assert by_schema == by_flags
    over = json.loads(cli("data audit mine.toml --user uid --format json").out)
    assert over["args"]["user"] == "uid"
    again = cli(f"data describe mine.csv --write mine.toml {flags}")
    again.refuses(2, "mine.toml is there already; expected a new name")


def test_a_schema_elsewhere_finds_its_files(own: Path, cli: Cli, tmp_path: Path) -> None:
    lines = OWN.splitlines(keepends=True)
    (own.parent / "b.csv").write_text("".join(lines))
    schema = tmp_path / "schema.toml"
    done = cli("data describe mine.csv,b.csv --write", schema)
    assert done.code == 0, done
    facts = json.loads(cli("data audit --format json", schema).out)
    assert facts["raw"]["rows"] == 200


def test_a_schema_holds_names_of_any_letters(own: Path, cli: Cli) -> None:
    name = 'a "b" \\ 😀 나\x7f\x1b]0;x'
    own.write_text(OWN.replace("age", '"' + name.replace('"', '""') + '"').replace("shop", "🛒"))
    assert cli("data describe mine.csv --write mine.toml").code == 0
    by_flags, by_schema = (
        json.loads(cli(f"data audit {line} --format json").out)
        for line in ("mine.csv", "mine.toml")
    )
    assert by_schema == by_flags
    assert name in by_schema["args"]["numeric"]


def test_names_and_cells_are_text_on_a_page(own: Path, cli: Cli) -> None:
    hostile = HTML[:: len(HTML) // 12]
    header = ",".join('"' + name.replace('"', '""').replace("\0", "") + '"' for name in hostile)
    own.write_text(f"{header},y\n" + f"{header},0\n{header},1\n" * 10)
    page = cli("data describe mine.csv --format html")
    assert page.code == 0, page.err
    assert [name for name in hostile if "<" in name and name in page.out] == []
    assert "&lt;" in page.out


def test_only_a_table_of_ones_own_is_written(cli: Cli, tmp_path: Path) -> None:
    done = cli("data describe kmrd-synth --write", tmp_path / "x.toml")
    done.refuses(2, "--write is for a file of your own; kmrd-synth has a declaration")


def test_a_schema_finds_its_files_from_wherever_it_lies(cli: Cli, tmp_path: Path) -> None:
    data, elsewhere = tmp_path / "data", tmp_path / "else" / "where"
    data.mkdir()
    elsewhere.mkdir(parents=True)
    rows = "".join(f"u{i % 9},i{i % 7},{i % 3 // 2}\n" for i in range(400))
    (data / "rows.csv").write_text(f"user,item,click\n{rows}")
    users = "".join(f"u{i},{'ab'[i % 2]}\n" for i in range(9))
    (data / "users.csv").write_text(f"user,kind\n{users}")
    schema = elsewhere / "mine.toml"
    made = cli("data describe", data / "rows.csv", "--join", "users.csv", "--write", schema)
    assert made.code == 0
    text = schema.read_text()
    assert 'file = "../../data/rows.csv"' in text
    assert 'join = ["../../data/users.csv"]' in text
    done = cli("run --models mean --seeds 1 --dataset", schema, "--out", tmp_path / "runs")
    assert "categories user, item, kind" in done.out
