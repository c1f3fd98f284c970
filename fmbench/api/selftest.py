"""The self-test: how often the gate is wrong, and how much it sees."""

import random
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from fmbench import environment, gate
from fmbench.errors import StoreError
from fmbench.gate import selftest, speed_selftest
from fmbench.gate.rates import Rates
from fmbench.gate.selftest import broken as broken
from fmbench.gate.selftest import show_rates as show_rates
from fmbench.gate.speed_selftest import Measured
from fmbench.record import Record, Watch
from fmbench.store import Store


def learn_seeds(base: Path, twin: Path) -> None:
    """Keep the noise of the seeds of two stores of the same cells.

    Raises:
        UsageError, StoreError: They are not such stores, or are damaged.
    """
    selftest.learn_seeds(_records(base), _records(twin))


def test_gate(parts: Sequence[str], watch: Watch, *, is_quick: bool) -> list[Rates]:
    """Count what the gate gets wrong in each of the parts, `quality` and `speed`.

    Raises:
        EnvironmentFault: This machine is too noisy to judge speed.
    """
    at, facts = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", environment.describe()
    found = []
    if "quality" in parts:
        found.append(selftest.quality(is_quick=is_quick, at=at, facts=facts))
    if "speed" in parts:
        pairs = _pairs(watch, is_quick=is_quick)
        found.append(selftest.speed(pairs, is_quick=is_quick, at=at, facts=facts))
    return found


def _pairs(watch: Watch, *, is_quick: bool) -> Measured:
    """Measure the self-test's models side by side."""
    with tempfile.TemporaryDirectory() as folder:

        def session(work: gate.Work, base: gate.Arm, new: gate.Arm) -> gate.Session:
            models = [speed_selftest.EQUAL, speed_selftest.SLOWER]
            return gate.Session(work, base, new, models, gate.GATES, random.Random(0), watch)

        size = speed_selftest.QUICK if is_quick else speed_selftest.FULL
        return speed_selftest.measure(Path(sys.executable), Path(folder), session, size)


def _records(root: Path) -> list[Record]:
    """Return the records of a store that is whole, but for trials of tuning."""
    records, damages = Store(root).read()
    if damages:
        raise StoreError(damages[0].why, f"fmbench doctor {root} --repair")
    return [record for record in records if record.spec.tests]
