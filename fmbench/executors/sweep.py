"""A sweep: run what a store does not hold yet, and keep every record as it comes."""

from collections.abc import Callable, Sequence
from pathlib import Path

from fmbench.executors.local import run_cells
from fmbench.harness import Setting, preflight, warm_up
from fmbench.record import Record
from fmbench.spec import RunSpec
from fmbench.store import Key, Store


def sweep(
    specs: Sequence[RunSpec],
    setting: Setting,
    store: Store,
    *,
    plugins: Sequence[Path] = (),
    watch: Callable[[int, int, Record], None] = lambda done, total, record: None,
) -> list[Record]:
    """Return a record for every resolved spec, from the store or, failing that, from a run.

    `watch` is told of each record that comes in: how many there are now, of how many, and which.

    Raises:
        UsageError, DataError: Nothing can run; nothing is written.
        EnvironmentFault: A record cannot be written.
    """
    store.check()
    cases = preflight(specs, setting)
    store.prepare()
    records: dict[Key, Record] = {
        key: record
        for key, record in store.finished().items()
        if key[0] in cases and record.fingerprint == cases[key[0]].fingerprint
    }
    waiting = [spec for spec in specs if (spec.case, spec.seed) not in records]
    done = len(specs) - len(waiting)
    warm_up(waiting, cases, setting.device)
    for outcome in run_cells(waiting, setting, plugins):
        record = outcome.record
        store.append(record, outcome.logits)
        records[record.spec.case, record.spec.seed] = record
        done += 1
        watch(done, len(specs), record)
    return [records[spec.case, spec.seed] for spec in specs]
