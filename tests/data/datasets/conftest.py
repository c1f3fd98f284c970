"""Files of a few rows, read as a table of one's own."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from fmbench.data import Dataset, Table, Where, load, resolve
from fmbench.data.datasets._declared import read_declared
from fmbench.data.infer import propose as proposing
from fmbench.data.infer.propose import propose
from fmbench.data.infer.survey import survey
from fmbench.data.registry import DATASETS

Read = Callable[..., Table]
Load = Callable[..., Dataset]


def rows(text: str, count: int, /, **columns: Callable[[int], object]) -> str:
    """Return so many lines of a pattern, whose names stand for what the columns are in a row."""
    made = ({name: of(i) for name, of in columns.items()} for i in range(count))
    return "".join(f"{text.format(**row, i=i)}\n" for i, row in enumerate(made))


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that reads a file, as it is taken for, or as options say."""

    def call(content: str | bytes | None = None, file: Any = "a.csv", **said: Any) -> Table:
        if content is not None:
            text = content.encode() if isinstance(content, str) else content
            (tmp_path / file).write_bytes(text)
        options = propose(tmp_path, {"file": file, **said}).options
        own = {key: options[key] for key in DATASETS["table"].defaults if key in options}
        names = [file] if isinstance(file, str) else file
        key = repr([(tmp_path / name).read_bytes() for name in names])
        return read_declared(tmp_path, key, lambda *_: None, **own)

    return call


@pytest.fixture
def loaded(tmp_path: Path) -> Load:
    """Return a function that loads a file as a run does."""

    def call(content: str | None = None, file: Any = "a.csv", **said: Any) -> Dataset:
        if content is not None:
            (tmp_path / file).write_text(content)
        where = Where(tmp_path, is_exact=True)
        return load("table", resolve("table", {"file": file, **said}, where), where)

    return call


@pytest.fixture
def shortsighted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have one file of several looked at before the table is read."""
    monkeypatch.setattr(proposing, "survey", partial(survey, most=1))
