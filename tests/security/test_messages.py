"""Whatever a message quotes, on standard error nothing of it is for a terminal or a CI runner."""

import json
import logging
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from payloads import TERMINAL, WORKFLOW

from fmbench import tuned
from fmbench.cli import _common, _progress, main
from fmbench.record import Record
from fmbench.spec import RunSpec
from fmbench.store.file import _hash

NAMES = [*TERMINAL, *WORKFLOW]

SHARE = 3
"""Each place is given every third name, and each name to every third place."""

CONTROL = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}

SMALL = ["--dataset", "kmrd-synth", "--set", "data.rows=2000", "--out", "out"]

Plant = Callable[[str], list[str]]


def text(path: str, content: str) -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(content, encoding="utf-8")
    return path


def toml(name: str) -> str:
    """Return a name as a quoted key or value of TOML."""
    return tuned._toml(name)


def suite(template: str) -> Plant:
    return lambda name: ["run", text("x.toml", template % toml(name)), "--out", "out"]


def settings(template: str) -> Plant:
    return lambda name: [
        *("run", "--models", "lr", *SMALL, "--tuned"),
        text("x.toml", template % toml(name)),
    ]


def plan(template: str) -> Plant:
    base = 'name = "x"\nquestion = "?"\n'
    return lambda name: ["ablate", text("x.toml", base + template % toml(name)), "--out", "out"]


def record(**other: object) -> Plant:
    """Plant a record of which a value, under a right checksum, is a name."""

    def make(name: str) -> list[str]:
        spec = RunSpec(name="fm", dataset="d", model="fm")
        content = msgspec.to_builtins(Record(spec=spec, status="ok"))
        for key, value in other.items():
            content[key] = {name: name} if value is dict else name
        whole = {"sha256": _hash(content), "record": content}
        text("out/records/fm.json", msgspec.json.encode(whole).decode())
        return ["report", "out"]

    return make


def of_file(path: str, content: Callable[[str], str], *line: str) -> Plant:
    def make(name: str) -> list[str]:
        text(path, content(name))
        return [*line]

    return make


def file_name(name: str) -> list[str]:
    path = re.sub(r"[/\0]", "-", name)[:80]
    text(f"out/records/{path}.json", "{}")
    return ["report", "out"]


def cell(name: str) -> str:
    """Return a name as a quoted value of CSV."""
    return '"' + name.replace('"', '""') + '"'


def own(column: str, value: str) -> str:
    """Return a table of one's own with such a column and value."""
    return f"{cell(column)},y\n" + f"{cell(value)},0\n{cell(value)},1\n" * 20


PLANTS: dict[str, Plant] = {
    "suite key": suite("%s = 1"),
    "suite value": suite("seeds = %s"),
    "suite train key": suite("[train]\n%s = 1"),
    "suite optimizer": suite("[train]\noptimizer = %s"),
    "suite dataset": suite("dataset = %s"),
    "suite models": suite("models = [%s]"),
    "suite model's argument": suite("[model.fm]\n%s = 1"),
    "suite data": suite("[data]\nsplit = %s"),
    "suite key twice": lambda name: [
        *("run", text("x.toml", f"{toml(name)} = 1\n{toml(name)} = 1"), "--out", "out")
    ],
    "suite that is no TOML": lambda name: ["run", text("x.toml", f"a = {name}"), "--out", "out"],
    "tuned settings' key": settings("%s = 1"),
    "tuned settings' entry's key": settings("[[entry]]\n%s = 1"),
    "tuned settings' model's key": settings(
        '[[entry]]\ndataset = "d"\ndata = {}\n[entry.model.fm]\n%s = 1'
    ),
    "tuned settings' model's name": settings(
        '[[entry]]\ndataset = "d"\ndata = {}\n[entry.model]\n%s = 1'
    ),
    "plan key": plan("%s = 1"),
    "plan base's key": plan("[base]\n%s = 1"),
    "plan variant's name": plan('[base]\nmodel = "lr"\n[variants]\n%s = 1'),
    "plan variant's key": plan('[base]\nmodel = "lr"\n[variants.x]\n%s = 1'),
    "plan model": plan("[base]\nmodel = %s\n[variants.x]\nargs = {}"),
    "plan sweep": plan('[base]\nmodel = "lr"\n[sweeps]\n%s = [1, 2]'),
    "plan factor": plan('[base]\nmodel = "lr"\n[factorial]\n%s = {}'),
    "argument": lambda name: ["run", f"--{name}"],
    "verb": lambda name: [name],
    "setting": lambda name: ["run", "--set", f"{name}=1", "--out", "out"],
    "model": lambda name: ["run", "--models", name, "--out", "out"],
    "folder": lambda name: ["report", re.sub(r"[/\0]", "-", name)],
    "format": lambda name: ["report", "out", "--format", name],
    "plugin that fails": lambda name: [
        *("run", "--models", "lr", *SMALL, "--plugin"),
        text("x.py", f"raise ValueError({name!r})"),
    ],
    "plugin's model": lambda name: [
        *("run", "--models", "lr", *SMALL, "--plugin"),
        text("x.py", f"from fmbench.models import register_model\nregister_model({name!r})"),
    ],
    "record's status": record(status=str),
    "record's fact": record(audit=dict, environment=dict, metrics=dict),
    "record's key": lambda name: record(**{name: str})(name),
    "record's file": file_name,
    "study": of_file("out/plans/x.json", lambda name: json.dumps({name: 1}), *("report", "out")),
    "history": of_file(
        "results/history.jsonl", lambda name: json.dumps({"at": name}), *("history", "show")
    ),
    "log": of_file(
        "results/baselines/main.jsonl",
        lambda name: json.dumps({"schema": 1, "kind": name}) + "\n",
        *("reference", "show", "main"),
    ),
    "check": of_file("x.json", lambda name: json.dumps({"cells": name}),
        *("history", "add", "x.json")),
    "header of data": of_file("x.csv", lambda name: f"user,movie,{name},time\n1,2,3,4\n",
        *("run", "--models", "lr", "--dataset", "x.csv", "--out", "out")),
    "value of data": of_file("x.csv", lambda name: f"user,movie,rate,time\n1,2,{name},4\n",
        *("run", "--models", "lr", "--dataset", "x.csv", "--out", "out")),
    "column of one's own": of_file("x.csv", lambda name: own(name, "a"),
        *("data", "describe", "x.csv")),
    "cell of one's own": of_file("x.csv", lambda name: own("x", name),
        *("data", "describe", "x.csv")),
    "cells and columns in JSON": of_file("x.csv", lambda name: own(name, name),
        *("data", "describe", "x.csv", "--format", "json")),
    "column that is no number": of_file("x.csv", lambda name: own("x", name),
        *("data", "audit", "x.csv", "--numeric", "x")),
    "column that is no time": of_file("x.csv", lambda name: own("x", name),
        *("data", "audit", "x.csv", "--time", "x")),
    "label of one value": of_file("x.csv", lambda name: own("x", name),
        *("data", "audit", "x.csv", "--label", "x")),
    "labels in an audit": of_file("x.csv", lambda name: own("x", name) + own("x", "z")[4:],
        *("data", "audit", "x.csv", "--label", "x=z")),
    "columns of other files": lambda name: [
        "data", "describe", text("a.csv", own(name, "a")) + "," + text("b.csv", own("b", "a"))
    ],
    "joined columns": lambda name: [
        *("data", "audit", text("a.csv", own("a", "b"))),
        *("--join", text("b.csv", f"{cell(name)},b\n1,2")),
    ],
    "schema": lambda name: ["data", "describe", text("x.toml", f"file = {toml(name)}")],
}  # fmt: skip


def hold(said: str) -> None:
    """Hold what was written to lines of plain text."""
    assert {c for c in said if c != "\n" and unicodedata.category(c) in CONTROL} == set(), said
    assert re.findall(r"(?m)^[^\S\n]*::|##\[", said) == [], said


@pytest.mark.parametrize("what", PLANTS)
def test_a_message_is_plain(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FMBENCH_DEBUG", raising=False)
    monkeypatch.setattr(logging.root, "handlers", [])  # or the command adds none of its own
    first = [*PLANTS].index(what) % SHARE
    for number, name in enumerate(NAMES[first::SHARE]):
        folder = tmp_path / str(number)
        folder.mkdir()
        monkeypatch.chdir(folder)
        try:
            line = PLANTS[what](name)
        except (UnicodeError, TypeError):  # no such key, no such file name
            continue
        logging.root.handlers.clear()
        code = main(line)
        out, err = capsys.readouterr()
        hold(err)
        hold(out)
        assert code != 70, err


def test_the_look_at_messages_sees_one_payload() -> None:
    for said in ("x\x1b[2J\n", "x\r\n", "x\n::error::x\n", "x ##[error]x"):
        with pytest.raises(AssertionError):
            hold(said)


def test_one_line_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    _common.tell("  hint: a\nb\x1b[2J")
    assert capsys.readouterr().err == "  hint: a b\n"


def test_progress_shows_a_name_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    shown = Record(spec=RunSpec(name="[red]x\x1b]0;title\x07", dataset="d", model="m"), status="ok")
    with _progress.progress("runs") as watch:
        watch(1, 1, shown)
    err = capsys.readouterr().err
    assert "[red]x seed 0" in err
    assert "title" not in err
