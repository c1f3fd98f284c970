"""A process that appends records until it has enough, and what must be true however it ends.

    python writer.py ROOT FIRST_SEED MANY

It prints `begin` and makes the store. Each seed fails at first: `failed SEED` says that the record
of that is acknowledged, and the seed alone says so of the second one, which replaces it.
"""

import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path

from fmbench.record import Record
from fmbench.spec import RunSpec
from fmbench.store import Store, examine

WRITER = Path(__file__)


def logits(seed: int) -> bytes:
    return seed.to_bytes(4, "little") * 8


def spec(seed: int) -> RunSpec:
    return RunSpec(name="fm", dataset="kmrd-synth", model="fm", seed=seed)


def failed(seed: int) -> Record:
    return Record(spec=spec(seed), status="error", reason="the first try")


def record(seed: int) -> Record:
    return Record(
        spec=spec(seed),
        status="ok",
        metrics={"test": {"auc": seed / 2**32}},
        predictions=hashlib.sha256(logits(seed)).hexdigest(),
    )


def acknowledged(log: Path) -> list[int]:
    """Return the seeds that a writer said were on the disk; its last line may be cut."""
    return [int(line) for line in log.read_bytes().split(b"\n")[:-1] if line.isdigit()]


def acknowledged_failures(log: Path) -> list[int]:
    """Return the seeds of which a writer said that their first try was on the disk."""
    lines = log.read_bytes().split(b"\n")[:-1]
    return [int(line.removeprefix(b"failed ")) for line in lines if line.startswith(b"failed ")]


def check(store: Store, logs: Iterable[Path]) -> None:
    """Hold a store against what its writers said."""
    logs = list(logs)
    seeds = {seed for log in logs for seed in acknowledged(log)}
    tried = {seed for log in logs for seed in acknowledged_failures(log)}
    if not store.records.is_dir():
        assert not seeds | tried
        return
    stored, damages = store.scan()
    assert damages == []
    found: dict[int, list[Record]] = {}
    for item in stored:
        found.setdefault(item.record.spec.seed, []).append(item.record)
    assert seeds | tried <= set(found)
    for seed, records in found.items():
        assert all(each in (record(seed), failed(seed)) for each in records)
        assert len(records) == len({each.status for each in records})
        assert seed not in seeds or records == [record(seed)]
        if record(seed) in records:
            assert store.predictions(record(seed)).tobytes() == logits(seed)
    assert {finding.kind for finding in examine(store)} <= {"draft", "orphan", "superseded"}


def main() -> None:
    root, first, many = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    store = Store(root)
    print("begin", flush=True)
    store.prepare()
    for seed in range(first, first + many):
        store.append(failed(seed))
        print("failed", seed, flush=True)
        store.append(record(seed), logits(seed))
        print(seed, flush=True)


if __name__ == "__main__":
    main()
