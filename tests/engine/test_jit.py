"""Machine code of kernels: found again, kept where it can be, and compiled anew where it cannot."""

import ast
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fmbench import machine_code
from fmbench.engine.kernels import jit as _jit

SOURCE = """
from fmbench.engine.kernels.jit import kernel


@kernel
def twice(x):
    return 2 * x
"""


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    found = (tmp_path / "package", tmp_path / "cache")
    monkeypatch.setattr(machine_code, "places", lambda: found)
    return found


@pytest.fixture
def twice(tmp_path: Path) -> Callable[[], Any]:
    """Return a function that gives a kernel as a new process has it: not compiled."""
    path = tmp_path / "kernels.py"
    path.write_text(SOURCE)
    code = compile(SOURCE, str(path), "exec")

    def make() -> Any:
        space: dict[str, Any] = {}
        exec(code, space)
        return space["twice"]

    return make


@pytest.fixture(autouse=True)
def said() -> Iterator[None]:
    """Let each test hear what is said once a process."""
    _jit.say_not_kept.cache_clear()
    yield
    _jit.say_not_kept.cache_clear()


def files(place: Path) -> list[str]:
    return sorted(path.suffix for path in place.glob("*/*"))


def hits(kernel: Any) -> int:
    """Call a kernel and count what it found on disk."""
    assert kernel(4) == 8
    return sum(kernel.stats.cache_hits.values())


def test_what_was_compiled_is_found_again(
    places: tuple[Path, Path], twice: Callable[[], Any]
) -> None:
    assert [hits(twice()), hits(twice())] == [0, 1]
    assert [files(place) for place in places] == [[".nbc", ".nbi"], []]


def test_what_a_killed_writer_left_goes_with_the_next_write(
    places: tuple[Path, Path], twice: Callable[[], Any]
) -> None:
    hits(twice())
    (index,) = places[0].glob("*/*.nbi")
    index.rename(f"{index}.tmp.0123456789abcdef")
    hits(twice())
    assert files(places[0]) == [".nbc", ".nbi"]


def test_where_the_package_cannot_be_written_the_cache_is(
    places: tuple[Path, Path], twice: Callable[[], Any], caplog: pytest.LogCaptureFixture
) -> None:
    places[0].touch()  # a folder cannot be made there, by root neither
    assert [hits(twice()), hits(twice())] == [0, 1]
    assert files(places[1]) == [".nbc", ".nbi"]
    assert caplog.records == []


def test_what_a_package_holds_is_used_though_it_cannot_be_written(
    places: tuple[Path, Path], twice: Callable[[], Any]
) -> None:
    places[0].mkdir()
    hits(twice())
    (folder,) = places[0].iterdir()
    for path in (*folder.iterdir(), folder, places[0]):
        path.chmod(0o555 if path.is_dir() else 0o444)
    assert hits(twice()) == 1
    assert not places[1].exists()


def test_without_a_folder_it_is_compiled_in_memory_and_one_note_says_so(
    places: tuple[Path, Path], twice: Callable[[], Any], caplog: pytest.LogCaptureFixture
) -> None:
    for place in places:
        place.touch()
    with caplog.at_level(logging.INFO, "fmbench"):
        assert [hits(twice()), hits(twice())] == [0, 0]
    (record,) = caplog.records
    assert str(places[0]) in record.getMessage()
    assert "compiled at each start" in record.getMessage()
    assert "FMBENCH_CACHE" in record.getMessage()


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
def test_damaged_machine_code_is_compiled_anew(
    places: tuple[Path, Path], twice: Callable[[], Any], suffix: str
) -> None:
    hits(twice())
    (path,) = places[0].glob(f"*/*{suffix}")
    path.write_bytes(path.read_bytes()[:10])
    assert [hits(twice()), hits(twice())] == [0, 1]


FULL = """
import logging, resource, sys
from pathlib import Path
from fmbench import machine_code
from fmbench.engine.kernels import elementwise
import numpy as np

logging.basicConfig(level=20)
machine_code.places = lambda: tuple(map(Path, sys.argv[1:]))
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))  # more than this no file takes
out = np.zeros(3)
elementwise.unary(elementwise.FILL, out, out, 7.0, 0.0)
assert out.tolist() == [7.0] * 3
"""


def test_a_disk_that_takes_no_more_costs_time_alone(tmp_path: Path) -> None:
    folders = [str(tmp_path / "package"), str(tmp_path / "cache")]
    command = [sys.executable, "-c", FULL, *folders]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("compiled at each start") == 1
    assert "File too large" in done.stderr
    assert [path for path in tmp_path.rglob("*.nb*") if path.is_file()] == []


MANY = """
import sys
from pathlib import Path
import numpy as np
from fmbench import machine_code
from fmbench.engine.kernels import elementwise

machine_code.places = lambda: (Path(sys.argv[1]),)
sys.stdin.read(1)
for kind in sys.argv[2:]:
    out = np.zeros(3, kind)
    elementwise.unary(elementwise.FILL, out, out, 7.0, 0.0)
    assert out.tolist() == [7.0] * 3
print(*elementwise.unary.stats.cache_hits.values())
"""


def test_two_that_compile_at_once_leave_what_both_can_read(tmp_path: Path) -> None:
    """One index names the files of all types: written by two at a time it would mix them up."""

    def start(*kinds: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", MANY, str(tmp_path), *kinds]
        return subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-1, text=True)

    both = [start("float32"), start("float64")]
    for process in both:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    for process in both:
        out, err = process.communicate(timeout=120)
        assert (process.returncode, out) == (0, "\n"), err
    out, err = start("float32", "float64").communicate("\n", timeout=120)
    assert (out, err) == ("1 1\n", "")


def test_the_sources_are_all_that_kernels_are_made_of() -> None:
    """Wherever they lie: a kernel whose file were not hashed would be found stale."""
    sources = machine_code.sources()
    package = machine_code.ENGINE.parent
    texts = {path: path.read_text(encoding="utf-8") for path in package.rglob("*.py")}
    kernels = [path for path, text in texts.items() if "\n@kernel\n" in text]
    assert len(kernels) > 3
    for path in kernels:
        used = {
            package.parent.joinpath(*str(node.module).split(".")).with_suffix(".py")
            for node in ast.walk(ast.parse(texts[path]))
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("fmbench.")
        }
        assert {path, *used} <= {*sources}


def test_an_edit_anywhere_below_the_kernels_is_another_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = tmp_path / "kernels" / "deep"
    below.mkdir(parents=True)
    (tmp_path / "ops.py").touch()
    monkeypatch.setattr(machine_code, "ENGINE", tmp_path)
    monkeypatch.setattr(machine_code, "KERNELS", tmp_path / "kernels")
    names = [machine_code._name()]
    for place in (below / "a.py", below / "b.py", tmp_path / "ops.py"):
        place.write_text("a = 1")
        names.append(machine_code._name())
    assert len({*names}) == 4
    (tmp_path / "trace.py").write_text("a = 1")
    assert machine_code._name() == names[-1]  # what uses torch is no kernel
