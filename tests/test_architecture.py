"""Who may import whom, how long code may be, and what it never calls."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "fmbench"

GROUND = {"cache", "document", "errors", "fields", "files", "printable", "space"}
"""What every room may import, layers apart."""

ROOMS = {
    "cache": "",
    "document": "",
    "errors": "",
    "fields": "",
    "files": "",
    "printable": "",
    "space": "",
    "machine_code": "",
    "registry": "",
    "metrics": "",
    "environment": "",
    "spec": "",
    "layers": "",
    "record": "spec",
    "tuned": "spec record",
    "tuning": "spec record tuned",
    "stats": "metrics",
    "measured": "record stats",
    "store": "record spec",
    "models": "layers registry",
    "data": "registry",
    "baselines": "registry data",
    "training": "layers metrics spec record data",
    "engine": "training layers spec record machine_code",
    "contract": "training models layers spec",
    "harness": "contract engine training models baselines data metrics spec record environment"
    " layers registry",
    "executors": "harness training spec record store registry data tuning",
    "pages": "record",
    "report": "pages measured record store stats metrics spec tuning",
    "ablation": "pages measured record stats metrics spec report",
    "gate": "pages measured record store stats metrics spec report",
    "cli": "api pages record registry",
}
"""The rooms and what of ours each may import; `api` may import all of them."""

TORCH = {"layers", "models", "training", "engine", "contract", "harness", "baselines"}
FORBIDDEN_MODULES = {
    *("pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "yaml"),
    *("joblib", "jsonpickle", "tarfile", "xml", "lxml", "ftplib", "telnetlib", "pty", "commands"),
}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_ATTRIBUTES = {
    *("torch.load", "torch.hub.load", "shutil.unpack_archive", "tempfile.mktemp"),
    *("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"),
    *("ssl._create_unverified_context", "runpy.run_path", "code.interact"),
}
FORBIDDEN_METHODS = {"extractall"}
"""Whatever they are called on."""
FORBIDDEN_ARGUMENTS = {
    *("shell=True", "allow_pickle=True", "weights_only=False", "verify=False"),
    *("autoescape=False", "trust_remote_code=True"),
}
MAX_MODULE, MAX_FUNCTION = 300, 60


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


TREES = {name_of(p): ast.parse(p.read_text(encoding="utf-8")) for p in PACKAGE.rglob("*.py")}
every_module = pytest.mark.parametrize("module", sorted(TREES))


def imports(tree: ast.AST) -> Iterator[str]:
    """Return the full name of everything imported, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in TREES else str(node.module)


def room(module: str) -> str:
    """Return the room of one of our modules; the package itself is a room without a name."""
    return f"{module}.".split(".")[1]


def ours(module: str) -> set[str]:
    """Return our modules that a module imports."""
    return {name for name in imports(TREES[module]) if name.split(".")[0] == "fmbench"}


def test_the_walk_finds_the_package() -> None:
    assert {room(module) for module in TREES} >= {"spec", "harness", "cli", "layers", "report"}
    assert "fmbench.fields" in ours("fmbench.layers.embedding")


@every_module
def test_a_room_imports_what_lies_below_it(module: str) -> None:
    here = room(module)
    if here in ("api", "__main__"):
        assert here == "__main__" or "cli" not in map(room, ours(module))
        return
    allowed = {here, *ROOMS[here].split()} if here else set()
    allowed |= {"fields"} if here == "layers" else GROUND
    assert {name for name in ours(module) if room(name) not in allowed} == set()


@every_module
def test_torch_stays_where_models_are(module: str) -> None:
    at_the_top = ast.Module(
        [n for n in TREES[module].body if not isinstance(n, ast.FunctionDef)], []
    )
    tree = at_the_top if room(module) in ("api", "cli") else TREES[module]
    heavy = {name.split(".")[0] for name in imports(tree)} & {"torch"}
    assert heavy <= ({"torch"} if room(module) in TORCH else set())


@every_module
def test_pandas_and_pyarrow_are_imported_late(module: str) -> None:
    at_once = [n for n in TREES[module].body if isinstance(n, ast.Import | ast.ImportFrom)]
    names = {name.split(".")[0] for name in imports(ast.Module(at_once, []))}
    assert not names & {"pandas", "pyarrow"}


@every_module
def test_layers_know_torch_and_nothing_else(module: str) -> None:
    if room(module) == "layers":
        foreign = {name.split(".")[0] for name in imports(TREES[module])}
        assert foreign - set(sys.stdlib_module_names) <= {"torch", "fmbench"}


def test_no_module_imports_itself_by_a_detour() -> None:
    TopologicalSorter({module: ours(module) - {module} for module in TREES}).prepare()


@every_module
def test_only_verbs_import_late(module: str) -> None:
    """An import of ours inside a function hides a cycle, unless it is there for start-up."""
    functions = [n for n in ast.walk(TREES[module]) if isinstance(n, ast.FunctionDef)]
    late = {name for f in functions for name in imports(f) if name.split(".")[0] == "fmbench"}
    assert room(module) in ("api", "cli", "__main__") or not late


@every_module
def test_code_is_short(module: str) -> None:
    tree = TREES[module]
    length = max((node.end_lineno or 0 for node in tree.body), default=0)
    assert length <= MAX_MODULE
    functions = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    long = {f.name: (f.end_lineno or 0) - f.lineno + 1 for f in functions}
    assert {name: lines for name, lines in long.items() if lines > MAX_FUNCTION} == {}


def dangers(tree: ast.AST) -> Iterator[str]:
    """Return what runs text as code, unpickles, or hands text to a shell."""
    for name in imports(tree):
        if name.split(".")[0] in FORBIDDEN_MODULES or name in FORBIDDEN_ATTRIBUTES:
            yield name
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from {f"{node.module}.{a.name}" for a in node.names} & FORBIDDEN_ATTRIBUTES
        elif isinstance(node, ast.Name) and node.id in FORBIDDEN_CALLS:
            yield node.id
        elif isinstance(node, ast.Attribute) and ast.unparse(node) in FORBIDDEN_ATTRIBUTES:
            yield ast.unparse(node)
        elif isinstance(node, ast.Attribute) and node.attr in FORBIDDEN_METHODS:
            yield node.attr
        elif isinstance(node, ast.keyword):
            yield from {f"{node.arg}={ast.unparse(node.value)}"} & FORBIDDEN_ARGUMENTS


@every_module
def test_nothing_runs_what_it_reads(module: str) -> None:
    assert list(dangers(TREES[module])) == []


@pytest.mark.parametrize(
    "code",
    [
        "eval('1')",
        "exec(text)",
        "run = eval",
        "import pickle",
        "from pickle import loads",
        "import yaml",
        "torch.load(path)",
        "from torch import load",
        "os.system('ls')",
        "subprocess.run('ls', shell=True)",
        "np.load(path, allow_pickle=True)",
        "import joblib",
        "import tarfile",
        "from xml.etree import ElementTree",
        "tempfile.mktemp()",
        "from tempfile import mktemp",
        "zipfile.ZipFile(path).extractall(folder)",
        "shutil.unpack_archive(path)",
        "subprocess.getoutput('ls')",
        "requests.get(url, verify=False)",
        "Environment(autoescape=False)",
    ],
)
def test_the_search_for_dangers_finds_them(code: str) -> None:
    assert list(dangers(ast.parse(code)))


def test_the_search_for_dangers_lets_harmless_code_pass() -> None:
    assert not list(dangers(ast.parse("model.eval(); re.compile('a'); run(x, shell=False)")))


@pytest.mark.parametrize("command", ["import fmbench.cli, fmbench.report", "import fmbench.spec"])
def test_what_shows_results_loads_neither_torch_nor_pandas(command: str) -> None:
    code = f"{command}, sys; print(*sorted({{'torch', 'pandas', 'sklearn'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("", "")
    assert done.returncode == 0
