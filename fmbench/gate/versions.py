"""Arms: two versions of fmbench side by side, each in processes of its own."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fmbench.errors import EnvironmentFault, UsageError
from fmbench.gate.repository import git
from fmbench.record import Record
from fmbench.store import Store

_KERNEL = """
import time
import numpy as np
matrix = np.random.default_rng(0).normal(size=(256, 256))
def took():
    start = time.perf_counter()
    for _ in range(4):
        np.sort((matrix @ matrix).ravel())
    return time.perf_counter() - start
print(sorted(took() for _ in range(9))[4])
"""
"""Work that no change touches: products and sorting, as training and scoring are made of."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One of the two versions."""

    name: str
    """As the caller named it."""
    python: Path
    code: Path | None
    """The folder whose modules and plugins run; None for what the interpreter has installed."""
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """What both arms run: a suite, whatever its models and seeds, and flags that are not in it."""

    suite: Mapping[str, Any]
    flags: Sequence[str]
    plugins: Sequence[Path]
    """Relative ones are those of each arm, where it has them."""
    folder: Path
    """Where runs leave their stores, and where processes are started."""

    def measure(self, arm: Arm, model: str, seed: int) -> Record | str:
        """Run one cell in a fresh process; return its record, or what the process said instead."""
        with tempfile.TemporaryDirectory(dir=self.folder) as out:
            suite = Path(out) / "suite.toml"
            suite.write_text(toml({**self.suite, "models": [model], "seeds": [seed]}), "utf-8")
            store = Path(out) / "store"
            flags = [*self.flags, *_plugins(self.plugins, arm), "--jobs", "1", "--out", str(store)]
            words = ["run", str(suite), *flags]
            done = self._call(arm.python, ["-m", "fmbench", *words], arm.code, seed)
            if not (store / "records").is_dir():
                return _said(done)
            records, _ = Store(store).read()
            return records[0] if records else "it left no record"

    def control(self, seed: int) -> float:
        """Return the seconds of a kernel that is the same for both arms, in a fresh process."""
        return float(self._call(Path(sys.executable), ["-c", _KERNEL], None, seed).stdout)

    def _call(
        self, python: Path, words: Sequence[str], code: Path | None, seed: int
    ) -> subprocess.CompletedProcess[str]:
        # What differs from round to round, such as the order of sets, is the same within a pair.
        environment = os.environ | {"PYTHONHASHSEED": str(seed)}
        others = environment.pop("PYTHONPATH", "")
        if code is not None:
            environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(code), others]))
        return subprocess.run(
            [str(python), *words],
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=environment,
            check=False,
        )


@contextmanager
def arms(*names: str, folder: Path) -> Iterator[list[Arm]]:
    """Return an arm for each name: a Python (with a slash in it), a commit or a folder.

    A commit is checked out into `folder`, and gone again afterwards.

    Raises:
        UsageError: A name is not one of these.
    """
    with ExitStack() as stack:
        yield [_arm(name, folder / f"arm{place}", stack) for place, name in enumerate(names)]


def toml(content: Mapping[str, Any], above: str = "") -> str:
    """Return a suite as TOML: its values are written as JSON writes them, which TOML reads."""
    lines, tables = [], []
    for key, value in content.items():
        name = json.dumps(key, ensure_ascii=False)
        if isinstance(value, Mapping):
            tables += [f"[{above}{name}]", toml(value, f"{above}{name}.")]
        else:
            lines.append(f"{name} = {json.dumps(value, ensure_ascii=False)}")
    return "\n".join([*lines, *tables])


def _said(done: subprocess.CompletedProcess[str]) -> str:
    """Return why a process left nothing: its error, else its last word, else how it ended."""
    lines = done.stderr.splitlines()
    errors = [line for line in lines if line.startswith("fmbench: error: ")]
    return (errors or lines or [f"it ended with exit code {done.returncode}"])[-1]


def _plugins(plugins: Sequence[Path], arm: Arm) -> list[str]:
    own = [path if arm.code is None else arm.code / path for path in plugins]
    found = [path if path.is_file() else given for path, given in zip(own, plugins, strict=True)]
    return [word for path in found for word in ("--plugin", str(path.absolute()))]


def _arm(name: str, folder: Path, stack: ExitStack) -> Arm:
    here = Path(sys.executable)
    if os.sep in name and os.access(name, os.X_OK) and Path(name).is_file():
        return Arm(name, Path(name).absolute(), None)  # not resolved: a venv's Python is a link
    commit = git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if commit is None:
        if Path(name).is_dir():
            return Arm(name, here, Path(name).resolve())
        raise UsageError(f"{name!r} is not a commit, a folder or a Python; expected one of them")
    if git("worktree", "add", "--detach", str(folder), commit) is None:
        raise EnvironmentFault(f"{name!r} cannot be checked out into {str(folder)!r}")
    stack.callback(git, "worktree", "remove", "--force", str(folder))
    return Arm(name, here, folder, commit)
