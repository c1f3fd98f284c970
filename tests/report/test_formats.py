"""Every format is read back by a parser of its own."""

import csv
import io
import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from fmbench import pages, report
from fmbench.errors import UnknownName
from fmbench.metrics import METRICS
from fmbench.record import Record
from fmbench.report.rows import BEST_TO_WORST

Make = Callable[..., Record]

HOSTILE = '<script>alert("1")</script>|`x`\n=cmd@evil\x1b[31m\u202e&\\input'


class Page(HTMLParser):
    """The tags of a page and the text in its cells."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, str | None] = {}
        self.cells: list[str] = []
        self.hrefs: list[str] = []
        self.open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= attributes
        self.hrefs += [value or "" for name, value in attributes if name == "href"]
        self.open = tag
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        self.open = ""

    def handle_data(self, data: str) -> None:
        if self.open in ("td", "th", "br", "a") and self.cells:
            self.cells[-1] += data


def width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def grid(text: str) -> list[str]:
    """Return the lines of a terminal's table from its rule on."""
    lines = text.split("\n")
    start = next(i for i, line in enumerate(lines) if re.fullmatch("-+(  -+)*", line))
    return lines[start : lines.index("", start)] if "" in lines[start:] else lines[start:]


def markdown_rows(text: str) -> list[list[str]]:
    lines = [line for line in text.split("\n") if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_table_by_hand(record: Make) -> None:
    records = [record(seed=seed, auc=auc) for seed, auc in enumerate([0.789, 0.79, 0.791])]
    _, row = grid(report.show(records, "table"))
    assert re.split(r"\s{2,}", row) == [
        "fm",
        "–",  # nothing to be compared with
        "888k",
        "0.7900 ± 0.0025",  # 4.3027 * 0.001 / sqrt(3)
        "0.5000 ± 0.0000",
        "0.0006",
        "411k",
        "1.23M",
        "0.300",
        "3.46",
        "412",
        "3",
    ]


def test_one_seed_has_no_interval(record: Make) -> None:
    shown = report.show([record()], "table")
    assert "0.7900 ± –  " in shown
    assert "±: not known from one seed" in shown


def test_what_is_above_and_below(record: Make) -> None:
    shown = report.show([record(seed=0), record(seed=1)], "table")
    for said in (
        "kmrd-small, fields ids, split random\n",
        "label rate>9, duplicates last, split seed 0, ratios 0.8/0.1/0.1, fingerprint f00dfeedf00d",
        "Seeds: 0, 1 (2 in all)",
        "train 107,464 (67.1 % positive), valid 13,433 (67.0 % positive), test 13,434 (67.5 %",
        "140,710 rows read, 6,379 dropped; 12 test rows (0.089 %) have their user-item pair in",
        "27.1 % of the test rows have a user that training has not seen, 0.0 % an item",
        "31.2 % of the test rows are older than a training row of the same user",
        "half width of the 95 % interval (Student's t)",
        "one AUC has a standard error of about 0.0041",
        "A Processor, 2 cores, Linux x86_64, device cpu, engine plain, cells side by side: 2, "
        "threads a cell: 1",
        "torch 2.13.0+cpu, fmbench 0.1.0, commit 0123456789ab with changes",
    ):
        assert said in shown


def test_an_audit_that_lacks_a_fact_shows_the_gap(record: Make) -> None:
    roles = {"users": 2, "items": 2, "first_month": "2005-01"}
    shown = report.show([record(audit={"rows_read": 10_000, **roles})], "table")
    assert "10,000 rows read, ? dropped; ? test rows (? %)" in shown


def test_below_it_stands_how_the_rows_were_tuned(record: Make) -> None:
    fm, lr, dnn = record("fm"), record("lr"), record("dnn")
    by_40, by_9 = (replace(fm, spec=replace(fm.spec, trials=n)) for n in (40, 9))
    lr_by_40 = replace(lr, spec=replace(lr.spec, trials=40))
    assert "Tuned: every model, 40 trials each, on validation rows" in report.show([by_40], "table")
    assert "Not tuned: every model" in report.show([fm], "table")
    shown = report.show([by_40, lr_by_40, dnn], "table")
    assert "Tuned: fm, lr, 40 trials each, on validation rows" in shown
    assert "Not tuned: dnn, at its defaults or as the user set it" in shown
    shown = report.show([by_9, lr_by_40], "table")
    assert "Tuned: fm, 9 trials, on" in shown
    assert "Tuned: lr, 40 trials, on" in shown
    rows = json.loads(report.show([by_9, dnn], "json"))["rows"]
    assert {row["name"]: row["trials"] for row in rows} == {"fm": 9, "dnn": None}
    listed = csv.DictReader(io.StringIO(report.show([by_9, dnn], "csv")))
    assert {row["name"]: row["trials"] for row in listed} == {"fm": "9", "dnn": ""}


def test_a_trial_of_tuning_is_no_row(record: Make) -> None:
    trial = record("lr")
    trial = replace(trial, spec=replace(trial.spec, tests=False), metrics={"valid": {"auc": 0.9}})
    assert report.show([trial, record()], "json") == report.show([record()], "json")
    assert "no records" in report.show([trial], "table")


def test_failures_are_counted_and_explained(record: Make, failure: Make) -> None:
    reason = "first line\nsecond " + "x" * 500
    shown = report.show([record(seed=0), failure(seed=1, status="oom", reason=reason)], "table")
    assert grid(shown)[-1].endswith("1 of 2")
    assert "FAILED: fm, seed 1: oom: first line second" in shown
    assert "x" * 251 not in shown.replace("\n  ", "")
    assert json.loads(report.show([failure(reason=reason)], "json"))["rows"][0]["failures"] == [
        {"seed": 0, "status": "diverged", "reason": reason}
    ]


@pytest.mark.parametrize("form", pages.FORMATS)
@pytest.mark.parametrize("status", BEST_TO_WORST[1:])
def test_what_failed_looks_like_no_result_in_any_format(
    form: str, status: str, record: Make, failure: Make
) -> None:
    reason = "no result after 5 s"
    alone = [record("lr"), failure("fm", 0, status, reason)]
    shown = " ".join(report.show(alone, form).split())
    assert status in shown
    assert reason in shown
    mixed = [record(seed=0, auc=0.7), failure("fm", 1, status, reason), record(seed=2, auc=0.9)]
    without = report.show([mixed[0], mixed[2]], "json")
    measured = json.loads(without)["rows"][0]["metrics"]
    assert json.loads(report.show(mixed, "json"))["rows"][0]["metrics"] == measured
    rows = json.loads(report.show(alone, "json"))["rows"]
    assert [row["status"] for row in rows] == ["ok", status]
    assert {json.dumps(of) for of in rows[1]["metrics"].values()} == {
        '{"mean": null, "low": null, "high": null, "n": 0}'
    }


def test_an_undefined_metric_is_a_gap_with_a_reason_and_no_number(record: Make) -> None:
    why = {"test": {"auc": "all rows are of one class (12 rows)", "gauc": "no user is mixed"}}
    records = [record(model, auc=None, undefined=why) for model in ("fm", "lr")]
    text = report.show(records, "table")
    assert "UNDEFINED: auc of fm, lr: all rows are of one class (12 rows)" in text
    assert "gauc" not in text  # it has no column
    (row,) = (line for line in text.splitlines() if line.startswith("fm "))
    assert row.split()[:5] == ["fm", "–", "888k", "–", "0.5000"]  # the logloss stands
    rows = json.loads(report.show(records, "json"))["rows"]
    assert [row["metrics"]["auc"]["mean"] for row in rows] == [None, None]
    assert [row["undefined"] for row in rows] == [why["test"]] * 2


def test_a_table_of_failures_says_so(failure: Make) -> None:
    shown = report.show([failure(reason=None)], "table")
    assert "no cell came to a result" in shown
    assert "no reason was recorded" in shown


def test_two_cases_of_one_name_are_told_apart(record: Make) -> None:
    records = [record(model_args={"embed_dim": k}) for k in (8, 16)]
    shown = report.show(records, "table")
    assert all(f"fm ({r.spec.case[:6]})" in shown for r in records)


@pytest.mark.parametrize("form", pages.FORMATS)
def test_synthetic_data_names_itself(record: Make, form: str) -> None:
    shown = report.show([record(dataset="kmrd-synth")], form)
    assert "kmrd-synth" in shown
    assert ("SYNTHETIC DATA" in shown) == (form not in ("json", "csv"))
    assert "SYNTHETIC" not in report.show([record()], form)


def test_several_environments_are_a_warning(record: Make) -> None:
    records = [record(seed=seed, environment={"cpu": f"cpu {seed}"}) for seed in range(2)]
    shown = report.show(records, "table")
    assert "Measured in 2 environments; speeds compare only within one" in shown
    assert "Measured on cpu 0\nMeasured on cpu 1" in shown


def test_environments_that_differ_in_the_engine_alone_are_one(record: Make) -> None:
    records = [
        record(seed=seed, environment={"cpu": "one", "engine": engine})
        for seed, engine in enumerate(["native", "catboost 1.2.10"])
    ]
    shown = report.show(records, "table")
    assert "Measured on one, engine catboost 1.2.10 | native" in shown
    assert "environments" not in shown


def test_models_that_different_paths_trained_are_named(record: Make) -> None:
    """Not baselines, whose engine is always another, nor models that one path trained."""
    paths = {"lr": "native", "fm": "native", "mine": "plain (it has no shared table)"}
    records = [record(name, environment={"engine": path}) for name, path in paths.items()]
    records.append(record("catboost", baseline=True, environment={"engine": "catboost 1.2.10"}))
    said = "Trained on different paths, one faster than another: "
    shown = report.show(records, "table")
    (line,) = (line for line in shown.splitlines() if line.startswith(said))
    paths = sorted(line.removeprefix(said).split("; "))
    assert paths in (
        [f"native: {names}", "plain (it has no shared table): mine"]
        for names in ("lr, fm", "fm, lr")
    )
    assert said not in report.show(records[:2] + records[3:], "table")


def test_a_baseline_is_marked_and_explained(record: Make) -> None:
    rates = {"predict_samples_per_s": [1000.0]}
    records = [record("fm"), record("catboost", baseline=True, samples=rates)]
    shown = report.show(records, "table")
    fm, baseline = sorted(grid(shown)[-2:], reverse=True)
    assert (fm.split()[0], baseline.split()[:2]) == ("fm", ["catboost", "†"])
    assert "†: a baseline, trained by its own library on the same rows" in shown
    assert "†" not in report.show([record("fm")], "table")
    rows = json.loads(report.show(records, "json"))["rows"]
    assert {row["name"]: row["baseline"] for row in rows} == {"fm": False, "catboost": True}


def test_the_usual_table_fits_in_120_columns(record: Make, failure: Make) -> None:
    names = ("lr", "fm", "dnn", "wide_deep", "deepfm")
    records = [record(name, seed, parameters=1_234_567) for name in names for seed in range(3)]
    shown = report.show([*records, failure("lr", 3)], "table")
    assert max(map(width, shown.split("\n"))) <= 120


def test_korean_names_line_up(record: Make) -> None:
    shown = report.show([record("fm"), record("dnn", name="한국어 모델")], "table")
    assert len({width(line) for line in grid(shown)}) == 1


def test_one_table_a_split(record: Make) -> None:
    records = [record(fingerprint="a"), record(dataset="kmrd-2m", fingerprint="b")]
    shown = report.show(records, "md")
    assert shown.index("### kmrd-2m") < shown.index("### kmrd-small")
    assert shown.count("\n| model ") == 2


def test_json_has_the_keys_of_the_contract(record: Make) -> None:
    records = [record("fm", 0, auc=0.8), record("fm", 1, auc=0.9), record("lr", 0, auc=0.7)]
    content = json.loads(report.show(records, "json"))
    assert list(content) == ["schema", "dataset", "audit", "tables", "rows"]
    assert content["schema"] == 1
    assert content["dataset"] == "kmrd-small"
    assert content["audit"] == records[0].audit
    assert [row["name"] for row in content["rows"]] == ["fm", "lr"]
    row = content["rows"][0]
    assert list(row) == [
        "name",
        "model",
        "dataset",
        "case",
        "baseline",
        "seeds",
        "status",
        "parameters",
        "trials",
        "group",
        "metrics",
        "undefined",
        "failures",
        "fingerprint",
    ]
    assert row["seeds"] == [0, 1]
    assert row["case"] == records[0].spec.case
    assert list(row["metrics"]) == list(METRICS)
    assert list(row["metrics"]["auc"]) == ["mean", "low", "high", "n"]
    assert row["metrics"]["auc"]["mean"] == pytest.approx(0.85)
    assert row["metrics"]["gauc"] == {"mean": None, "low": None, "high": None, "n": 0}


def test_json_of_several_splits_keeps_them_apart(record: Make) -> None:
    other = {"rows_read": 1}
    records = [record(fingerprint="a"), record(dataset="kmrd-2m", fingerprint="b", audit=other)]
    content = json.loads(report.show(records, "json"))
    assert content["dataset"] is content["audit"] is None
    assert [table["fingerprint"] for table in content["tables"]] == ["b", "a"]
    assert [table["audit"] for table in content["tables"]] == [other, records[0].audit]
    assert [row["fingerprint"] for row in content["rows"]] == ["b", "a"]


def test_csv_holds_every_number_in_full(record: Make, failure: Make) -> None:
    records = [record(seed=0, auc=0.1 + 0.2), failure(seed=1)]
    (row,) = csv.DictReader(io.StringIO(report.show(records, "csv")))
    assert row["dataset"] == "kmrd-small"
    assert (row["fields"], row["split"], row["split_seed"]) == ("ids", "random", "0")
    assert (row["seeds"], row["seeds_ok"], row["status"]) == ("0 1", "1", "diverged")
    assert float(row["auc_mean"]) == 0.1 + 0.2
    assert (row["auc_low"], row["auc_n"], row["group"]) == ("", "1", "")


def test_markdown_rows_have_one_cell_a_column(record: Make) -> None:
    header, rule, *rows = markdown_rows(report.show([record("fm"), record("lr")], "md"))
    assert "train rows/s" in header
    assert len(rows) == 2
    assert {len(row) for row in (header, rule, *rows)} == {12}


def test_html_is_one_file_that_asks_for_nothing(record: Make) -> None:
    page = Page(report.show([record()], "html"))
    assert page.cells[0] == "model"
    assert "0.7900 ± –" in page.cells
    assert not {"link", "img", "iframe"} & set(page.tags)
    assert page.tags.count("script") == 1
    assert "src" not in page.attributes
    assert all(href.startswith("#") for href in page.hrefs)
    assert "prefers-color-scheme: dark" in report.show([record()], "html")


@pytest.mark.parametrize("form", ["table", "md", "csv", "latex", "html"])
def test_a_hostile_name_is_inert_wherever_it_stands(record: Make, failure: Make, form: str) -> None:
    records = [
        record(name=HOSTILE, dataset=HOSTILE, dataset_args={"file": HOSTILE, "fields": HOSTILE}),
        record("lr", dataset=HOSTILE, environment={"cpu": HOSTILE}, status="error", reason=HOSTILE),
    ]
    shown = report.show(records, form)
    assert not {"\x1b", "\u202e"} & set(shown)
    if form == "html":
        tags = {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "section"}
        tags |= {"div", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "br", "header"}
        tags |= {"h3", "p", "a", "nav", "dl", "dt", "dd", "span", "details", "summary", "code"}
        tags |= {"figure", "figcaption", "strong", "svg", "g", "line", "path", "circle", "rect"}
        tags |= {"text", "script"}
        assert set(Page(shown).tags) <= tags
        assert Page(shown).tags.count("script") == 1
    if form == "md":
        assert "<" not in shown
        assert {len(row) for row in markdown_rows(shown)} == {12}
    if form == "csv":
        assert {len(row) for row in csv.reader(io.StringIO(shown))} == {16 + 4 * len(METRICS)}
    if form == "latex":
        assert "\\input" not in shown
        rows = [line for line in shown.split("\n") if line.endswith(r"\\")]
        assert {len(re.findall(r"(?<!\\)&", row)) for row in rows} == {11}


def test_json_is_ascii_and_keeps_names_whole(record: Make) -> None:
    shown = report.show([record(name=HOSTILE)], "json")
    assert shown.isascii()
    assert not {"\x1b", "\x7f"} & set(shown)
    assert json.loads(shown)["rows"][0]["name"] == HOSTILE


def test_no_records_are_an_empty_table() -> None:
    assert "no records" in report.show([], "table")
    assert json.loads(report.show([], "json"))["rows"] == []
    assert len(report.show([], "csv").split("\n")) == 1
    assert len(markdown_rows(report.show([], "md"))) == 2


def test_the_order_of_the_records_changes_nothing(record: Make, failure: Make) -> None:
    records = [record("fm", 0), record("fm", 1, auc=0.8), failure("lr", 0), record("lr", 1)]
    for form in pages.FORMATS:
        assert report.show(records, form) == report.show(records[::-1], form)


def test_a_listing_in_every_format() -> None:
    headers = ("name", "year", "rows", "share", "here")
    rows = [("한국어", 2010, 140_710, 0.25, True), ("=1+1", None, -3, 1e-7, False)]
    assert grid(pages.table(headers, rows, "table"))[1:] == [
        "한국어    2010  140,710     0.25  yes",
        "=1+1         –       -3    1e-07  no",
    ]
    assert json.loads(pages.table(headers, rows, "json")) == {
        "schema": 1,
        "rows": [dict(zip(headers, row, strict=True)) for row in rows],
    }
    assert list(csv.reader(io.StringIO(pages.table(headers, rows, "csv")))) == [
        list(headers),
        ["한국어", "2010", "140710", "0.25", "True"],
        ["'=1+1", "", "-3", "1e-07", "False"],
    ]
    assert markdown_rows(pages.table(headers, rows, "md"))[2][0] == "한국어"
    assert Page(pages.table(headers, rows, "html")).cells[:7] == [*headers, "한국어", "2010"]
    assert r"한국어 & 2010 & 140,710 & 0.25 & yes \\" in pages.table(headers, rows, "latex")


@pytest.mark.parametrize("show", [report.show, lambda r, f: pages.table(("a",), r, f)])
def test_an_unknown_format_names_the_nearest(show: Callable[[list[Record], str], str]) -> None:
    with pytest.raises(UnknownName, match="did you mean 'html'"):
        show([], "htm")


def test_a_report_needs_neither_torch_nor_pandas() -> None:
    heavy = "'torch', 'pandas', 'scipy', 'jinja2'"
    code = f"import sys, fmbench.report; print(sorted({{{heavy}}} & {{*sys.modules}}))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
