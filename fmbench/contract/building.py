"""What building a model promises: arguments that count, weights of its own, nothing beside."""

import ast
import inspect
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from fmbench.contract import specimen
from fmbench.contract.process import changed, settings
from fmbench.models import MODELS, Staged, create_model
from fmbench.spec import plain


def arguments(name: str) -> str | None:
    """Arguments have defaults that JSON can hold."""
    defaults = MODELS[name].defaults
    # A spec comes back from JSON with lists for tuples.
    same = _shapes(specimen.model(name)) == _shapes(specimen.model(name, **plain(defaults)))
    return None if same else "read back from JSON they build another model"


def process(name: str) -> str | None:
    """Settings of the process and random numbers but torch's stay as they are."""
    before = settings()
    specimen.loss(specimen.model(name), specimen.ids()).backward()
    others = changed(before)
    return f"it changes {others}" if others else None


def seeds(name: str) -> str | None:
    """Seeding is its caller's: what is drawn after it still depends on the caller's seed."""
    built, trained = [], []
    for seed in (1, 2):
        torch.manual_seed(seed)
        model = create_model(name, specimen.FIELDS)
        built.append(torch.rand(4))
        model(specimen.ids())
        trained.append(torch.rand(4))
    for drawn, where in ((built, "when it is built"), (trained, "in training")):
        if torch.equal(*drawn):
            return f"it seeds torch anew {where}, as if every seed were one"
    return None


def filled(name: str) -> str | None:
    """Every weight is set when it is built, not left as memory has it."""
    torch.use_deterministic_algorithms(True)  # fills what is left empty with not-a-number
    state = create_model(name, specimen.FIELDS).state_dict()
    left = [key for key, value in state.items() if not value.isfinite().all()]
    return f"left unset: {', '.join(left)}" if left else None


def repeats(name: str) -> str | None:
    """The same seed gives the same model."""
    torch.manual_seed(0)
    first = create_model(name, specimen.FIELDS)
    torch.manual_seed(0)
    differs = specimen.same(first, create_model(name, specimen.FIELDS))
    return f"{differs} differs between two models of one seed" if differs else None


def registered(name: str) -> str | None:
    """Every tensor is a parameter or a buffer, every part a submodule."""
    model = specimen.model(name)
    known = {id(each) for each in (*model.parameters(), *model.modules())}
    for path, thing in _held(model):
        if id(thing) not in known:
            return f"{path} is neither and stays behind when it moves"
    specimen.loss(model, specimen.ids())
    for path, thing in _held(model):
        if isinstance(thing, Tensor) and thing.grad_fn is not None:
            return f"{path} keeps the graph of a batch; expected detach() of what is kept"
    return None


def apart(name: str) -> str | None:
    """Two models share nothing."""
    one, other = (dict(specimen.model(name).state_dict()) for _ in range(2))
    places = {value.data_ptr(): key for key, value in one.items() if value.numel()}
    shared = [key for key, value in other.items() if value.numel() and value.data_ptr() in places]
    return f"shared by two models: {', '.join(shared)}" if shared else None


def memory(name: str) -> str | None:
    """Every parameter has memory of its own."""
    model = specimen.model(name)
    specimen.loss(model, specimen.ids()).backward()
    places = sorted(
        (p.data_ptr(), p.data_ptr() + p.numel() * p.element_size(), n)
        for n, p in model.named_parameters()
        if p.numel()
    )
    for (_, end, one), (start, _, other) in pairwise(places):
        if start < end:
            return (
                f"{one} and {other} are two parameters in one memory, and each step moves it "
                "twice; expected one parameter under both names, or two memories"
            )
    return None


def alive(name: str) -> str | None:
    """Every argument changes something."""
    for argument, default in MODELS[name].defaults.items():
        others = [*(_words(name) if isinstance(default, str) else ()), *_others(default)]
        tried = [v for v in others if v != default and _is_taken(name, argument, v)]
        if tried and not any(_matters(name, argument, value) for value in tried):
            return f"{argument}={tried[0]!r} gives the same model as {argument}={default!r}"
    return None


CHECKS = (arguments, process, seeds, filled, repeats, registered, apart, memory, alive)


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
        case str():
            return [f"not_{value}"]
    return []


def _is_taken(name: str, argument: str, value: Any) -> bool:
    try:
        specimen.model(name, **{argument: value})(specimen.ids())
    except Exception:  # a model may refuse a value
        return False
    return True


def _matters(name: str, argument: str, value: Any) -> bool:
    """Tell whether a changed argument shows: in the weights, or in what training computes."""
    model, other = specimen.model(name), specimen.model(name, **{argument: value})
    if _shapes(model) != _shapes(other) or _first_stage(model) != _first_stage(other):
        return True
    return any(
        not torch.equal(_scores(model, training), _scores(other, training))
        for training in (True, False)
    )


def _shapes(model: nn.Module) -> dict[str, torch.Size]:
    return {key: value.shape for key, value in model.state_dict().items()}


def _first_stage(model: nn.Module) -> tuple[str, dict[str, Any]] | None:
    """Return what is trained before a model, if anything is."""
    return model.first_stage() if isinstance(model, Staged) else None


def _scores(model: nn.Module, training: bool) -> Tensor:
    torch.manual_seed(0)
    return specimen.scores_of(model.train(training), specimen.ids())


def _words(name: str) -> list[str]:
    """Return the words in a model's file: one of them is what a word may be changed to."""
    source = ast.parse(Path(inspect.getfile(MODELS[name].build)).read_text(encoding="utf-8"))
    constants = (n.value for n in ast.walk(source) if isinstance(n, ast.Constant))
    return sorted({c for c in constants if isinstance(c, str) and c.isidentifier()} - {name})


def _held(model: nn.Module) -> Iterator[tuple[str, Any]]:
    """Yield the tensors and modules in plain attributes, each with its path."""
    for path, module in model.named_modules():
        for key, value in vars(module).items():
            if key not in ("_parameters", "_buffers", "_modules"):
                yield from ((f"{path}.{key}".strip("."), thing) for thing in _within(value))


def _within(value: Any) -> Iterator[Any]:
    """Yield the tensors and modules in a value, however deep in lists and mappings."""
    if isinstance(value, Tensor | nn.Module):
        yield value
    elif isinstance(value, list | tuple | set):
        for each in value:
            yield from _within(each)
    elif isinstance(value, dict):
        yield from _within(list(value.values()))
