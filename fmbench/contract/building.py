"""What building a model promises: arguments that count, weights of its own, nothing beside."""

import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from fmbench.contract import specimen
from fmbench.contract.process import settings
from fmbench.models import MODELS, create_model
from fmbench.spec import plain


def arguments(name: str) -> str | None:
    """Arguments have defaults that JSON can hold."""
    defaults = MODELS[name].defaults
    # A spec comes back from JSON with lists for tuples.
    same = _shapes(specimen.model(name)) == _shapes(specimen.model(name, **plain(defaults)))
    return None if same else "read back from JSON they build another model"


def alive(name: str) -> str | None:
    """Every argument changes something."""
    for argument, default in MODELS[name].defaults.items():
        tried = [v for v in _others(default) if _is_taken(name, argument, v)]
        if tried and not any(_matters(name, argument, value) for value in tried):
            return f"{argument}={tried[0]!r} gives the same model as {argument}={default!r}"
    return None


def repeats(name: str) -> str | None:
    """The same seed gives the same model."""
    torch.manual_seed(0)
    first = create_model(name, specimen.FIELDS)
    torch.manual_seed(0)
    differs = specimen.same(first, create_model(name, specimen.FIELDS))
    return f"{differs} differs between two models of one seed" if differs else None


def seeds(name: str) -> str | None:
    """Seeding is its caller's: what is drawn after it still depends on the caller's seed."""
    drawn = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        create_model(name, specimen.FIELDS)
        drawn.append(torch.rand(4))
    return "it seeds torch anew, as if every seed were one" if torch.equal(*drawn) else None


def process(name: str) -> str | None:
    """Settings of the process and random numbers but torch's stay as they are."""
    before = settings()
    specimen.loss(specimen.model(name), specimen.ids()).backward()
    changed = [key for key, value in settings().items() if value != before[key]]
    return f"it changes {', '.join(changed)}" if changed else None


def filled(name: str) -> str | None:
    """Every weight is set when it is built, not left as memory has it."""
    torch.use_deterministic_algorithms(True)  # fills what is left empty with not-a-number
    state = create_model(name, specimen.FIELDS).state_dict()
    left = [key for key, value in state.items() if not value.isfinite().all()]
    return f"left unset: {', '.join(left)}" if left else None


def registered(name: str) -> str | None:
    """Every tensor is a parameter or a buffer, every part a submodule."""
    for path, module in specimen.model(name).named_modules():
        for key, value in vars(module).items():
            if key not in ("_parameters", "_buffers", "_modules") and any(_hidden(value)):
                return f"{path}.{key}".strip(".") + " is neither and stays behind when it moves"
    return None


def apart(name: str) -> str | None:
    """Two models share nothing."""
    one, other = (dict(specimen.model(name).state_dict()) for _ in range(2))
    places = {value.data_ptr(): key for key, value in one.items() if value.numel()}
    shared = [key for key, value in other.items() if value.numel() and value.data_ptr() in places]
    return f"shared by two models: {', '.join(shared)}" if shared else None


def copies(name: str) -> str | None:
    """A copy is a model of its own."""
    model, ids = specimen.model(name).eval(), specimen.ids()
    before = model(ids)
    twin = copy.deepcopy(model)
    if not torch.equal(twin(ids), before):
        return "a copy gives other logits"
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.add_(torch.randn_like(parameter))
    if torch.equal(twin(ids), before):
        return "a copy does not read its own weights"
    return None if torch.equal(model(ids), before) else "weights of a copy move the original's"


def state(name: str) -> str | None:
    """Weights can be put back."""
    model, other = specimen.model(name).eval(), specimen.model(name, seed=1).eval()
    other.load_state_dict(copy.deepcopy(model.state_dict()))
    gap = (model(specimen.ids()) != other(specimen.ids())).nonzero()
    if not len(gap):
        return None
    row = specimen.shown(int(gap[0]), specimen.ids())
    return f"a model with another's weights gives other logits ({row})"


CHECKS = (arguments, alive, repeats, seeds, process, filled, registered, apart, copies, state)


def _others(value: Any) -> list[Any]:
    """Return values that a default of this kind might be changed to."""
    match value:
        case bool():
            return [not value]
        case int():
            return [value + 1, 2 * value, value - 1]
        case float():
            return [value / 2 + 0.1, value * 2, value / 2]
        case list() | tuple():
            return [[*value, value[-1]], list(value[:-1])] if value else []
    return []


def _is_taken(name: str, argument: str, value: Any) -> bool:
    try:
        specimen.model(name, **{argument: value})
    except Exception:  # what it refuses is its own to say
        return False
    return True


def _matters(name: str, argument: str, value: Any) -> bool:
    """Tell whether a changed argument shows: in the weights, or in what training computes."""
    model, other = specimen.model(name), specimen.model(name, **{argument: value})
    if _shapes(model) != _shapes(other):
        return True
    return any(
        not torch.equal(_scores(model, training), _scores(other, training))
        for training in (True, False)
    )


def _shapes(model: nn.Module) -> dict[str, torch.Size]:
    return {key: value.shape for key, value in model.state_dict().items()}


def _scores(model: nn.Module, training: bool) -> Tensor:
    torch.manual_seed(0)
    scores: Tensor = model.train(training)(specimen.ids())
    return scores


def _hidden(value: Any) -> Iterator[bool]:
    """Say of each thing in a plain attribute whether a module would have to know of it."""
    if isinstance(value, Tensor | nn.Module):
        yield True
    elif isinstance(value, list | tuple | set):
        for each in value:
            yield from _hidden(each)
    elif isinstance(value, dict):
        yield from _hidden(list(value.values()))
