"""The plain loop on a GPU, its step captured once and replayed.

A step of these models is dozens of kernels of a few microseconds each, and Python takes longer to
launch one than the GPU to compute it. A CUDA graph launches them all together. A graph of many
steps would be no faster, since the GPU is then the slower of the two.
"""

from collections.abc import Iterable, Mapping
from functools import partial

import torch
from torch import Tensor, nn

from fmbench.engine import check_fixed
from fmbench.engine.tracing.trace import answering
from fmbench.layers import FieldTable
from fmbench.spec import TrainSpec
from fmbench.training.batches import Source, Window
from fmbench.training.plain import Plain

WARM_UP = 3
"""Steps taken one by one before the capture: libraries and optimizer allocate memory in the first
ones, which a capture must not do."""


def trainer(model: nn.Module, train: Source, spec: TrainSpec) -> "Captured":
    """Return a trainer that replays the model's step.

    Raises:
        RuntimeError, Untraceable: The step is not the same for every batch.
    """
    check_fixed(model, train.head(2))
    return Captured(model, train, spec)


class Captured(Plain):
    """A model and its optimizer on a GPU; a batch of another size is trained on plainly.

    Raises:
        IdOutOfRange: A training row's id is outside its field, which no captured step can check.
    """

    path = "captured"

    def __init__(self, model: nn.Module, train: Source, spec: TrainSpec) -> None:
        super().__init__(model, train, spec)
        self._tables = [part for part in model.modules() if isinstance(part, FieldTable)]
        for part in train.parts():
            for table in self._tables:
                table.rows(part.ids)
        for group in self.optimizer.param_groups:
            group["capturable"] = True
        self._warm_ups = WARM_UP
        self._graph: torch.cuda.CUDAGraph | None = None

    def one_pass(self, windows: Iterable[Window], lr: float) -> Tensor:
        """Take a step on every batch of each window; see `Plain.one_pass`."""
        with torch.cuda.device(self.device):  # a capture is of its streams
            return super().one_pass(windows, lr)

    def set_rate(self, lr: float) -> None:
        """Take steps of this size from here on; a graph holds its own as a constant."""
        if any(group["lr"] != lr for group in self.optimizer.param_groups):
            self._graph = None
        super().set_rate(lr)

    def step(self, ids: Tensor, labels: Tensor) -> Tensor:
        """Take a step on a batch; what it returns is valid until the next one."""
        if len(ids) != self.batch_size:
            return super().step(ids, labels)
        if self._warm_ups:
            self._warm_ups -= 1
            return self._aside(ids, labels)
        if self._graph is None:
            self._graph = self._capture(ids, labels)
        self._ids.copy_(ids)
        self._labels.copy_(labels)
        self._graph.replay()
        return self._loss

    def _aside(self, ids: Tensor, labels: Tensor) -> Tensor:
        """Take a step on a stream of its own, as a capture will."""
        own, main = torch.cuda.Stream(), torch.cuda.current_stream()
        own.wait_stream(main)
        with torch.cuda.stream(own):
            loss = super().step(ids, labels)
        main.wait_stream(own)
        return loss

    def _capture(self, ids: Tensor, labels: Tensor) -> torch.cuda.CUDAGraph:
        """Note what a step launches; nothing is computed."""
        self._ids, self._labels = ids.clone(), labels.clone()
        self.optimizer.zero_grad()
        graph = torch.cuda.CUDAGraph()
        unchecked = [partial(_unchecked, table) for table in self._tables]
        with answering(self._tables, unchecked), torch.cuda.graph(graph):
            self._loss = super().step(self._ids, self._labels)
        return graph

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` returned; see `Plain.restore`."""
        super().restore(state)
        self._graph = None  # it reads and writes tensors that are no longer the optimizer's


def _unchecked(table: FieldTable, ids: Tensor) -> Tensor:
    """Look up ids without asking whether they are in range."""
    return table.read(table.places(ids), ids)
