"""Plugins are code that was asked for; what was not asked for does not run."""

import os
import py_compile
import subprocess
import sys
from pathlib import Path

import pytest

from fmbench.errors import UsageError
from fmbench.models import MODELS
from fmbench.registry import Registry, load_plugin

ROOT = Path(__file__).parents[2]

COMMAND = """
import sys
from fmbench.cli import main
if __name__ == "__main__":
    sys.exit(main())
"""
RUNS = "from pathlib import Path\nPath({!r}).touch()\n"


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """Return a file that is there once hostile code has run."""
    return tmp_path / "it-ran"


def hostile(path: Path, canary: Path) -> Path:
    path.write_text(RUNS.format(str(canary)), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["mine", "mine.txt", "mine.so", "mine.pyc", "mine.py.bak", "-rf"])
def test_what_is_no_python_file_is_not_run(name: str, tmp_path: Path, canary: Path) -> None:
    with pytest.raises(UsageError, match="missing or not a Python file"):
        load_plugin(hostile(tmp_path / name, canary))
    assert not canary.exists()


@pytest.mark.parametrize("name", ["..", "/", "nowhere/../mine.py", "a" * 300 + ".py", "a\0.py", ""])
def test_what_is_no_file_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="missing or not a Python file"):
        load_plugin(tmp_path / name)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "mine.py")
    with pytest.raises(UsageError, match="missing or not a Python file"):
        load_plugin(tmp_path / "mine.py")


def test_bytecode_beside_a_plugin_is_not_run(tmp_path: Path, canary: Path) -> None:
    plugin = hostile(tmp_path / "mine.py", canary)
    py_compile.compile(str(plugin), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    plugin.write_text("harmless = True\n", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    load_plugin(plugin)
    assert sys.modules["fmbench_plugin_mine"].harmless
    assert sorted(tmp_path.rglob("*")) == before


def test_a_plugin_opens_no_folder_to_imports(tmp_path: Path, canary: Path) -> None:
    hostile(tmp_path / "neighbour.py", canary)
    plugin = tmp_path / "mine.py"
    plugin.write_text("import neighbour\n", encoding="utf-8")
    path = list(sys.path)
    with pytest.raises(UsageError, match="No module named 'neighbour'"):
        load_plugin(plugin)
    assert sys.path == path
    assert not canary.exists()


def test_a_plugin_named_like_a_module_does_not_replace_it(tmp_path: Path) -> None:
    torch = sys.modules.get("torch")
    (tmp_path / "torch.py").write_text("mine = True\n", encoding="utf-8")
    load_plugin(tmp_path / "torch.py")
    assert sys.modules.get("torch") is torch


@pytest.mark.parametrize("name", ["lr", "fm", "deepfm"])
def test_a_plugin_takes_no_name_of_ours(name: str, tmp_path: Path) -> None:
    ours = MODELS[name]
    plugin = tmp_path / "mine.py"
    plugin.write_text(
        f"from fmbench.models import MODELS\nMODELS.register({name!r})(lambda fields: None)\n",
        encoding="utf-8",
    )
    with pytest.raises(UsageError, match=f"model '{name}' is registered twice"):
        load_plugin(plugin)
    assert MODELS[name] is ours


@pytest.mark.parametrize(
    "name",
    ["..", ".", "/etc/passwd", "a/b", "a\\b", "a\0", "-rf", "a" * 300, "", "A", "a b", "a\n", "é"],
)
def test_a_name_that_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a file name"):
        Registry("model").register(name)


def test_a_run_imports_nothing_from_where_it_stands(tmp_path: Path, canary: Path) -> None:
    """Its processes, too: an interpreter that is started with -c looks into its folder first."""
    work = tmp_path / "work"
    work.mkdir()
    for name in ("signal", "random", "selectors", "torch", "numpy", "msgspec", "sitecustomize"):
        hostile(work / f"{name}.py", canary)
    command = tmp_path / "bin" / "command.py"  # as an installed command: its folder is the path's
    command.parent.mkdir()
    command.write_text(COMMAND, encoding="utf-8")
    options = "run --dataset kmrd-synth --models lr --seeds 1 --jobs 1 --set data.rows=1000"
    more = ["--set", "train.max_epochs=1", "--out", str(tmp_path / "store")]
    variables = {k: v for k, v in os.environ.items() if k != "PYTHONSAFEPATH"}
    done = subprocess.run(
        [sys.executable, str(command), *options.split(), *more],
        cwd=work,
        env={**variables, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, canary.exists()) == (0, False), done.stderr
    assert {path.suffix for path in work.iterdir()} == {".py"}
