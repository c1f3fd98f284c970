"""The structure in figures: rooms, floors, circles, arrows uphill, and how long code is.

Called as `python benchmarks/structure.py [FOLDER]`, of a checkout other than this one. A room is a
folder or a file of the package, a floor is how deep a chain of rooms goes that import one another,
and an arrow uphill is an import from a room that stands on a higher floor.
"""

import ast
import statistics
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path


def modules(root: Path) -> dict[str, ast.Module]:
    """Return every module of the package by its full name."""
    found = {}
    for path in sorted((root / "fmbench").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def imported(tree: ast.Module, known: Mapping[str, ast.Module]) -> Iterator[str]:
    """Yield the modules of the package that a module imports where it is imported itself."""
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in known or node.module in known:
                    yield whole if whole in known else str(node.module)


def room(module: str) -> str:
    """Return the room of a module; the package itself is a room without a name."""
    return f"{module}.".split(".")[1]


def floors(graph: Mapping[str, set[str]]) -> dict[str, int]:
    """Return the floor of each room, 0 for one that imports no other.

    Raises:
        CycleError: Rooms import one another in a circle.
    """
    height: dict[str, int] = {}
    for each in TopologicalSorter(graph).static_order():
        height[each] = max((height[below] + 1 for below in graph.get(each, ())), default=0)
    return height


def main() -> None:
    """Print the figures of a checkout."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1]
    trees = modules(root)
    graph: dict[str, set[str]] = {}
    for name, tree in trees.items():
        own = graph.setdefault(room(name), set())
        own |= {room(other) for other in imported(tree, trees)} - {room(name), ""}
    try:
        height, circles = floors(graph), 0
    except CycleError:
        height, circles = {}, 1
    lengths = {
        name: max((n.end_lineno or 0 for n in t.body), default=0) for name, t in trees.items()
    }
    functions = [
        (node.end_lineno or 0) - node.lineno + 1
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    uphill = sum(height.get(b, 0) >= height.get(a, 0) for a in graph for b in graph[a])
    lines = {
        name: sum(length for module, length in lengths.items() if room(module) == name)
        for name in graph
    }
    longest = max(lengths, key=lambda name: lengths[name])
    rows = {
        "modules": len(trees),
        "rooms": len(graph) - 1,
        "floors": max(height.values(), default=-1) + 1,
        "circles": circles,
        "arrows uphill": uphill,
        "lines, median module": statistics.median(lengths.values()),
        "lines, longest module": f"{lengths[longest]} ({longest})",
        "functions": len(functions),
        "lines, median function": statistics.median(functions),
        "functions over 50 lines": sum(length > 50 for length in functions),
        "lines of harness": lines.get("harness", 0),
        "lines, largest room": "{1} ({0})".format(*max(lines.items(), key=lambda item: item[1])),
    }
    for name, value in rows.items():
        print(f"{name:24} {value}")


if __name__ == "__main__":
    main()
