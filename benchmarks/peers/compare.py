"""Measure fmbench and its peers on the same work, in one run, each in a process of its own.

    python benchmarks/peers/compare.py [--quick] [--minutes 10] [--out FILE.json]
    python benchmarks/peers/compare.py --show benchmarks/peers/results/kmrd-small.json

The tables go to stdout, as Markdown. The first run makes an environment for each peer from its
requirement file. fmbench runs under the Python that runs this file. KMRD-small is looked for as
`fmbench run` does: in $FMBENCH_DATA, then in the cache, then it is fetched.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from environments import HERE, python_of
from protocol import DROPOUT, EMBED_DIM, LEARNING_RATE, MLP_DIMS, Peer, PeerError
from result import MODELS, MODES, Pairs, Result
from rounds import measure
from tables import render

from fmbench import data, environment
from fmbench.errors import FmbenchError

PEERS = ("torchfm", "deepctr", "fuxictr")
"""Each has a requirement file and a `peer_….py`, which its own Python runs."""
STEPS = {16: 150, 256: 150, 2048: 50}
"""Steps of one measurement by batch size: about a second for most peers."""
QUICK_STEPS = {16: 60, 256: 20, 2048: 5}
THREADS = 1
DATASET = "kmrd-small"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure or show; return the exit code."""
    args = parse(argv)
    if args.show:
        print(render(msgspec.json.decode(args.show.read_bytes(), type=Result)), end="")
        return 0
    try:
        result = compare(args)
    except (FmbenchError, PeerError, subprocess.CalledProcessError) as error:
        print(f"compare.py: error: {error}", file=sys.stderr)
        return 1
    out = args.out or (None if args.quick else HERE / "results" / f"{DATASET}.json")
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(written(result), encoding="utf-8")
    print(render(result), end="")
    return 0


def written(result: Result) -> str:
    """Return a result as JSON for people to read: a list of numbers is one line."""
    spread = msgspec.json.format(msgspec.json.encode(result), indent=1).decode()
    return re.sub(r"\[[^][{}]+\]", lambda found: " ".join(found[0].split()), spread) + "\n"


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add = parser.add_argument
    add("--minutes", type=float, default=10, help="time for the measuring (%(default)s)")
    add("--quick", action="store_true", help="few steps, five rounds, nothing written")
    add("--peers", nargs="+", choices=PEERS, default=list(PEERS), metavar="PEER")
    add("--models", nargs="+", choices=MODELS, default=MODELS, metavar="MODEL")
    add("--batch-sizes", nargs="+", type=int, choices=STEPS, default=list(STEPS), metavar="N")
    add("--envs", type=Path, help="folder of the peers' environments (in fmbench's cache)")
    add("--out", type=Path, help=f"the result (benchmarks/peers/results/{DATASET}.json)")
    add("--show", type=Path, metavar="FILE", help="show a result that has been written")
    return parser.parse_args(argv)


def compare(args: argparse.Namespace) -> Result:
    """Make the environments, start the processes, measure."""
    where = data.Where()
    dataset = data.load(DATASET, data.resolve(DATASET, {}, where), where)
    folder = args.envs or where.cache / "peers"
    pythons = {peer: python_of(peer, folder) for peer in args.peers}
    steps = QUICK_STEPS if args.quick else STEPS
    with ExitStack() as stack:
        rows = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        hello = lay_out(dataset, rows)
        processes = {
            name: stack.enter_context(Peer(name, python, HERE / f"peer_{name}.py", THREADS))
            for name, python in {"fmbench": Path(sys.executable), **pythons}.items()
        }
        packages = {name: process.ask(hello) for name, process in processes.items()}
        fmbench = processes.pop("fmbench")
        result = Result(
            environment=environment.describe(),
            packages=packages,
            data=facts(dataset),
            setting=setting(steps),
            pairs=[
                Pairs(peer=peer, mode=mode, model=model, batch_size=batch_size)
                for peer in args.peers
                for mode in MODES
                for model in args.models
                for batch_size in args.batch_sizes
            ],
        )
        measure(result, steps, fmbench, processes, 0 if args.quick else 60 * args.minutes)
    return result


def lay_out(dataset: data.Dataset, folder: Path) -> dict[str, Any]:
    """Write the training rows for all processes to read; return what they are told of them."""
    np.save(folder / "ids.npy", dataset.train.ids)
    np.save(folder / "labels.npy", dataset.train.labels)
    return {
        "ids": str(folder / "ids.npy"),
        "labels": str(folder / "labels.npy"),
        "sizes": [field.cardinality for field in dataset.fields],
        "threads": THREADS,
    }


def facts(dataset: data.Dataset) -> dict[str, Any]:
    """Return what the rows are."""
    return {
        "dataset": dataset.name,
        "args": dict(dataset.args),
        "fingerprint": dataset.fingerprint,
        "rows": len(dataset.train),
        "cardinalities": [field.cardinality for field in dataset.fields],
    }


def setting(steps: dict[int, int]) -> dict[str, Any]:
    """Return what all train alike."""
    return {
        "embed_dim": EMBED_DIM,
        "mlp_dims": list(MLP_DIMS),
        "dropout": DROPOUT,
        "learning_rate": LEARNING_RATE,
        "threads": THREADS,
        "steps": {str(size): count for size, count in steps.items()},
    }


if __name__ == "__main__":
    sys.exit(main())
