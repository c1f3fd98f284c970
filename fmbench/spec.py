"""What is to be run, as data: a suite expands to run specs, and a spec decides a run's outcome."""

import hashlib
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

from fmbench.errors import UsageError, refuse_unknown
from fmbench.files import read

Seed = Annotated[int, Meta(ge=0, le=2**32 - 1)]
Positive = Annotated[float, Meta(gt=0, le=1e6)]
NonNegative = Annotated[float, Meta(ge=0, le=1e6)]
Count = Annotated[int, Meta(ge=1, le=10**9)]
Optimizer = Literal["adam", "adamw"]

TITLE = ("fields", "split")
"""The options of a dataset that a table or a cell is called by."""

LARGEST_SUITE = 1 << 20
"""Bytes; a thousand times what the longest suite needs."""


class TrainSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a model is fitted; one protocol for all models of a table.

    The defaults here are what a file without a key means; a suite without it means `PROTOCOL`.
    """

    optimizer: Optimizer = "adam"
    """Adam (Kingma and Ba, 2015), or AdamW (Loshchilov and Hutter, 2019)."""
    lr: Positive = 0.02
    """The step size."""
    lr_decay: Annotated[float, Meta(gt=0, le=1)] = 0.3
    """Factor of the step size after an epoch without a better validation logloss."""
    weight_decay: NonNegative = 0.0
    """Decay of all weights: added to the gradient by `adam`, taken off the weights by `adamw`."""
    l2_linear: NonNegative = 0.5
    """Prior precision of each linear weight: scikit-learn's 1/C."""
    l2_embedding: NonNegative | None = None
    """Prior precision of each element of an embedding's row that is seen without end; None: that at
    which its vector's products with those of the other fields add 1 to a logit, as a standard
    deviation (`unit_precision`)."""
    l2_rare: NonNegative = 0.0
    """Sights of such a row at which the precision is twice that; seen once, it is 1 + this."""
    batch_size: Count = 256
    """Rows a step."""
    max_epochs: Count = 30
    """Passes over the training rows, at most."""
    patience: Annotated[int, Meta(ge=0, le=10**9)] = 2
    """Epochs without a better validation logloss after which training stops."""


def unit_precision(dim: int, fields: int) -> float:
    """Return the prior precision of a vector's elements at which its products add 1 to a logit.

    Of precision lambda, `dim` elements have with those of the other fields' vectors products that
    add up to a sum of variance ``dim (fields - 1) / lambda^2``.
    """
    return math.sqrt(dim * max(fields - 1, 1))


PROTOCOL = TrainSpec(lr=0.01, l2_rare=40.0)
"""How the models of a suite are fitted where it does not say otherwise."""

UNTRAINED = TrainSpec(l2_embedding=100.0)
"""What stands in the spec of an entrant to which these settings mean nothing: what always did, so
that it stays the same case."""


class RunSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that decides a run's outcome, and nothing about where or when it runs."""

    name: str
    """Name in tables; not part of the case."""
    dataset: str
    dataset_args: dict[str, Any] = {}
    model: str
    model_args: dict[str, Any] = {}
    train: TrainSpec = TrainSpec()
    seed: Seed = 0
    """Seed of initialisation, batch order and dropout; never of the split."""
    tests: bool = True
    """Whether the test rows are read: a trial of tuning never does."""
    trials: int | None = None
    """Number of trials that chose these settings; None without any. Not part of the case."""

    @property
    def case(self) -> str:
        """Twelve hex digits over all but name, seed and trials: runs of one case are repeats."""
        content = msgspec.to_builtins(self)
        del content["name"], content["seed"], content["trials"]
        if self.tests:
            del content["tests"]  # so that records from before there were trials keep their case
        if not self.train.l2_rare:
            del content["train"]["l2_rare"]  # likewise
        return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()[:12]

    @property
    def cell(self) -> str:
        """What the files of this run are called by: model, case and seed."""
        return f"{self.model}-{self.case}-s{self.seed}"


class Suite(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Models × seeds on one dataset under one training protocol."""

    dataset: str | None = None
    """Name or file; None: KMRD-small where it can be had, else its synthetic likeness."""
    models: str | Annotated[list[str], Meta(min_length=1)] = "core"
    """Names of models, or `all`, or `core`."""
    seeds: Annotated[int, Meta(ge=1, le=10_000)] | list[Seed] = 3
    """Seeds by number, or how many from 0 on."""
    trials: Annotated[int, Meta(ge=0, le=10_000)] | None = None
    """Trials that choose the settings of each model that has none for the data; None: as many as
    the numbers of models and of training rows allow."""
    data: dict[str, Any] = {}
    """Options of the dataset."""
    train: TrainSpec = PROTOCOL
    model: dict[str, dict[str, Any]] = {}
    """Arguments by model."""

    def __post_init__(self) -> None:
        # A seed given twice would count one run as two.
        if not self.seed_list() or len(set(self.seed_list())) < len(self.seed_list()):
            raise UsageError(f"seeds is {self.seeds}; expected at least one, each only once")

    def seed_list(self) -> list[int]:
        """Return the seeds by number."""
        return list(range(self.seeds)) if isinstance(self.seeds, int) else self.seeds

    def specs(self, models: Sequence[str], dataset: str) -> list[RunSpec]:
        """Return a spec for every model and seed, not yet resolved."""
        return [
            RunSpec(
                name=model,
                dataset=dataset,
                dataset_args=self.data,
                model=model,
                model_args=self.model.get(model, {}),
                train=self.train,
                seed=seed,
            )
            for model in models
            for seed in self.seed_list()
        ]


def plain(value: Any) -> Any:
    """Return `value` as JSON would read it back (tuples become lists)."""
    return msgspec.json.decode(msgspec.json.encode(value))


def read_toml(path: Path, kind: str = "suite") -> dict[str, Any]:
    """Return the content of a file of this kind; nothing in it is checked yet.

    Raises:
        UsageError: The file is missing, too large or not TOML.
    """
    try:
        return tomllib.loads(read(path, LARGEST_SUITE).decode("utf-8"))
    except OSError as error:
        raise UsageError(f"{kind} {str(path)!r} cannot be read: {error.strerror}") from error
    except ValueError as error:  # not UTF-8, not TOML, or a number of thousands of digits
        raise UsageError(f"{kind} {str(path)!r} is not TOML: {error}") from error
    except RecursionError as error:
        raise UsageError(f"{kind} {str(path)!r} is nested too deeply") from error


def build_suite(content: Mapping[str, Any]) -> Suite:
    """Check the content of a suite file or of the flags that stand for one.

    Raises:
        UsageError: An unknown key, with the nearest right one, or a value of the wrong type.
    """
    refuse_unknown("suite key", content, Suite.__struct_fields__)
    train = content.get("train", {})
    if isinstance(train, Mapping):
        refuse_unknown("train key", train, TrainSpec.__struct_fields__)
        if isinstance(optimizer := train.get("optimizer"), str):
            refuse_unknown("optimizer", [optimizer], get_args(Optimizer))
        content = {**content, "train": {**msgspec.structs.asdict(PROTOCOL), **train}}
    try:
        suite = msgspec.convert(content, Suite)
    except msgspec.ValidationError as error:
        raise UsageError(_explain(str(error), content)) from error
    tables = {f"model.{name}": args for name, args in suite.model.items()}
    for table, args in {"data": suite.data, **tables}.items():
        for key, value in args.items():
            _refuse_unwritable(f"{table}.{key}", value)
    return suite


def read_suite(path: Path) -> Suite:
    """Read and check a suite file."""
    return build_suite(read_toml(path))


def _explain(message: str, content: Any) -> str:
    """Turn msgspec's "Expected `int` >= 1 - at `$.seeds`" into what was found and expected."""
    expected, _, place = message.partition(" - at ")
    place = place.strip("`").removeprefix("$.")
    for step in re.findall(r"\w+", place):
        content = content[int(step) if isinstance(content, list) else step]
    return f"{place} is {content!r}; {expected[0].lower()}{expected[1:]}"


def _refuse_unwritable(place: str, value: Any) -> None:
    """Refuse what a record could not give back: nan, inf, a date, text that is not Unicode."""
    try:
        kept = plain(value) == value
    except (TypeError, UnicodeEncodeError):
        kept = False
    if not kept:
        raise UsageError(f"{place} is {value!r}; expected what JSON can hold")
