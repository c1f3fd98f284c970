"""The catalogue of faults is whole, and every test that it names is there and runs somewhere."""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
CATALOGUE = tomllib.loads((ROOT / "tests" / "faults.toml").read_text(encoding="utf-8"))
COUNTS: dict[str, int] = CATALOGUE.pop("catalogue")


def links(entry: dict[str, Any]) -> list[str]:
    """Return the tests that a case names: none, one or several."""
    named = entry.get("test", [])
    return [named] if isinstance(named, str) else named


@cache
def collect(path: str) -> dict[str, bool]:
    """Return the tests of a file, each with whether it is left out on every machine."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    all_are = any(map(skips, marks(tree)))
    return {
        node.name: all_are or any(map(skips, [*node.decorator_list, *statements(node)]))
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def marks(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield what a module marks all of its tests with."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and "pytestmark" in map(ast.unparse, node.targets):
            yield from node.value.elts if isinstance(node.value, ast.List) else [node.value]


def statements(test: ast.FunctionDef) -> Iterator[ast.expr]:
    """Yield the calls that a test makes under no condition."""
    for node in test.body:
        if isinstance(node, ast.Expr):
            yield node.value


def skips(node: ast.expr) -> bool:
    """Tell whether a mark or call leaves its test out, or lets it fail, on every machine."""
    name = ast.unparse(node.func if isinstance(node, ast.Call) else node)
    if name == "pytest.mark.skipif" and isinstance(node, ast.Call):
        return any(isinstance(a, ast.Constant) and bool(a.value) for a in node.args)
    return name in ("pytest.mark.skip", "pytest.mark.xfail", "pytest.skip", "pytest.xfail")


def test_no_case_is_missing() -> None:
    assert list(CATALOGUE) == [f"{g}{i}" for g, n in COUNTS.items() for i in range(1, n + 1)]


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_case_has_tests_or_a_reason(name: str) -> None:
    entry = CATALOGUE[name]
    assert set(entry) in ({"case", "test"}, {"case", "not"})
    assert all(value for value in entry.values())
    for link in links(entry):
        path, _, test = link.partition("[")[0].partition("::")
        tests = collect(path) if (ROOT / path).is_file() else {}
        assert test in tests, f"{link} is not there"
        assert not tests[test], f"{link} is always skipped"


@pytest.mark.parametrize(
    ("mark", "always"),
    [
        ("pytest.mark.skip", True),
        ("pytest.mark.skip(reason='broken')", True),
        ("pytest.mark.skipif(True, reason='broken')", True),
        ("pytest.skip('broken')", True),
        ("pytest.mark.skipif(not can_mount(), reason='no disk')", False),
        ("pytest.mark.slow", False),
    ],
)
def test_what_is_always_skipped_is_told_from_what_is_skipped_somewhere(
    mark: str, always: bool
) -> None:
    assert skips(ast.parse(mark, mode="eval").body) == always
