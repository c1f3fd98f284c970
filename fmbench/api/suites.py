"""From what a suite says to the specs that run: each resolved once, tuned settings laid under."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from fmbench import data
from fmbench.api.content import Content
from fmbench.api.datasets import DEFAULT, dataset
from fmbench.baselines import BASELINES
from fmbench.data import Where
from fmbench.harness import check_args, fitting, registry_of, resolve, select
from fmbench.spec import RunSpec, Suite, build_suite
from fmbench.tuned import TunedSettings


def specs(
    content: Content, where: Where, tuned: TunedSettings | None = None
) -> tuple[Where, list[RunSpec]]:
    """Return where the data is and the resolved specs of a suite's content.

    A model's settings are those that the content says, then those that trials chose for the data,
    then the defaults.

    Raises:
        UsageError: A key, name or value makes no sense.
        DataError: A dataset that was asked for by name is not within reach.
    """
    suite = build_suite(content)
    seeds = suite.seed_list()
    names = select(suite.models)
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
    suite = replace(suite, seeds=1, data=options)
    given = content.get("train", {})
    ones = [resolve(_tuned(spec, tuned, suite, given), where) for spec in suite.specs(names, name)]
    return where, [replace(one, seed=seed) for one in ones for seed in seeds]


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
