"""A model's training step as a sequence of operations, forward and backward.

The model is run on a batch, with what its shared tables look up given to it from outside. A model
without such a sequence is refused here, and the plain loop trains it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor, nn

from fmbench.engine.tracing.graph import Node, Recorder, Untraceable, spell
from fmbench.layers import FieldTable, Heads, score_of
from fmbench.layers.heads import Output
from fmbench.training.loss import slope
from fmbench.training.state import in_python, left_as_it_is, sharing

LookUp = Callable[[Tensor], Tensor]
"""A function that stands in for `FieldTable.look_up`."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A model taken apart into what the engine keeps for it."""

    model: nn.Module
    tables: tuple[FieldTable, ...]
    parameters: dict[str, nn.Parameter]
    """All that is learnt outside of the tables."""
    buffers: dict[str, Tensor]
    """All that a step may change besides, such as running statistics."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A step of one batch size; tables, parameters and buffers in the order of `Parts`."""

    nodes: list[Node]
    looked_up: list[Node]
    parameters: list[Node]
    buffers: list[Node]
    ids: Node
    labels: Node
    cotangent: Node
    """The loss's gradient to the logits."""
    logits: Node
    to_looked_up: list[Node]
    """The gradients to what the tables looked up."""
    to_parameters: list[Node | None]
    """The gradient to each parameter; None if no logit depends on it: optimizers skip it."""

    @property
    def outputs(self) -> list[Node]:
        """All that is read after a step."""
        return [self.logits, *self.to_looked_up, *(g for g in self.to_parameters if g is not None)]


def take_apart(model: nn.Module) -> Parts:
    """Sort a model's tensors.

    Raises:
        Untraceable: There is no shared table, a weight is frozen or belongs to two of them, or two
            tensors lie in the same memory: the engine keeps each in a place of its own. Or a table
            has numbers, which the engine's look-ups do not multiply by.
    """
    tables = tuple(part for part in model.modules() if isinstance(part, FieldTable))
    if not tables:
        raise Untraceable("it has no shared table")
    weights = [table.weight for table in tables]
    if any(table.fields != tables[0].fields for table in tables):
        raise Untraceable("its tables have different fields")
    if any(field.values for field in tables[0].fields):
        raise Untraceable("it multiplies rows of its tables by numbers (data.bins=number)")
    if len({id(weight) for weight in weights}) < len(weights):
        raise Untraceable("two of its tables share a weight")
    if pair := sharing(model):
        raise Untraceable(f"{pair[0]} and {pair[1]} lie in the same memory")
    learnt = {
        name: parameter
        for name, parameter in model.named_parameters()
        if not any(parameter is weight for weight in weights)
    }
    if any(not p.requires_grad or p.dtype != weights[0].dtype for p in model.parameters()):
        raise Untraceable("a parameter is frozen, or of another precision")
    if weights[0].dtype not in (torch.float32, torch.float64):
        raise Untraceable(f"its weights are {weights[0].dtype}")
    if any(p.device.type != "cpu" for p in model.parameters()):
        raise Untraceable("it is not on the CPU")
    own = {id(buffer) for table in tables for buffer in table.buffers()}
    kept = {name: b for name, b in model.named_buffers() if id(b) not in own}
    return Parts(model, tables, learnt, kept)


def trace(parts: Parts, ids: Tensor) -> Trace:
    """Run a model on `ids`, `(batch, columns)`, and note what it does; the model is left as it was.

    Raises:
        Untraceable: What it does depends on the data or changes from run to run, or a table is
            read other than by the batch's ids.
    """
    state = in_python(parts.model)
    try:
        with undone(parts):
            first, second = _record(parts, ids), _record(parts, ids)
            keeps = in_python(parts.model) != state
    except Untraceable:
        raise
    except Exception as error:
        raise Untraceable(f"{type(error).__name__} while it was traced: {error}") from error
    if _spell(first) != _spell(second):
        raise Untraceable("it does not do the same twice")
    if keeps:
        raise Untraceable("it keeps something from one batch to the next")
    _check(first, parts)
    return first


@contextmanager
def undone(parts: Parts) -> Iterator[None]:
    """Leave a model, and the random numbers to come, as they were."""
    before = torch.random.get_rng_state()
    buffers = [buffer.clone() for buffer in parts.buffers.values()]
    try:
        with left_as_it_is(parts.model):
            yield
    finally:
        torch.random.set_rng_state(before)
        for buffer, kept in zip(parts.buffers.values(), buffers, strict=True):
            buffer.copy_(kept)


def _record(parts: Parts, ids: Tensor) -> Trace:
    size, fields = len(ids), len(parts.tables[0].fields)
    widths = [table.weight.shape[1] for table in parts.tables]
    new = parts.tables[0].weight.new_zeros
    vectors = [new(size, fields, width).normal_().requires_grad_() for width in widths]
    learnt, kept = list(parts.parameters.values()), list(parts.buffers.values())
    labels, cotangent = new(size), new(size).fill_(1 / size)
    was_training = parts.model.training
    parts.model.train()
    recorder = Recorder([*vectors, *learnt, *kept, ids, labels, cotangent])
    with recorder, _lookups(parts.tables, vectors, ids):
        output = parts.model(ids)
        logits = score_of(output)
        if logits.shape != cotangent.shape:
            raise Untraceable(f"its logits have shape {tuple(logits.shape)}")
        beside = _beside_the_score(output, labels)
        gradients = torch.autograd.grad(
            [logits, *(made for made, _ in beside)],
            [*vectors, *learnt],
            [cotangent, *(to for _, to in beside)],
            allow_unused=True,
        )
    parts.model.train(was_training)
    if any(g is None for g in gradients[: len(vectors)]):
        raise Untraceable("a table is not looked up")
    given = iter(recorder.inputs)
    return Trace(
        nodes=recorder.nodes,
        looked_up=list(islice(given, len(vectors))),
        parameters=list(islice(given, len(learnt))),
        buffers=list(islice(given, len(kept))),
        ids=next(given),
        labels=next(given),
        cotangent=next(given),
        logits=recorder.node(logits),
        to_looked_up=[recorder.node(g) for g in gradients[: len(vectors)]],
        to_parameters=[None if g is None else recorder.node(g) for g in gradients[len(vectors) :]],
    )


def _beside_the_score(output: Output, labels: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Return what else a model is trained by, and the gradient of the sum of losses to each.

    Raises:
        Untraceable: What a loss weighs hangs on another loss.
    """
    if not isinstance(output, Heads):
        return []
    found = []
    for logits, weight in output.also.values():
        if weight == "excess":
            raise Untraceable("a loss weighs what it is above another")
        found.append((logits, slope(logits, labels) * weight))
    found += [(cost, torch.full_like(cost, weight)) for cost, weight in output.costs.values()]
    return found


def _lookups(
    tables: Sequence[FieldTable], vectors: Sequence[Tensor], ids: Tensor
) -> AbstractContextManager[None]:
    """Let each table answer with given vectors, as long as it is asked for the batch's own ids."""

    def answer(vector: Tensor) -> LookUp:
        def look_up(asked: Tensor) -> Tensor:
            if asked is not ids:
                raise Untraceable("a table is asked for other ids than the batch's")
            return vector

        return look_up

    return answering(tables, [answer(vector) for vector in vectors])


@contextmanager
def answering(tables: Sequence[FieldTable], answers: Sequence[LookUp]) -> Iterator[None]:
    """Let each table look up by the function that is given for it."""
    try:
        for table, answer in zip(tables, answers, strict=True):
            table.__dict__["look_up"] = answer
        yield
    finally:
        for table in tables:
            table.__dict__.pop("look_up", None)


def _spell(trace: Trace) -> list[object]:
    given = [trace.ids, trace.labels, trace.cotangent]
    inputs = [*trace.looked_up, *trace.parameters, *trace.buffers, *given]
    return spell(inputs, trace.nodes)


def _check(trace: Trace, parts: Parts) -> None:
    """Refuse a step that reads what is learnt as if it were a constant."""
    learnt = {t.untyped_storage().data_ptr() for t in parts.model.state_dict().values()}
    for node in trace.nodes:
        for used in node.inputs:
            constant = used.constant
            if constant is not None and constant.untyped_storage().data_ptr() in learnt:
                raise Untraceable("it reads a table's weight directly, or a view of a parameter")
