"""The command called in this process, with nothing but hand-made files within reach."""

import dataclasses
import logging
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fmbench.cli import main
from fmbench.data.registry import DATASETS, SOURCES
from fmbench.models import MODELS

NOWHERE = "http://127.0.0.1:9/"
"""Nothing listens there: to fetch from it fails at once."""

SMALL = "--dataset kmrd-synth --set data.rows=2000 --set train.max_epochs=1"


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    def refuses(self, code: int, *words: str) -> None:
        """Hold the command to one line of error, perhaps a hint, and these words in them."""
        assert (self.code, self.out) == (code, ""), self
        first, *rest = self.err.splitlines()
        assert first.startswith("fmbench: error: "), self.err
        assert [line[:8] for line in rest] in ([], ["  hint: "]), self.err
        assert [word for word in words if word not in self.err] == [], self.err


Cli = Callable[..., Done]


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take away the real files, the network and what a command leaves in this process."""
    monkeypatch.delenv("FMBENCH_DATA", raising=False)
    monkeypatch.delenv("FMBENCH_DEBUG", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name, source in SOURCES.items():
        if source.url:
            monkeypatch.setitem(SOURCES, name, dataclasses.replace(source, url=NOWHERE))
    for registry in (MODELS, DATASETS):
        monkeypatch.setattr(registry, "_entries", dict(registry._entries))
    level = logging.getLevelName(logging.WARNING)
    yield
    logging.addLevelName(logging.WARNING, level)


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Return a function that calls the command with a line of arguments, and more of them."""

    def call(line: str, *more: object) -> Done:
        capsys.readouterr()
        code = main([*shlex.split(line), *map(str, more)])
        return Done(code, *capsys.readouterr())

    return call


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return a folder for records that is not there yet."""
    return tmp_path / "made" / "store"
