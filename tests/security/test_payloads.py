"""Payloads as the names of everything that a report shows: inert in every format."""

import csv
import io
import json
import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import product
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from browser import browse
from markdown_it import MarkdownIt
from msgspec import structs
from payloads import ALL, CSV, HTML, MARKDOWN, SERVER, TERMINAL

from fmbench import pages, report
from fmbench.environment import without_private
from fmbench.pages.escape import csv_cell, latex, markdown
from fmbench.printable import printable
from fmbench.record import Epoch, Record
from fmbench.spec import RunSpec

CONTROL = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
HARMLESS = [f"name {i}" for i in range(len(ALL))]
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\0")


def measured(auc: float) -> dict[str, Any]:
    """Return numbers that every figure of a page can be drawn from."""
    epoch = Epoch(train_loss=0.5, tail_loss=0.5, valid_logloss=auc, valid_auc=auc, seconds=1.0)
    return {
        "metrics": {"test": {"auc": auc, "logloss": 0.5}},
        "curve": [epoch, epoch],
        "best_epoch": 0,
        "samples": {
            "train_samples_per_s": [1e6 * auc],
            "predict_samples_per_s": [1e6],
            "predict_latency_ms": [0.1, 0.2],
        },
    }


def records(names: Sequence[str]) -> list[Record]:
    """Return records of a name, which stands in every field that a report shows."""
    made = []
    # Every eighth table has figures: all of them would make a page of ten megabytes.
    drawn = set(sorted(names)[::8])
    for number, name in enumerate(names):
        spec = RunSpec(
            name=name,
            dataset=name,
            dataset_args={"fields": name, "split": name, name: name},
            model=name,
            model_args={"n": number},
        )
        machine = {"cpu": name, "system": name, "device": name, "packages": {"torch": name}}
        reason = f"failed: {name}"
        made.append(Record(spec=spec, status="ok", fingerprint=name or "f", environment=machine))
        for seed, auc in product((0, 1), (0.6, 0.7)) if name in drawn else ():
            good = structs.replace(spec, seed=seed, model_args={"n": number, "auc": auc})
            made.append(
                Record(
                    spec=good,
                    status="ok",
                    fingerprint=name or "f",
                    environment=machine,
                    audit={"parts": {name: {name: 1}}, name: name},
                    **measured(auc + seed / 100),
                )
            )
        made.append(Record(spec=spec, status="error", reason=name, environment={"cpu": name}))
        made.append(Record(spec=spec, status="error", reason=reason, environment={"cpu": name}))
    return made


def shown(names: Sequence[str], form: str) -> str:
    """Return a report and a listing of the names in one format."""
    rows = [(name, 1.5) for name in names]
    return "\n\n".join(
        (report.show(records(names), form), pages.table((names[0], "number"), rows, form))
    )


class Structure(HTMLParser):
    """Everything of a page but its text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[object] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.parts.append((tag, [(k, "" if k == "aria-label" else v) for k, v in attributes]))

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(f"/{tag}")

    def handle_comment(self, data: str) -> None:
        self.parts.append(f"comment {data}")

    def handle_decl(self, decl: str) -> None:
        self.parts.append(f"declaration {decl}")

    def handle_pi(self, data: str) -> None:
        self.parts.append(f"instruction {data}")

    def unknown_decl(self, data: str) -> None:
        self.parts.append(f"unknown {data}")


def test_there_are_enough() -> None:
    for payloads, least in ((HTML, 200), (CSV, 60), (MARKDOWN, 40), (TERMINAL, 20)):
        assert len(set(payloads)) == len(payloads) >= least


def test_html_has_the_tags_of_harmless_names() -> None:
    assert Structure(shown(ALL, "html")).parts == Structure(shown(HARMLESS, "html")).parts


def test_the_comparison_of_tags_sees_one_payload() -> None:
    harmless = shown(HARMLESS[:1], "html")
    evil = harmless.replace(HARMLESS[0], HTML[0])
    assert Structure(evil).parts != Structure(harmless).parts


def markdown_structure(text: str) -> list[str]:
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    inner = {child.type for token in tokens for child in token.children or ()}
    harmless = {"text", "text_special", "softbreak", "strong_open", "strong_close"}
    return [*(token.type for token in tokens), *sorted(inner - harmless)]


def test_markdown_has_the_structure_of_harmless_names() -> None:
    assert markdown_structure(shown(ALL, "md")) == markdown_structure(shown(HARMLESS, "md"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_holds_no_formula(delimiter: str) -> None:
    for row in csv.reader(io.StringIO(shown(ALL, "csv")), delimiter=delimiter):
        bare = [cell.lstrip(' "') for cell in row]
        assert [cell for cell in bare if cell.startswith(FORMULA)] == []


@pytest.mark.parametrize("form", pages.FORMATS)
def test_no_terminal_or_runner_obeys(form: str) -> None:
    text = shown(ALL, form)
    assert {c for c in text if c != "\n" and unicodedata.category(c) in CONTROL} == set()
    assert re.findall(r"(?m)^[^\S\n]*::|##\[", text) == []


def test_latex_runs_no_command_of_a_name() -> None:
    names = [*ALL, r"\input{/etc/passwd}", r"\immediate\write18{x}", "^^5cinput", r"$\x$"]
    usual, found = (
        set(re.findall(r"\\[a-zA-Z]+", shown(some, "latex").replace(r"\\", "")))
        for some in (HARMLESS, names)
    )
    letters = ["backslash", "asciitilde", "asciicircum", "less", "greater", "bar"]
    assert found <= usual | {rf"\text{letter}" for letter in letters}


def test_json_reads_every_name_back() -> None:
    rows = json.loads(pages.table(("name",), [[name] for name in ALL], "json"))["rows"]
    assert [row["name"] for row in rows] == ALL


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """Serve nothing on this machine, and keep the paths that are asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/asked", asked
        finally:
            server.shutdown()
            thread.join()


def test_a_browser_runs_nothing_and_asks_nobody(tmp_path: Path) -> None:
    benign = shown(HARMLESS[:1], "html")
    guard = re.search('<meta http-equiv="Content-Security-Policy"[^>]*>', benign)
    assert guard
    with listening() as (address, asked):
        names = [name.replace(SERVER, address) for name in ALL]
        path = tmp_path / "page.html"

        path.write_text(
            shown(names, "html").replace(guard[0], ""), encoding="utf-8"
        )  # escaping alone
        document = browse(path)
        assert ('data-ran="1"' in document, asked) == (False, [])
        assert "failed: &lt;script&gt;" in document

        path.write_text(
            benign.replace(HARMLESS[0], HTML[0] + HTML[2].replace(SERVER, address)), "utf-8"
        )
        document = browse(path)  # the policy alone
        assert ('data-ran="1"' in document, asked) == (False, [])

        path.write_text(path.read_text("utf-8").replace(guard[0], ""), "utf-8")
        document = browse(path)  # neither: the test can fail
        assert ('data-ran="1"' in document, set(asked)) == (True, {"/asked"})


@pytest.mark.parametrize("piece", ["/-", "'/a", ';"', "\x1b]", "\x1b[0", ":", "##[", "://a", "_"])
def test_long_names_take_little_time(piece: str) -> None:
    name = piece * (100_000 // len(piece))
    start = process_time()
    for clean in (printable, markdown, latex, csv_cell, without_private):
        clean(name)
    assert process_time() - start < 2
