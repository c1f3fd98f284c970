"""A traced step performed by torch, for what the machine has no instruction for."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils._pytree import tree_map_only

from fmbench.engine.kernels.steps import Program
from fmbench.engine.tracing.assemble import Layout
from fmbench.engine.tracing.graph import Node
from fmbench.engine.tracing.program import Value
from fmbench.engine.tracing.trace import Parts, Trace
from fmbench.training.loss import loss, slope


class Step:
    """Performs a trace on the memory that the kernels read a batch into."""

    def __init__(
        self,
        trace: Trace,
        program: Program,
        layout: Layout,
        parts: Parts,
        memory: NDArray[np.floating[Any]],
    ) -> None:
        self.trace = trace
        whole = torch.from_numpy(memory)

        def at(value: Value) -> Tensor:
            return whole[value.offset :][: value.view.numel()].view(value.view.shape)

        def rows(place: int, node: Node) -> Tensor:
            return whole[place:][: node.shape.numel()].view(node.shape)

        self.labels = whole[program.labels :][: program.size]
        self.fixed = {trace.labels: self.labels} | {
            node: rows(int(place), node)
            for node, place in zip(trace.looked_up, program.looked_up, strict=True)
        }
        known = {**layout.parameters, **layout.buffers}
        for node, name in zip(trace.parameters, parts.parameters, strict=True):
            self.fixed[node] = at(known[name])
        for node, (name, buffer) in zip(trace.buffers, parts.buffers.items(), strict=True):
            self.fixed[node] = at(known[name]) if name in known else buffer
        self.targets = [
            (node, rows(int(place), node))
            for node, place in zip(trace.to_looked_up, program.gradients, strict=True)
        ] + [
            (node, at(layout.gradients[name]))
            for node, name in zip(trace.to_parameters, parts.parameters, strict=True)
            if node is not None
        ]

    @torch.no_grad()
    def __call__(self, ids: Tensor) -> float:
        """Write the gradients for a batch of ids; return its loss."""
        values: dict[Node, Any] = {**self.fixed, self.trace.ids: ids}
        mean = 0.0

        def value(node: Node) -> Any:
            return values[node] if node.constant is None else node.constant

        for node in self.trace.nodes:
            if self.trace.cotangent not in values and self.trace.cotangent in node.inputs:
                logits = values[self.trace.logits]
                mean = loss(logits, self.labels).item()
                values[self.trace.cotangent] = slope(logits, self.labels)
            args, kwargs = tree_map_only(Node, value, (node.args, node.kwargs))
            if node.item is None:
                values[node] = node.target(*args, **kwargs)
            else:
                values[node] = args[0][node.item]
        for node, target in self.targets:
            target.copy_(values[node])
        return mean
