"""Preflight: before anything runs, defaults are written out and bad specs are refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from fmbench import data, engine
from fmbench.errors import UsageError
from fmbench.fields import Field, owners
from fmbench.harness.building import count_weights, try_to_build
from fmbench.harness.entrants import refuse_without_roles, registry_of
from fmbench.harness.procedures import warm_up as warm_up_procedure
from fmbench.harness.setting import Setting
from fmbench.models import is_by_gradient
from fmbench.spec import UNTRAINED, RunSpec, plain
from fmbench.training.device import find_device
from fmbench.training.fit import check_batch


def check_args(model: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """Return all arguments of a model or baseline, and refuse those that it does not take.

    Raises:
        UsageError: The model or an argument is unknown, or it cannot be built with them.
    """
    whole: dict[str, Any] = plain(registry_of(model).resolve(model, args))
    try_to_build(model, whole)
    return whole


def resolve(spec: RunSpec, where: data.Where) -> RunSpec:
    """Write every default into a spec, so that a changed default is a changed case.

    Raises:
        UsageError: A name, argument or option is unknown or makes no sense.
    """
    args = check_args(spec.model, spec.model_args)
    options = plain(data.resolve(spec.dataset, spec.dataset_args, where))
    # What is not fitted by gradient descent is no other case for other settings of it.
    train = spec.train if is_by_gradient(spec.model) else UNTRAINED
    return msgspec.structs.replace(spec, model_args=args, dataset_args=options, train=train)


@dataclass(frozen=True, slots=True)
class Data:
    """What is known of a case's data before it runs."""

    fingerprint: str
    fields: tuple[Field, ...]
    n_train: int
    """Rows to train on."""


def preflight(specs: Sequence[RunSpec], setting: Setting) -> dict[str, Data]:
    """Load and encode what the specs need, once; return what each case will find.

    Raises:
        UsageError: The device cannot be used, a batch is larger than the training rows, or a
            baseline needs a user or an item that the fields do not tell of.
        DataError: The data is missing, damaged, or leaves a part of the split without rows.
    """
    find_device(setting.device)
    loaded: dict[bytes, Data] = {}
    cases = {}
    for spec in specs:
        key = msgspec.json.encode((spec.dataset, spec.dataset_args))
        if key not in loaded:
            dataset = data.load(spec.dataset, spec.dataset_args, setting.where)
            loaded[key] = Data(dataset.fingerprint, dataset.fields, len(dataset.train))
        refuse_without_roles(spec.model, loaded[key].fields)
        if is_by_gradient(spec.model):
            check_batch(spec.train, loaded[key].n_train)
        cases[spec.case] = loaded[key]
    return cases


def warm_up(specs: Sequence[RunSpec], cases: Mapping[str, Data], device: str) -> None:
    """Compile what cells will need and is worth it, so that they find it on disk."""
    for spec in {spec.case: spec for spec in specs}.values():
        warm_up_procedure(spec)
    models = {spec.case: spec for spec in specs if is_by_gradient(spec.model)}
    if any(_is_worth_it(spec, cases[case], device) for case, spec in models.items()):
        engine.compile_kernels()


def _is_worth_it(spec: RunSpec, known: Data, device: str) -> bool:
    """Tell whether the engine would spare a cell enough; its model is built where that decides."""
    worth = partial(engine.is_worth_it, spec.train, known.n_train, len(owners(known.fields)))
    if device != "cpu" or worth(0, device):
        return device == "cpu"
    try:
        return worth(count_weights(spec, known.fields), device)
    except UsageError:  # the cell's own record will say so
        return False
