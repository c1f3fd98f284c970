"""From what a suite says to the specs that run: each resolved once, tuned settings laid under."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from fmbench import data
from fmbench.api.content import Content
from fmbench.api.datasets import DEFAULT, dataset
from fmbench.baselines import BASELINES
from fmbench.data import Where
from fmbench.data.datasets.table import TABLE
from fmbench.errors import NOTE, DataError
from fmbench.harness import check_args, fitting, registry_of, resolve, select
from fmbench.spec import RunSpec, Suite, build_suite
from fmbench.tuned import TunedSettings

log = logging.getLogger("fmbench")

SMALL = 1 << 20
"""Bytes of the files of a table that can have fewer rows than a batch."""

YARDSTICK = "sklearn_lr"
"""The baseline that `core` is measured by: what a line of a library that all have makes of it."""

LONG = 2_000_000
"""Training rows above which `core` does without: one-hot rows and Newton steps take minutes."""


def specs(
    content: Content, where: Where, tuned: TunedSettings | None = None
) -> tuple[Where, list[RunSpec]]:
    """Return where the data is and the resolved specs of a suite's content.

    A model's settings are those that the content says, then those that trials chose for the data,
    then the defaults. Of a small table of one's own, a batch size that nobody chose is at most the
    number of training rows.

    Raises:
        UsageError: A key, name or value makes no sense.
        DataError: A dataset that was asked for by name is not within reach.
    """
    suite = build_suite(content)
    seeds = suite.seed_list()
    names = select(suite.models)
    if suite.models == "core":
        names.append(YARDSTICK)
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
    elif suite.models == "core" and _is_long(name, options, where):
        log.log(NOTE, "%s is left out: it holds all rows at once", YARDSTICK)
        names.remove(YARDSTICK)
    suite = replace(suite, seeds=1, data=options)
    given = content.get("train", {})
    ones = [resolve(_tuned(spec, tuned, suite, given), where) for spec in suite.specs(names, name)]
    if name == TABLE and "batch_size" not in given and _is_small(options, where):
        rows = len(data.load(name, options, where).train)
        ones = [_within(one, rows) for one in ones]
    return where, [replace(one, seed=seed) for one in ones for seed in seeds]


def _is_small(options: Mapping[str, Any], where: Where) -> bool:
    """Tell whether a table is encoded in a moment, so that its training rows can be counted."""
    folder, named = where.data_dir or Path(), options["file"]
    names = [named] if isinstance(named, str) else named
    return sum((folder / each).stat().st_size for each in names) <= SMALL


def _within(spec: RunSpec, rows: int) -> RunSpec:
    """Take the default batch size down to the number of training rows, in words."""
    default = spec.train.batch_size
    if default <= rows or spec.model in BASELINES:
        return spec
    line = "%s: batch_size is %d and not the default %d, as there are training rows"
    log.log(NOTE, line, spec.model, rows, default)
    return replace(spec, train=replace(spec.train, batch_size=rows))


def _is_long(name: str, options: Mapping[str, Any], where: Where) -> bool:
    """Tell whether a dataset has more training rows than the yardstick takes in its stride."""
    try:
        return len(data.load(name, options, where).train) > LONG
    except DataError:  # what runs will say so
        return False


def _tuned(
    spec: RunSpec, tuned: TunedSettings | None, suite: Suite, given: Mapping[str, Any]
) -> RunSpec:
    """Lay tuned settings under what the suite says, of training and of the model."""
    if tuned is None:
        return spec
    # A baseline trains itself: settings of training mean nothing to it.
    keys = () if spec.model in BASELINES else given
    train = {key: getattr(suite.train, key) for key in keys}
    return tuned.apply(spec, train, suite.model.get(spec.model, {}))
