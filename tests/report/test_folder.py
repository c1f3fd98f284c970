"""A report as a folder: all formats, and every change in one of them is found."""

import re
from collections.abc import Callable

import pytest

from fmbench.pages import files
from fmbench.record import Record
from fmbench.report import Verification, hold_files, report_of

Make = Callable[..., Record]


@pytest.fixture
def made(record: Make) -> dict[str, bytes]:
    """Return the texts of a report of two tables that differ in letters no file's name has."""
    args = [{"fields": "ids", "split": split} for split in ("a>b", "a=b")]
    records = [
        record(model, seed, auc=auc + 1e-4 * seed, dataset_args=arg, fingerprint=print * 64)
        for model, auc in (("lr", 0.79), ("fm", 0.78))
        for seed in range(3)
        for arg, print in zip(args, "ab", strict=True)
    ]
    return {name: text.encode() for name, text in files(report_of(records)).items()}


def test_each_table_has_a_file_and_each_link_leads_to_one(made: dict[str, bytes]) -> None:
    chapters = [name for name in made if name.endswith(".md")]
    assert chapters == [
        "README.md", "kmrd-small-fields-ids-split-a-b.md", "kmrd-small-fields-ids-split-a-b-2.md",
    ]  # fmt: skip
    assert {"report.html", "tables.tex", "numbers.csv", "numbers.json"} < made.keys()
    for name in chapters:
        links = re.findall(r"\]\(([^)]+)\)", made[name].decode())
        assert links
        assert set(links) <= {*made, "figures"}


def held(there: dict[str, bytes], made: dict[str, bytes]) -> tuple[int, set[tuple[str, str]]]:
    found = Verification()
    hold_files(found, there, made)
    return found.exit_code, {(of, what) for of, what, *_ in found.odd}


def test_what_is_as_it_was_is_held(made: dict[str, bytes]) -> None:
    assert held(made, made) == (0, set())


@pytest.mark.parametrize("form", ["md", "html", "tex", "csv", "json", "svg"])
def test_one_digit_in_any_file_is_found(made: dict[str, bytes], form: str) -> None:
    name = next(n for n in made if n.endswith(f".{form}") and b"0.7" in made[n])
    code, odd = held({**made, name: made[name].replace(b"0.7", b"0.8", 1)}, made)
    assert code == 1
    assert {of for of, _ in odd} == {name}
    if form == "json":
        assert any(what.startswith("numbers.rows.") for _, what in odd)


def test_a_difference_is_shown_where_it_is() -> None:
    found = Verification()
    old, new = (b"a\n" + b"x" * 300 + number + b"y" * 300 for number in (b" 0.7504 ", b" 0.7505 "))
    hold_files(found, {"a.md": old}, {"a.md": new})
    ((of, what, state, why),) = found.odd
    assert (of, what, state) == ("a.md", "line 2", "differs")
    assert "0.7504 y" in why.partition(" is stored; ")[0]
    assert "0.7505 y" in why.partition(" is stored; ")[2]
    assert len(why) < 250


def test_files_that_come_or_go_are_found(made: dict[str, bytes]) -> None:
    less = {name: content for name, content in made.items() if name != "README.md"}
    assert held(less, made) == (1, {("README.md", "file")})
    assert held(made, less) == (1, {("README.md", "file")})
    assert held({**made, "a.png": b"1"}, {**made, "a.png": b"2"}) == (1, {("a.png", "picture")})


@pytest.mark.parametrize("name", ["<img src=x>", "](http://127.0.0.1:9/)", "a|b\\n# c", "../../x"])
def test_a_name_leads_nowhere(record: Make, name: str) -> None:
    def made(dataset: str) -> dict[str, str]:
        records = [record(m, s, name=dataset + m, dataset=dataset) for m in "ab" for s in (0, 1)]
        return files(report_of(records))

    texts, usual = made(name), made("harmless")
    assert len(texts) == len(usual)
    for file, text in texts.items():
        assert re.fullmatch(r"(figures/)?[A-Za-z0-9-]+\.[a-z]+", file)
        assert "<img" not in text or file in ("numbers.csv", "numbers.json")
        if file.endswith(".md"):
            links = re.findall(r"\]\(([^)]*)\)", text)
            assert set(links) <= {*texts, "figures"}
