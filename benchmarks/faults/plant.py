"""Print what the gate says of faults that are planted into fmbench, one at a time.

    python benchmarks/faults/plant.py [--stores DIR] [--write]

`faults.toml` names the faults. Each is planted into a copy of the package; the copy runs a
model on KMRD-small ($FMBENCH_DATA; its synthetic likeness without) in processes and with a cache of
its own, and `fmbench compare` holds the records against those of the copy without a fault: the same
seeds, the same settings. A fault is caught when the gate does not let it pass or
calls a gain too good to be true. With `--stores` it goes on where it stopped; `--write` keeps the
table as `results/planted_faults.json`.
"""

import argparse
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tabulate import tabulate

from fmbench.cli import main as fmbench
from fmbench.gate.verdict import BLOCKING, VERDICTS

ROOT = Path(__file__).parents[2]
CATALOGUE = tomllib.loads(Path(__file__).with_name("faults.toml").read_text(encoding="utf-8"))
RESULT = ROOT / "results" / "planted_faults.json"
TOO_GOOD = "TOO GOOD"


@dataclass(frozen=True)
class Fault:
    """An edit that makes fmbench wrong, the job that shows it, and what the gate is to say."""

    name: str
    room: str
    file: str
    """Within the package."""
    find: str
    plant: str
    """What stands there instead."""
    work: str
    model: str
    verdict: str = "REGRESSED"
    leak: bool = False
    """Whether it is to be called too good to be true."""
    passes: str = ""
    """Why the gate lets it pass, where it does."""
    seeds: int = 5

    def planted(self, source: str) -> str:
        """Return the source with the fault in it.

        Raises:
            ValueError: The place is not there, or more than once.
        """
        if (n := source.count(self.find)) != 1:
            raise ValueError(f"{self.name!r}: {self.find!r} is {n} times in {self.file}, not once")
        return source.replace(self.find, self.plant)


FAULTS = [Fault(**content) for content in CATALOGUE["fault"]]


@dataclass(frozen=True)
class Found:
    """What the gate said of a fault."""

    fault: str
    room: str
    model: str
    work: str
    seeds: int
    verdict: str
    exit: int
    metric: str
    change: float | None
    """new - base, in the unit of the metric."""
    why: str

    @property
    def is_caught(self) -> bool:
        """Whether it did not pass unnoticed."""
        return self.verdict in BLOCKING or TOO_GOOD in self.why


class Planter:
    """A copy of the package, and the stores that it fills with and without a fault.

    There is one copy for all faults: where code lies decides whether its kernels are compiled anew.
    """

    def __init__(self, folder: Path, stores: Path, data: Sequence[str]) -> None:
        self.copy, self.stores, self.data = folder / "copy", stores, data
        shutil.copytree(
            ROOT / "fmbench", self.copy / "fmbench", ignore=shutil.ignore_patterns("__pycache__")
        )

    def judge(self, fault: Fault) -> Found:
        """Plant a fault, run it and return what the gate says."""
        flags = _flags(CATALOGUE["work"][fault.work])
        slug = "".join(c if c.isalnum() else "-" for c in fault.name)
        base, new = self.stores / f"{fault.work}-{fault.model}", self.stores / slug
        self.run(fault, flags, base)
        with self.planted(fault):
            self.run(fault, flags, new)
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = fmbench(["compare", str(base), str(new), "--format", "json"])
        return _found(fault, code, out.getvalue(), err.getvalue())

    @contextmanager
    def planted(self, fault: Fault) -> Iterator[None]:
        """Have the fault in the copy for a while."""
        path = self.copy / "fmbench" / fault.file
        sound, times = path.read_text(encoding="utf-8"), path.stat()
        path.write_text(fault.planted(sound), encoding="utf-8")
        try:
            yield
        finally:
            path.write_text(sound, encoding="utf-8")
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # what is compiled stays good

    def run(self, fault: Fault, flags: Sequence[str], store: Path) -> None:
        """Let the copy, as it is now, run a fault's model with all seeds that are not there yet."""
        if len(list(store.glob("records/*"))) < fault.seeds:
            words = ["run", "--trials", "0", "--models", fault.model, "--seeds", str(fault.seeds)]
            self.call([*words, "--out", str(store), *self.data, *flags])

    def call(self, words: Sequence[str]) -> None:
        """Call the copy as it is now, with a cache that nothing else has seen."""
        with tempfile.TemporaryDirectory(dir=self.copy) as cache:
            environment = os.environ | {"PYTHONPATH": str(self.copy), "FMBENCH_CACHE": cache}
            subprocess.run(
                [sys.executable, "-m", "fmbench", *words],
                cwd=cache,
                env=environment,
                capture_output=True,
                check=False,
            )


def _found(fault: Fault, code: int, out: str, err: str) -> Found:
    """Return the loudest of what a check says; of one that was refused, its error."""
    refused = [{"verdict": "", "metric": "", "why": err.strip()}]
    cells = json.loads(out)["cells"] if out else refused
    # No fault here is one of memory, which whatever else runs moves by a few MiB.
    cell = min((cell for cell in cells if cell["metric"] != "peak_rss_mib"), key=_loudness)
    return Found(
        fault=fault.name,
        room=fault.room,
        model=fault.model,
        work=fault.work,
        seeds=fault.seeds,
        verdict=cell["verdict"],
        exit=code,
        metric=cell["metric"],
        change=cell.get("change"),
        why=cell["why"],
    )


def _flags(work: Mapping[str, Any]) -> list[str]:
    flags = ["--fields", work["fields"], "--split", work["split"]]
    return flags + [word for key in work.get("set", ()) for word in ("--set", key)]


def _loudness(cell: Mapping[str, Any]) -> tuple[int, int, str]:
    """Sort what calls a leak first, then the gravest verdicts, quality before what it costs."""
    order = VERDICTS.index(cell["verdict"]) if cell["verdict"] in VERDICTS else 0
    return -(TOO_GOOD in cell["why"]), order, cell["metric"]


def whole_data() -> list[str]:
    """Return the flags of the data: KMRD-small where it is, else its likeness of the same size."""
    folder = Path(os.environ.get("FMBENCH_DATA") or "nowhere") / "kmrd-small"
    return ["--dataset", "kmrd-small" if folder.is_dir() else "kmrd-synth"]


def main() -> None:
    """Judge every fault; print the table."""
    parser = argparse.ArgumentParser(description="what the gate says of planted faults")
    parser.add_argument("--stores", type=Path, help="where records are kept")
    parser.add_argument("--only", help="faults whose name holds this")
    parser.add_argument("--write", action="store_true", help=f"write {RESULT.name}")
    args = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as folder:
        stores = (args.stores or Path(folder) / "stores").absolute()
        planter = Planter(Path(folder), stores, whole_data())
        for fault in FAULTS:
            if args.only and args.only not in fault.name:
                continue
            found.append(planter.judge(fault))
            print(f"{found[-1].exit} {found[-1].verdict:14} {fault.name}", file=sys.stderr)
    print(tabulate([asdict(each) for each in found], headers="keys", tablefmt="github"))
    caught = sum(each.is_caught for each in found)
    print(f"\n{caught} of {len(found)} caught")
    if args.write:
        content = {"data": planter.data[1], "faults": [asdict(each) for each in found]}
        RESULT.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
