"""The engine: trains a model on the shared tables as the plain loop does, without its overhead."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from msgspec.structs import replace
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

from fmbench.engine.kernels.adam import adam
from fmbench.engine.kernels.steps import Program, begin, finish, train
from fmbench.engine.kernels.tables import Table, TableRows, batch_of, catch_up_all
from fmbench.engine.tracing.assemble import Layout, assemble, lay_out
from fmbench.engine.tracing.perform import Step
from fmbench.engine.tracing.program import Unsupported
from fmbench.engine.tracing.trace import Trace, take_apart, trace, undone
from fmbench.fields import PADDING, columns
from fmbench.layers import FieldTable
from fmbench.spec import TrainSpec
from fmbench.training.alike import check_alike
from fmbench.training.batches import Rows, Source, Window
from fmbench.training.priors import deviations, inverse_counts, priors

AT_ONCE = 1 << 16
"""Rows trained on in one call of compiled code; Ctrl-C is noticed between two calls."""


class Engine:
    """A model, its optimizer's state and training rows, resident as the kernels want them.

    Raises:
        Untraceable: The model is not a fixed graph over the shared tables.
        IdOutOfRange: An id is outside its field.
    """

    def __init__(self, model: nn.Module, train: Source, spec: TrainSpec, key: int) -> None:
        self.parts = take_apart(model)
        self.spec = spec
        self.key = np.uint64(key)
        weight = self.parts.tables[0].weight
        self.dtype: np.dtype[Any] = np.dtype(str(weight.dtype).removeprefix("torch."))
        traces = {size: trace(self.parts, train.head(size)) for size in _sizes(len(train), spec)}
        self.lr, self.adam = spec.lr, adam(spec, self.dtype)
        self.layout: Layout = lay_out(self.parts, next(iter(traces.values())))
        self.path = "native"
        self.traces: dict[int, Trace] = traces
        self.programs = self._programs(traces)
        self.rows: Rows | None = None
        if isinstance(train, Rows):
            self._hold(train)
        self.table = self._table(train)
        size, columns = max(self.programs), len(self.parts.tables[0].columns)
        self.batch = batch_of(size, columns, self.table.state.shape[2], self.dtype)
        self.steps = 0
        self._load()
        if self.path != "native":
            self._rehearse(train)

    def _programs(self, traces: dict[int, Trace]) -> dict[int, Program]:
        """Assemble a program for each batch size; if one cannot be, torch runs the graphs."""
        try:
            made = {
                size: assemble(self.parts, t, self.layout, size, self.dtype, native=True)
                for size, t in traces.items()
            }
        except Unsupported as reason:
            self.path = f"performed by torch: {reason}"
            made = {
                size: assemble(self.parts, t, self.layout, size, self.dtype, native=False)
                for size, t in traces.items()
            }
        self.memory = np.zeros(max(b.size for _, b in made.values()), self.dtype)
        self.scratch = np.zeros(max(b.scratch for _, b in made.values()), self.dtype)
        return {size: program for size, (program, _) in made.items()}

    def _rehearse(self, train: Source) -> None:
        """Perform a step of each size in memory that is thrown away.

        Some of what torch does while it records a gradient fails when repeated without one.
        """
        for size, noted in self.traces.items():
            memory = self.memory.copy()
            with undone(self.parts):
                Step(noted, self.programs[size], self.layout, self.parts, memory)(train.head(size))

    def _table(self, train: Source) -> Table:
        tables = self.parts.tables
        widths = [table.weight.shape[1] for table in tables]
        rows = len(tables[0].weight)
        state = np.zeros((rows, 3, sum(widths)), self.dtype)
        apart = deviations(self.parts.model, self.spec)
        prior = np.repeat(priors(self.parts.model, tables, self.spec), widths, axis=0)
        return Table(
            state=state,
            last=np.zeros(rows, np.int32),
            slot=np.zeros(rows, np.int32),
            share=inverse_counts(tables[0], train).numpy().astype(self.dtype),
            penalty=prior[:, 0].astype(self.dtype),
            rare=prior[:, 1].astype(self.dtype),
            deviations=np.flatnonzero(np.repeat([table in apart for table in tables], widths)),
            splits=np.cumsum([0, *widths]),
        )

    def one_pass(self, windows: Iterable[Window], lr: float) -> Tensor:
        """Take a step of size `lr` on every batch of each window; return the mean loss of each."""
        if lr != self.lr:  # between passes all rows are caught up, so that none spans two sizes
            self.lr, self.adam = lr, adam(replace(self.spec, lr=lr), self.dtype)
        losses = [self._over(window) for window in windows]
        self._store()
        return torch.from_numpy(np.concatenate(losses))

    def state(self) -> dict[str, Tensor]:
        """Return all that the next steps depend on."""
        return {
            "table": torch.from_numpy(self.table.state),
            "last": torch.from_numpy(self.table.last),
            "dense": torch.from_numpy(self.memory[: self.layout.size]),
            "steps": torch.tensor(self.steps),
            "random": torch.get_rng_state(),  # of dropout, where torch performs it
            **{f"buffer.{name}": buffer for name, buffer in self._whole_numbers()},
        }

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` returned.

        Raises:
            ValueError: It is of another model; then nothing has changed.
        """
        check_alike(self.state(), state)
        steps = int(state["steps"])
        if steps < 1 or not (state["last"] == steps).all():
            raise ValueError(f"after {steps} steps a table is in another state than this one")
        torch.Generator().set_state(state["random"])
        self.table.state[:] = state["table"].numpy()
        self.table.last[:] = state["last"].numpy()
        self.memory[: self.layout.size] = state["dense"].numpy()
        for name, buffer in self._whole_numbers():
            buffer.copy_(state[f"buffer.{name}"])
        self.steps = steps
        torch.set_rng_state(state["random"])

    def _hold(self, rows: Rows) -> None:
        """Make these the rows that the kernels read."""
        self.rows, self.data = rows, _resident(self.parts.tables[0], rows, self.dtype)

    def _over(self, window: Window) -> NDArray[np.floating[Any]]:
        """Take a step on every batch of a window; return the losses."""
        if self.rows is not window.rows:
            self._hold(window.rows)
        picks = window.order.numpy()
        losses = np.empty(-(-len(picks) // self.spec.batch_size), self.dtype)
        done = 0
        for size, chosen in _cut(picks, self.spec.batch_size):
            if size not in self.programs:
                continue  # one row has no batch statistics
            program = self.programs[size]
            part = losses[done : done + len(chosen) // size]
            if self.path == "native":
                train(
                    program, self.memory, self.scratch, self.table, self.data, self.batch,
                    chosen, self.steps, self.adam, self.key, part,
                )  # fmt: skip
                self.steps += len(part)
            else:
                self._performed(program, window.rows.ids, chosen, part)
            done += len(part)
        return losses[:done]

    def _performed(
        self,
        program: Program,
        ids: Tensor,
        picks: NDArray[np.int64],
        losses: NDArray[np.floating[Any]],
    ) -> None:
        """Take the same steps with torch performing what the machine cannot."""
        step = Step(self.traces[program.size], program, self.layout, self.parts, self.memory)
        for i in range(len(losses)):
            self.steps += 1
            chosen = picks[i * program.size : (i + 1) * program.size]
            used = begin(
                program, self.memory, self.table, self.data, self.batch,
                chosen, self.steps, self.adam,
            )  # fmt: skip
            losses[i] = step(ids[torch.from_numpy(chosen)])
            finish(
                program, self.memory, self.table, self.data, self.batch,
                used, self.steps, self.adam,
            )  # fmt: skip

    def _load(self) -> None:
        """Copy the model's weights to where the kernels work on them."""
        for table, left in zip(self.parts.tables, self.table.splits, strict=False):
            weight = table.weight.detach().numpy()
            self.table.state[:, 0, left : left + weight.shape[1]] = weight
        for place, tensor in self._places():
            place[:] = tensor.detach().reshape(-1).numpy()

    def _store(self) -> None:
        """Copy the weights, as they are after the last step, back to the model."""
        catch_up_all(self.table, self.steps, self.adam)
        with torch.no_grad():
            for table, left in zip(self.parts.tables, self.table.splits, strict=False):
                width = table.weight.shape[1]
                table.weight.copy_(torch.from_numpy(self.table.state[:, 0, left : left + width]))
            for place, tensor in self._places():
                tensor.copy_(torch.from_numpy(place).view(tensor.shape))
            for module in self.parts.model.modules():
                if isinstance(module, _NormBase) and module.num_batches_tracked is not None:
                    module.num_batches_tracked.fill_(self.steps)

    def _whole_numbers(self) -> Iterator[tuple[str, Tensor]]:
        """Return the buffers that stay with the model, where a performed step may change them."""
        yield from ((n, b) for n, b in self.parts.buffers.items() if n not in self.layout.buffers)

    def _places(self) -> Iterator[tuple[NDArray[np.floating[Any]], Tensor]]:
        """Return where in memory each parameter and running statistic stands."""
        named = {**self.parts.parameters, **self.parts.buffers}
        for name, value in {**self.layout.parameters, **self.layout.buffers}.items():
            yield self.memory[value.offset : value.offset + value.view.numel()], named[name]


def _sizes(rows: int, spec: TrainSpec) -> list[int]:
    """Return the sizes of the batches of an epoch."""
    whole, rest = divmod(rows, spec.batch_size)
    sizes = [spec.batch_size] if whole else []
    return [*sizes, rest] if rest > 1 else sizes


def _cut(picks: NDArray[np.int64], batch: int) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Cut an epoch into stretches of whole batches, and what is left at its end."""
    whole = len(picks) // batch * batch
    stretch = max(1, AT_ONCE // batch) * batch
    for start in range(0, whole, stretch):
        yield batch, picks[start : min(start + stretch, whole)]
    if whole < len(picks):
        yield len(picks) - whole, picks[whole:]


def _resident(table: FieldTable, rows: Rows, dtype: np.dtype[Any]) -> TableRows:
    """Turn ids into rows of the table, once."""
    return TableRows(
        ids=np.ascontiguousarray(table.rows(rows.ids).numpy(), dtype=np.int32),
        labels=rows.labels.numpy().astype(dtype),
        starts=np.array([0, *(own.stop for own in columns(table.fields))]),
        paddings=(table.columns + PADDING).numpy().astype(np.int32),
    )
