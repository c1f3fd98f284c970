"""The prose of the package: docstrings are sentences or titles, and "none" never means "not a"."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

import fmbench

ROOT = Path(fmbench.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))

# "there is none" is plain English; so is None the value, which has a capital.
NONE = re.compile(r"(?<!\bthere )\b(?:is|are) none\b")
FRAGMENT = re.compile(r"(?:Of|That|Which)\b")
BEGINNING = re.compile(r"[A-Z0-9`]|(?:fmbench|myFM|scikit-learn)\b")  # names are in lower case
Documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def docstrings(tree: ast.Module) -> Iterator[tuple[int, ast.AST, str]]:
    """Yield line, node and docstring of the module, and of every class and function."""
    for node in ast.walk(tree):
        if isinstance(node, Documented) and (text := ast.get_docstring(node)) is not None:
            yield getattr(node, "lineno", 1), node, text


def texts(source: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the line and the words of every string and of every block of comments."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):  # whose pieces are also met one by one
            parts = (str(p.value) if isinstance(p, ast.Constant) else "…" for p in node.values)
            yield node.lineno, "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
    blocks: list[tuple[int, list[str]]] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            line, text = token.start[0], token.string.lstrip("#")
            if blocks and line == blocks[-1][0] + len(blocks[-1][1]):
                blocks[-1][1].append(text)
            else:
                blocks.append((line, [text]))
    for line, block in blocks:
        yield line, " ".join(block)


def faults(source: str) -> list[str]:
    """Return what is wrong with the prose of a file, each with its line."""
    tree = ast.parse(source)
    found = {
        f"{line}: none for not a: {match[0]}"
        for line, text in texts(source, tree)
        if (match := NONE.search(" ".join(text.split())))
    }
    for line, node, text in docstrings(tree):
        first = " ".join(text.split("\n\n")[0].split())
        if not BEGINNING.match(first):
            found.add(f"{line}: begins in lower case: {first}")
        if not first.endswith("."):
            found.add(f"{line}: ends without a full stop: {first}")
        if FRAGMENT.match(first) and not isinstance(node, ast.Module):
            found.add(f"{line}: a fragment: {first}")
    return sorted(found)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_docstrings_and_words_keep_the_rules(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ('def f():\n    """return it."""', "1: begins in lower case"),
        ('class A:\n    """A thing"""', "1: ends without a full stop"),
        ('"""A title\n\nMore of it."""', "1: ends without a full stop"),
        ('def f():\n    """Of the split, its hash."""', "1: a fragment"),
        ('async def f():\n    """That it is so."""', "1: a fragment"),
        ('"""The plan is none."""', "1: none for not a"),
        ('"""Its tensors are\nnone."""', "1: none for not a"),
        ('x = f"plan {1!r} is none: {2}"', "1: none for not a"),
        ("# of a bad row the loss is\n# none, without a warning\n", "1: none for not a"),
    ],
)
def test_prose_that_breaks_a_rule_is_found(source: str, fault: str) -> None:
    assert [found[: len(fault)] for found in faults(source)] == [fault]


@pytest.mark.parametrize(
    "source",
    [
        '"""fmbench: a title."""',
        'def f():\n    """`--jobs` is read here.\n\n    Raises:\n        It: Is\n    """',
        '"""Calls a regression where there is none."""',
        "x = None  # what is None has no value, and none of them is shown",
        "def f(x):\n    return x is None",
    ],
)
def test_prose_that_keeps_the_rules_passes(source: str) -> None:
    assert faults(source) == []
