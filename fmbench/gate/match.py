"""Matching: which cell of the base is which of the new records, and where they differ."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from fmbench.record import Record
from fmbench.spec import TITLE, RunSpec

BySeed = Mapping[int, Record]
"""The records of one case."""

ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Match:
    """A cell on both sides, or on one with nothing on the other."""

    name: str
    base: BySeed
    new: BySeed
    difference: Sequence[str] = ()
    """What keeps the two from being compared: `key old → new`."""

    @property
    def is_of_one_case(self) -> bool:
        """Whether both sides were asked for the same, whatever rows they then saw."""
        return bool(self.base and self.new) and _spec(self.base).case == _spec(self.new).case


def match(base: Iterable[Record], new: Iterable[Record]) -> list[Match]:
    """Return every cell of either side once.

    The same case is the same cell. What then is left over and shares name, model and dataset is
    one cell whose settings changed, those first that differ in the fewest: never a cell that
    silently went and another that came.
    """
    left, right = _by_case(base), _by_case(new)
    pairs: list[tuple[BySeed, BySeed]] = [
        (left.pop(case), right.pop(case)) for case in sorted(left.keys() & right.keys())
    ]
    for a, b in _nearest(left, right):
        pairs.append((left.pop(a), right.pop(b)))
    pairs += [(records, {}) for records in left.values()]
    pairs += [({}, records) for records in right.values()]
    names = [_name(a, b) for a, b in pairs]
    often = Counter(names)
    return [
        Match(f"{name}/{_cases(a, b)}" if often[name] > 1 else name, a, b, _difference(a, b))
        for name, (a, b) in zip(names, pairs, strict=True)
    ]


def changed(old: RunSpec, new: RunSpec) -> list[str]:
    """Return the keys of two specs whose values differ, with both values; name and seed apart."""
    before, after = (_flat(msgspec.to_builtins(spec)) for spec in (old, new))
    return [
        f"{key} {_value(before, key)} → {_value(after, key)}"
        for key in sorted(before.keys() | after.keys())
        if key not in ("name", "seed") and _value(before, key) != _value(after, key)
    ]


def _by_case(records: Iterable[Record]) -> dict[str, dict[int, Record]]:
    cases: dict[str, dict[int, Record]] = {}
    for record in records:
        cases.setdefault(record.spec.case, {})[record.spec.seed] = record
    return {case: dict(sorted(cases[case].items())) for case in sorted(cases)}


def _nearest(left: Mapping[str, BySeed], right: Mapping[str, BySeed]) -> list[tuple[str, str]]:
    """Return pairs of cases that are likely one cell before and after a change of settings."""
    candidates = [(a, b) for a in left for b in right if _identity(left[a]) == _identity(right[b])]
    # Ties are broken by both cases at once, so that swapping the sides pairs the same.
    candidates.sort(key=lambda ab: (_distance(left[ab[0]], right[ab[1]]), *sorted(ab)))
    used: set[str] = set()
    pairs = []
    for a, b in candidates:
        if a not in used and b not in used:
            used |= {a, b}
            pairs.append((a, b))
    return pairs


def _distance(base: BySeed, new: BySeed) -> int:
    return len(changed(_spec(base), _spec(new)))


def _difference(base: BySeed, new: BySeed) -> list[str]:
    if not base or not new:
        return []
    if keys := changed(_spec(base), _spec(new)):
        return keys
    before, after = _rows(base), _rows(new)
    if before and after and before != after:
        return [f"the rows of the split {_short(before)} → {_short(after)}"]
    return []


def _rows(records: BySeed) -> list[str]:
    return sorted({record.fingerprint for record in records.values() if record.fingerprint})


def _short(fingerprints: Sequence[str]) -> str:
    return ", ".join(each[:12] for each in fingerprints)


def _identity(records: BySeed) -> tuple[str, str, str]:
    spec = _spec(records)
    return spec.name, spec.model, spec.dataset


def _spec(records: BySeed) -> RunSpec:
    return next(iter(records.values())).spec


def _name(base: BySeed, new: BySeed) -> str:
    """Return what a cell is called; where the two sides differ, both ways in alphabetical order."""
    specs = [_spec(records) for records in (base, new) if records]
    parts = [
        (spec.name, spec.dataset, *(str(spec.dataset_args.get(key, "")) for key in TITLE))
        for spec in specs
    ]
    return "/".join(
        filter(None, ("|".join(sorted(set(ways))) for ways in zip(*parts, strict=True)))
    )


def _cases(base: BySeed, new: BySeed) -> str:
    return "|".join(sorted({_spec(records).case[:6] for records in (base, new) if records}))


def _flat(content: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Return nested keys joined by dots."""
    flat: dict[str, Any] = {}
    for key, value in content.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{above}{key}.")
        else:
            flat[f"{above}{key}"] = value
    return flat


def _value(flat: Mapping[str, Any], key: str) -> str:
    if key not in flat:
        return ABSENT
    return msgspec.json.encode(flat[key]).decode()
