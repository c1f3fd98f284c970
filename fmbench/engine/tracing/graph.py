"""A computation as a list of tensor operations, noted while torch performs it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch._decomp import get_decompositions
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

aten = torch.ops.aten
# What the machine has no instruction for, but a formula of those that it has.
FORMULAS = get_decompositions(
    [
        aten._softmax, aten._softmax_backward_data, aten._log_softmax,
        aten._log_softmax_backward_data, aten.silu, aten.silu_backward, aten.gelu,
        aten.gelu_backward, aten.elu, aten.elu_backward, aten.leaky_relu, aten.leaky_relu_backward,
        aten.softplus, aten.softplus_backward, aten.native_layer_norm,
        aten.native_layer_norm_backward, aten.hardtanh, aten.hardtanh_backward, aten.addcmul,
        aten.log_sigmoid_forward, aten.log_sigmoid_backward, aten.baddbmm, aten.logsumexp,
    ]
)  # fmt: skip
DECIDES = {aten._local_scalar_dense.default, aten.equal.default, aten.nonzero.default}
"""Operations that turn numbers of a batch into something that Python can decide on."""


class Untraceable(Exception):
    """The step is not a fixed sequence of operations; the message says why."""


@dataclass(slots=True, eq=False, repr=False)
class Node:
    """A tensor of the computation: an input, a constant, or what an operation returns."""

    target: Any = None
    """The operation; None for an input or a constant."""
    args: tuple[Any, ...] = ()
    """Its arguments, nodes for tensors."""
    kwargs: dict[str, Any] = field(default_factory=dict)
    item: int | None = None
    """Which of several results this is; the node of them all is the only argument."""
    shape: torch.Size = field(default_factory=torch.Size)
    dtype: torch.dtype = torch.float32
    constant: Tensor | None = None
    users: list["Node"] = field(default_factory=list)

    @property
    def inputs(self) -> list["Node"]:
        """The nodes among the arguments."""
        leaves = tree_leaves((self.args, self.kwargs))
        return [leaf for leaf in leaves if isinstance(leaf, Node)]

    def key(self, number: Mapping["Node", int]) -> object:
        """Return all that makes this node what it is, with other nodes by number."""
        spelt = tree_map_only(Node, lambda node: number[node], (self.args, self.kwargs))
        return str((self.target, spelt, self.item, self.shape, self.dtype))


class Recorder(TorchDispatchMode):
    """Notes every operation that torch performs while it is active."""

    def __init__(self, inputs: Sequence[Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch has no types for it
        self.nodes: list[Node] = []
        self._known: dict[int, Node] = {}
        self._in_formula = 0
        # An id is a tensor's name only as long as the tensor lives.
        self._alive: list[Tensor] = []
        self.inputs = [self._new(tensor, Node()) for tensor in inputs]

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Spare a second: torch would load its compiler to keep it from compiling this class."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Perform and note one operation."""
        if func in DECIDES:
            raise Untraceable("what it does depends on the numbers of a batch")
        formula = FORMULAS.get(func)
        if formula is None and self._in_formula and func._can_decompose():
            formula = func.decompose  # shorthand of torch's own
        if formula is not None:
            self._in_formula += 1
            try:
                with self:
                    return formula(*args, **(kwargs or {}))
            finally:
                self._in_formula -= 1
        node = Node(func, *tree_map_only(Tensor, self.node, (tuple(args), kwargs or {})))
        results = func(*args, **(kwargs or {}))
        self._note(node)
        if isinstance(results, Tensor):
            self._new(results, node)
        else:
            for place, result in enumerate(results):
                if isinstance(result, Tensor):
                    self._new(result, self._note(Node(args=(node,), item=place)))
        return results

    def node(self, tensor: Tensor) -> Node:
        """Return the node of a tensor; one that no operation made is a constant."""
        if id(tensor) not in self._known:
            self._new(tensor, Node(constant=tensor))
        return self._known[id(tensor)]

    def _note(self, node: Node) -> Node:
        for used in node.inputs:
            used.users.append(node)
        self.nodes.append(node)
        return node

    def _new(self, tensor: Tensor, node: Node) -> Node:
        node.shape, node.dtype = tensor.shape, tensor.dtype
        self._known[id(tensor)] = node
        self._alive.append(tensor)
        return node


def spell(inputs: Iterable[Node], nodes: Iterable[Node]) -> list[object]:
    """Return a computation in a form that can be compared."""
    number: dict[Node, int] = {node: place for place, node in enumerate(inputs)}
    spelt = []
    for node in nodes:
        for used in node.inputs:
            number.setdefault(used, len(number))
        number[node] = len(number)
        spelt.append(node.key(number))
    return spelt
