"""How fast a large table becomes encoded rows, and in how much memory.

    python benchmarks/any_table.py click --rows 10_000_000    # 13 numbers with holes, 26 texts
    python benchmarks/any_table.py ratings --rows 100_000_000 # user, item, rating, time

Writes a table of that many rows to a temporary folder (or to --folder, where it stays), loads it in
a fresh process as `fmbench run` does, and prints seconds, rows a second and the process's peak
memory. `--kill` ends a first process in the middle and shows what the second one did not do again.
"""

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

CHUNK = 500_000
NUMBERS, TEXTS = 13, 26
SIZES = [int(size) for size in np.geomspace(4, 2_000_000, TEXTS)]
"""Distinct texts of each column, of which the most frequent come in most rows, as in click logs."""


def write_clicks(path: Path, rows: int) -> None:
    """Write a table like Criteo's: label, numbers with holes, hashes of skewed frequency."""
    import pyarrow as pa
    from pyarrow import csv

    names = ["label", *(f"I{i}" for i in range(1, 14)), *(f"C{i}" for i in range(1, 27))]
    words = [pa.array([f"{(i * 2654435761 + k) % 2**32:08x}" for i in range(n)])
             for k, n in enumerate(SIZES)]  # fmt: skip
    schema = pa.schema([(name, pa.string()) for name in names])
    with csv.CSVWriter(
        path, schema, write_options=csv.WriteOptions(quoting_style="none")
    ) as writer:
        for start in range(0, rows, CHUNK):
            writer.write_table(_clicks(np.random.default_rng(start), min(CHUNK, rows - start),
                                       names, words))  # fmt: skip


def _clicks(random: np.random.Generator, n: int, names: list[str], words: list[Any]) -> Any:
    import pyarrow as pa

    columns = [pa.array((random.random(n) < 0.25).astype(np.int8)).cast(pa.string())]
    for scale in np.geomspace(3, 20_000, NUMBERS):
        values = random.exponential(scale, n).astype(np.int64)
        columns.append(pa.array(values, mask=random.random(n) < 0.2).cast(pa.string()))
    for known in words:
        place = (len(known) * random.random(n) ** 4).astype(np.int32)
        columns.append(known.take(pa.array(place, mask=random.random(n) < 0.05)))
    return pa.table(columns, names)


def write_ratings(path: Path, rows: int) -> None:
    """Write ratings of a hundred thousand items by a user for every fifty rows."""
    import pyarrow as pa
    from pyarrow import csv

    names = ["user", "item", "rating", "time"]
    schema = pa.schema([(name, pa.int64()) for name in names])
    with csv.CSVWriter(
        path, schema, write_options=csv.WriteOptions(quoting_style="none")
    ) as writer:
        for start in range(0, rows, CHUNK):
            random, n = np.random.default_rng(start), min(CHUNK, rows - start)
            user = random.integers(max(rows // 50, 10), size=n)
            item = (100_000 * random.random(n) ** 3).astype(np.int64)
            rating = random.integers(1, 6, size=n)
            seconds = 1_400_000_000 + random.integers(2 * 10**8, size=n)
            writer.write_table(pa.table([user, item, rating, seconds], names))


def load(path: Path, args: dict[str, Any]) -> None:
    """Load a table in this process and print what it took."""
    from fmbench import data
    from fmbench.api.tables import own_table

    where, options = own_table(str(path), args, data.Where(told=_told))
    start = time.perf_counter()
    resolved = data.resolve("table", options, where)
    inferred = time.perf_counter() - start
    dataset = data.load("table", resolved, where)
    seconds = time.perf_counter() - start
    rows = sum(len(getattr(dataset, part)) for part in ("train", "valid", "test"))
    found = {
        "rows": rows,
        "fields": len(dataset.fields),
        "ids": sum(field.cardinality for field in dataset.fields),
        "inferred_s": round(inferred, 1),
        "seconds": round(seconds, 1),
        "rows_per_s": round(rows / seconds),
        "peak_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
        "began_at_row": _told.first,
    }
    print(json.dumps(found), flush=True)


class _Told:
    first: int | None = None

    def __call__(self, rows: int, share: float | None) -> None:
        if self.first is None:
            self.first = rows
        if os.environ.get("FMBENCH_SHOW"):
            print(f"reading {rows:,} {share}", file=sys.stderr, flush=True)


_told = _Told()


def main() -> None:
    """Write, load and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("kind", choices=["click", "ratings"])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--kill", type=float, help="seconds after which a first process is killed")
    parser.add_argument("--load", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.load:
        load(given.load, {"label": "rating>=4"} if given.kind == "ratings" else {})
        return
    with TemporaryDirectory() as made:
        folder = given.folder or Path(made)
        path = folder / f"{given.kind}-{given.rows}.csv"
        if not path.exists():
            {"click": write_clicks, "ratings": write_ratings}[given.kind](path, given.rows)
        print(f"{path.name}: {path.stat().st_size / 2**30:.2f} GiB", flush=True)
        command = [sys.executable, __file__, given.kind, "--load", str(path)]
        environment = {**os.environ, "FMBENCH_CACHE": str(Path(made) / "cache")}
        if given.kill:
            first = subprocess.Popen(command, env=environment)
            time.sleep(given.kill)
            first.send_signal(signal.SIGKILL)
            first.wait()
            print(f"killed after {given.kill:g} s", flush=True)
        subprocess.run(command, env=environment, check=True)


if __name__ == "__main__":
    main()
