"""A process that appends records until it has enough, and what must be true however it ends.

    python writer.py ROOT FIRST_SEED MANY

It prints `ready`, then each seed once its record is acknowledged.
"""

import hashlib
import sys
from pathlib import Path

from fmbench.record import Record
from fmbench.spec import RunSpec
from fmbench.store import Store, examine

WRITER = Path(__file__)


def logits(seed: int) -> bytes:
    return seed.to_bytes(4, "little") * 8


def record(seed: int) -> Record:
    return Record(
        spec=RunSpec(name="fm", dataset="kmrd-synth", model="fm", seed=seed),
        status="ok",
        metrics={"test": {"auc": seed / 2**32}},
        predictions=hashlib.sha256(logits(seed)).hexdigest(),
    )


def acknowledged(log: Path) -> list[int]:
    """Return the seeds that a writer said were on the disk; its last line may be cut."""
    return [int(line) for line in log.read_bytes().split(b"\n")[:-1] if line.isdigit()]


def check(store: Store, seeds: set[int]) -> None:
    """Hold a store against what its writers said."""
    records, damages = store.read()
    found = [record.spec.seed for record in records]
    assert damages == []
    assert len(found) == len(set(found))
    assert seeds <= set(found)
    for got in records:
        assert got == record(got.spec.seed)
        assert store.predictions(got).tobytes() == logits(got.spec.seed)
    assert {finding.kind for finding in examine(store)} <= {"draft", "orphan"}


def main() -> None:
    root, first, many = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    store = Store(root)
    store.prepare()
    print("ready", flush=True)
    for seed in range(first, first + many):
        store.append(record(seed), logits(seed))
        print(seed, flush=True)


if __name__ == "__main__":
    main()
