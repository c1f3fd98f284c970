"""From what a suite says to the specs that run: each resolved once, tuned settings laid under."""

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from fmbench import data
from fmbench.api.content import Content
from fmbench.api.datasets import DEFAULT, dataset
from fmbench.data import Where
from fmbench.data.datasets.table import TABLE
from fmbench.errors import NOTE
from fmbench.harness import check_args, fitting, registry_of, resolve, select
from fmbench.models import is_by_gradient
from fmbench.spec import RunSpec, Suite, TrainSpec, build_suite
from fmbench.tuned import TunedSettings
from fmbench.tuning import TRAIN

log = logging.getLogger("fmbench")

SMALL = 1 << 20
"""Bytes of the files of a table that can have fewer rows than a batch."""

BESIDES = ("bayesian_fm", "sklearn_lr")
"""What a run of `core` has besides: the model that has nothing to tune, and the baseline that all
are measured by, which is a line of a library that everybody has."""

LONG = 2_000_000
"""Training rows above which `core` does without: both hold all rows at once, and take minutes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a suite's content asks for, all names found and all options resolved."""

    suite: Suite
    models: Sequence[str]
    dataset: str
    where: Where
    given: Content
    """The content itself: of settings, only what it says wins over what trials chose."""

    def specs(self, tuned: TunedSettings | None = None) -> list[RunSpec]:
        """Return a resolved spec for every model and seed."""
        seeds = self.suite.seed_list()
        return [replace(one, seed=seed) for one in self.cases(tuned) for seed in seeds]

    def cases(self, tuned: TunedSettings | None = None) -> list[RunSpec]:
        """Return a resolved spec for every model, with seed 0.

        A model's settings are those that the content says, then those that trials chose for the
        data, then the defaults.
        """
        one = replace(self.suite, seeds=1)
        specs = [self._tuned(spec, tuned) for spec in one.specs(self.models, self.dataset)]
        return [resolve(spec, self.where) for spec in specs]

    def within_reason(self) -> "Asked":
        """Return this without what `core` has besides, where there are too many rows for it.

        Raises:
            DataError: The data is not within reach, or not what it should be.
        """
        if self.suite.models != "core":
            return self
        if len(data.load(self.dataset, self.suite.data, self.where).train) <= LONG:
            return self
        log.log(NOTE, "%s are left out: they hold all rows at once", " and ".join(BESIDES))
        kept = [name for name in self.models if name not in BESIDES]
        return dataclasses.replace(self, models=kept)

    def fixed(self, model: str) -> set[str]:
        """Return the settings of a model that the content says, by their search keys."""
        train = {f"{TRAIN}{key}" for key in self.given.get("train", {})}
        return train | self.suite.model.get(model, {}).keys()

    def _tuned(self, spec: RunSpec, tuned: TunedSettings | None) -> RunSpec:
        """Lay tuned settings under what the suite says, of training and of the model."""
        if tuned is None:
            return spec
        # Settings of gradient descent mean nothing to what is not fitted by it.
        keys = self.given.get("train", {}) if is_by_gradient(spec.model) else ()
        train = {key: getattr(self.suite.train, key) for key in keys}
        return tuned.apply(spec, train, self.suite.model.get(spec.model, {}))


def ask(content: Content, where: Where) -> Asked:
    """Check what a suite's content says; what is inferred of a table is inferred here, once.

    Of a small table of one's own, a batch size that nobody chose is at most the number of training
    rows.

    Raises:
        UsageError: A key, name or value makes no sense.
        DataError: A dataset that was asked for by name is not within reach.
    """
    suite = build_suite(content)
    names = select(suite.models)
    if suite.models == "core":
        names += BESIDES
    for model, arguments in suite.model.items():  # also of models that do not run now
        registry_of(model).resolve(model, arguments)
    for model in names:
        check_args(model, suite.model.get(model, {}))
    if suite.dataset is None:  # refuse nonsense before looking for data
        data.resolve(DEFAULT, suite.data, where)
    name, where, options = dataset(content, where)
    options = data.resolve(name, options, where)
    if suite.models == "all":
        names = fitting(names, lambda: data.roles(name, options, where))
    suite = replace(suite, data=options)
    if name == TABLE and "batch_size" not in content.get("train", {}) and _is_small(options, where):
        rows = len(data.load(name, options, where).train)
        suite = replace(suite, train=_within(suite.train, rows))
    return Asked(suite, names, name, where, content)


def specs(
    content: Content, where: Where, tuned: TunedSettings | None = None
) -> tuple[Where, list[RunSpec]]:
    """Return where the data is and the resolved specs of a suite's content; as `ask`."""
    asked = ask(content, where)
    return asked.where, asked.specs(tuned)


def _is_small(options: Mapping[str, Any], where: Where) -> bool:
    """Tell whether a table is encoded in a moment, so that its training rows can be counted."""
    folder, named = where.data_dir or Path(), options["file"]
    names = [named] if isinstance(named, str) else named
    return sum((folder / each).stat().st_size for each in names) <= SMALL


def _within(train: TrainSpec, rows: int) -> TrainSpec:
    """Take the default batch size down to the number of training rows, in words."""
    if train.batch_size <= rows:
        return train
    line = "batch_size is %d and not the default %d, as there are training rows"
    log.log(NOTE, line, rows, train.batch_size)
    return replace(train, batch_size=rows)
