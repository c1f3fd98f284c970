"""Tuned settings: what trials chose, by the data they were run on, as a TOML file."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import asdict, replace

from fmbench.errors import UsageError
from fmbench.files import write, writing
from fmbench.spec import Count, RunSpec, TrainSpec, read_toml

SHIPPED = Path(__file__).with_name("settings") / "kmrd-small.toml"
"""What `run` uses unless it is told otherwise."""


class Tuned(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model's settings, written out in full, so that no changed default changes them."""

    trials: Count
    """Number of trials that they are the best of, by validation logloss."""
    train: TrainSpec
    args: dict[str, Any]


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings for one dataset under one set of options."""

    dataset: str
    data: dict[str, Any]
    """All options, the split's seed too: with another, validation rows become test rows. One
    without a value is left out."""
    model: dict[str, Tuned] = {}

    @classmethod
    def of(cls, dataset: str, args: Mapping[str, Any], model: dict[str, Tuned]) -> "Entry":
        """Return the entry for a dataset's resolved options."""
        data = {key: value for key, value in args.items() if value is not None}
        return cls(dataset=dataset, data=data, model=model)


class TunedSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tuned settings for any number of datasets."""

    entry: list[Entry] = []

    def holds(self, spec: RunSpec) -> bool:
        """Tell whether there are settings for a resolved spec's model on its data."""
        return spec.model in self._models(spec)

    def apply(self, spec: RunSpec, train: Mapping[str, Any], args: dict[str, Any]) -> RunSpec:
        """Return a resolved spec with the settings that were tuned for its data, if any were.

        `train` and `args` are what the user has set, which wins; settings that it changes are no
        longer those that the trials chose, and so are called untuned.
        """
        if (tuned := self._models(spec).get(spec.model)) is None:
            return spec
        mixed = replace(spec, train=replace(tuned.train, **train), model_args=tuned.args | args)
        is_as_tuned = (mixed.train, mixed.model_args) == (tuned.train, tuned.args)
        return replace(mixed, trials=tuned.trials if is_as_tuned else None)

    def _models(self, spec: RunSpec) -> Mapping[str, Tuned]:
        """Return the settings for a spec's data, by model."""
        here = _key(Entry.of(spec.dataset, spec.dataset_args, {}))
        return next((entry.model for entry in self.entry if _key(entry) == here), {})

    def put(self, new: Entry) -> "TunedSettings":
        """Return these settings with new ones for the models of an entry on its data."""
        entries = {_key(entry): entry for entry in self.entry}
        if old := entries.get(_key(new)):
            new = replace(new, model={**old.model, **new.model})
        return TunedSettings(entry=list({**entries, _key(new): new}.values()))


def read_tuned(path: Path) -> TunedSettings:
    """Read and check a file of tuned settings.

    Raises:
        UsageError: The file is missing, or holds something else.
    """
    content = read_toml(path, "file of tuned settings")
    try:
        return msgspec.convert(content, TunedSettings)
    except msgspec.ValidationError as error:
        raise UsageError(f"file of tuned settings {str(path)!r} is not valid: {error}") from error


def write_tuned(path: Path, settings: TunedSettings) -> None:
    """Write tuned settings; the file is there whole, or what was there before is.

    Raises:
        EnvironmentFault: It cannot be written.
    """
    with writing(path):
        write(path, "\n".join(_lines(settings)).encode())


def _key(entry: Entry) -> tuple[str, bytes]:
    return entry.dataset, msgspec.json.encode(entry.data, order="sorted")


def _lines(settings: TunedSettings) -> Iterator[str]:
    yield "# Tuned settings, each the best of its trials by the logloss of the validation rows:"
    yield "# `fmbench tune` writes them, `fmbench run` takes them for data of these options.\n"
    for entry in settings.entry:
        yield "[[entry]]"
        yield f"dataset = {_toml(entry.dataset)}"
        yield f"data = {_toml(entry.data)}"
        for name, tuned in entry.model.items():
            yield f"\n[entry.model.{_name(name)}]"
            yield f"trials = {tuned.trials}"
            yield f"train = {_toml(asdict(tuned.train))}"
            yield f"args = {_toml(tuned.args)}"
        yield ""


def _toml(value: Any) -> str:
    """Write what JSON can hold as TOML, on one line; what has no value is left out."""
    match value:
        case dict():
            pairs = (f"{_name(k)} = {_toml(v)}" for k, v in value.items() if v is not None)
            inner = ", ".join(pairs)
            return f"{{ {inner} }}" if inner else "{}"
        case list():
            return f"[{', '.join(map(_toml, value))}]"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)


def _name(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _toml(key)
