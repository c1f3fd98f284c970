"""An A/B session: pairs of fresh processes, seconds apart, in an order that favours neither."""

import logging
import math
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from fmbench.errors import UsageError
from fmbench.gate import noise, rates, seed_noise, speed
from fmbench.gate.check import environments, method
from fmbench.gate.gates import Gate
from fmbench.gate.judge import compare
from fmbench.gate.match import match
from fmbench.gate.speed import Key, Timed
from fmbench.gate.verdict import Cell, Check, conclude
from fmbench.gate.versions import Arm, Work
from fmbench.measured import measured
from fmbench.record import Record, Watch

log = logging.getLogger("fmbench")

TIMED = ("train_samples_per_s", "predict_samples_per_s")
"""The metrics that are judged by pairs."""


@dataclass(slots=True)
class Session:
    """What both arms measured so far."""

    work: Work
    base: Arm
    new: Arm
    models: Sequence[str]
    gates: Mapping[str, Gate]
    random: random.Random
    watch: Watch = lambda done, total, record: None
    records: tuple[list[Record], list[Record]] = field(default_factory=lambda: ([], []))
    """Records of base and of new."""
    control: list[Timed] = field(default_factory=list)

    @property
    def is_same_code(self) -> bool:
        """Whether the session can only measure noise."""
        arms = (self.base, self.new)
        return len({arm.commit or (arm.python, arm.code) for arm in arms}) == 1

    def check(self, now: datetime, *, strict: bool, folder: Path = noise.FOLDER) -> Check:
        """Measure in two stages; judge quality, memory and speed of every cell.

        A session of the same code twice adds what it saw to the ledger of this machine's noise.

        Raises:
            UsageError: A model leaves no record on either side, or none does on both.
            EnvironmentFault: The machine is too noisy to judge speed, or order decides.
            StoreError: The ledger, or a record, is damaged or newer than this program.
        """
        able = self._warm_up()
        machine = noise.machine(next(iter(able.values())))
        path = folder / f"{machine}.jsonl"
        ledger = noise.read(path)
        rounds = max(map(speed.pairs_needed, [None, *ledger.values()]))
        self._take(list(able), rounds)
        first = self._pairs()
        again = self._again(speed.look_again(first, ledger), rounds)
        speed.refuse_noise(self.control, first)
        if self.is_same_code and first:
            noise.add(path, first, f"{now:%Y-%m-%dT%H:%M:%SZ}")
        speeds = speed.decide(first, again, ledger)
        return conclude(
            [*compare(*self.records, self.gates, known=seed_noise.known(folder)), *speeds],
            base=_named(self.base),
            new=_named(self.new),
            strict=strict,
            notes=[
                *method(self.gates),
                *self._notes(rounds, speeds),
                *environments(*self.records),
                *rates.footer({"quality": rates.SEEDS, "speed": machine}, folder),
            ],
        )

    def measure(self, rounds: int) -> dict[Key, list[Timed]]:
        """Measure pairs and judge nothing.

        Raises:
            UsageError: A model leaves no record on either side, or none does on both.
        """
        self._take(list(self._warm_up()), rounds)
        return self._pairs()

    def _warm_up(self) -> dict[str, Record]:
        """Run every model once on either side: files are read, kernels compiled.

        Returns the models that both sides can run. That run does not count; of a model that one
        side alone can run it is the only one, and so is kept.
        """
        able = {}
        for model in self.models:
            found = [self.work.measure(arm, model, 0) for arm in (self.base, self.new)]
            silent = [
                f"{model} of {arm.name!r} left no record: {said}"
                for arm, said in zip((self.base, self.new), found, strict=True)
                if isinstance(said, str)
            ]
            if len(silent) == 2:
                raise UsageError(f"{silent[0]}; nor did {self.new.name!r}")
            for side, record in enumerate(found):
                if not isinstance(record, Record):
                    continue
                if silent:
                    self.records[side].append(record)
                else:
                    able[model] = record
            for line in silent:
                log.warning("%s", line)
        if not able:
            raise UsageError(f"{silent[0]}; expected a model that both sides can run")
        return able

    def _again(self, flagged: Collection[Key], rounds: int) -> dict[Key, list[Timed]]:
        """Measure fresh pairs of the cells that look changed."""
        names = {name for name, _ in flagged}
        suspects = {
            next(iter(cell.new.values())).spec.model
            for cell in match(*self.records)
            if cell.name in names
        }
        self._take(sorted(suspects), rounds, after=rounds)
        fresh = self._pairs(after=rounds)
        return {key: fresh[key] for key in flagged if key in fresh}

    def _take(self, models: Sequence[str], rounds: int, *, after: int = 0) -> None:
        """Measure pairs of these models in shuffled order, each with a seed of its own."""
        seeds = range(after + 1, after + rounds + 1)  # seed 0 has warmed up
        plan = [(model, seed) for model in models for seed in seeds]
        self.random.shuffle(plan)
        for done, call in enumerate(plan, 1):
            for record in self._pair(*call):
                self.watch(done, len(plan), record)
            speed.refuse_early(self.control, len(plan))

    def _pair(self, model: str, seed: int) -> list[Record]:
        """Measure one pair; the control follows each side, and so has the same neighbours."""
        order = (0, 1) if _is_base_first(seed) else (1, 0)
        control = [0.0, 0.0]
        found = []
        for side in order:
            record = self.work.measure((self.base, self.new)[side], model, seed)
            control[side] = self.work.control(seed)
            if isinstance(record, Record):
                found.append(record)
                self.records[side].append(record)
            else:
                log.warning("%s, seed %d, left no record: %s", model, seed, record)
        self.control.append(Timed(control[0], control[1], order == (0, 1)))
        return found

    def _pairs(self, *, after: int = 0) -> dict[Key, list[Timed]]:
        """Return the pairs after a round, of the cells that both sides ran under one setting."""
        pairs: dict[Key, list[Timed]] = {}
        for cell in match(*self.records):
            for seed in sorted(cell.base.keys() & cell.new.keys()):
                base, new = cell.base[seed], cell.new[seed]
                if seed <= after or cell.difference or {base.status, new.status} != {"ok"}:
                    continue
                for metric in TIMED:
                    before, then = measured(base)[metric], measured(new)[metric]
                    if before and then:
                        timed = Timed(before, then, _is_base_first(seed))
                        pairs.setdefault((cell.name, metric), []).append(timed)
        return {key: each for key, each in pairs.items() if len(each) > 1}

    def _notes(self, rounds: int, speeds: Sequence[Cell]) -> list[str]:
        control = speed.estimate(self.control)
        interval = control.interval
        low, high = (math.expm1(bound or 0.0) for bound in (interval.low, interval.high))
        return [
            f"Speed: {rounds} pairs of fresh processes in shuffled order; what looked changed was "
            "measured again",
            f"Control: a kernel that no change touches is {100 * math.expm1(control.mean):+.1f} % "
            f"[{100 * low:+.1f}, {100 * high:+.1f}] in new",
            *filter(None, [speed.uniform_shift(speeds)]),
        ]


def _is_base_first(seed: int) -> bool:
    """Balance the order: pairs of neighbouring seeds, which lie anywhere in time, take turns."""
    return seed % 2 == 0


def _named(arm: Arm) -> str:
    return f"{arm.name} ({arm.commit[:12]})" if arm.commit else arm.name
