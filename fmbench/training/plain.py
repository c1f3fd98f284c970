"""The plain loop: ordinary PyTorch, the reference that every faster path is held against."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import torch
from torch import Tensor, nn

from fmbench.spec import TrainSpec
from fmbench.training.alike import check_alike
from fmbench.training.batches import Source, Window
from fmbench.training.loss import losses
from fmbench.training.priors import Shrinkage


class Plain:
    """A model and its optimizer."""

    path = "plain"

    def __init__(self, model: nn.Module, train: Source, spec: TrainSpec) -> None:
        kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[spec.optimizer]
        fused = all(p.is_floating_point() for p in model.parameters())  # no fused kernel is complex
        self.optimizer: torch.optim.Optimizer = kind(
            model.parameters(), lr=spec.lr, weight_decay=spec.weight_decay, fused=fused
        )
        self.shrinkage = Shrinkage(model, train, spec)
        self.model, self.batch_size, self.device = model, spec.batch_size, train.device

    def one_pass(self, windows: Iterable[Window], lr: float) -> Tensor:
        """Take a step of size `lr` on every batch of each window; return the mean loss of each."""
        self.model.train()
        self.set_rate(lr)
        losses = []
        for rows, order in windows:
            batches = order.to(rows.device).split(self.batch_size)
            if len(batches[-1]) == 1 < self.batch_size:
                batches = batches[:-1]  # one row has no batch statistics; its turn comes
            # One tensor for all: thousands of small ones would keep freed memory from being reused.
            noted = rows.labels.new_empty(len(batches))
            for i, batch in enumerate(batches):
                noted[i] = self.step(rows.ids[batch], rows.labels[batch])
            losses.append(noted)
        return torch.cat(losses)

    def set_rate(self, lr: float) -> None:
        """Take steps of this size from here on."""
        for group in self.optimizer.param_groups:
            group["lr"] = lr

    def step(self, ids: Tensor, labels: Tensor) -> Tensor:
        """Take a step on a batch, `(batch, columns)` and `(batch,)`; return its score's loss."""
        mean, total = losses(self.model(ids), labels)
        self.optimizer.zero_grad()
        (total + self.shrinkage(ids)).backward()
        self.optimizer.step()
        return mean.detach()

    def state(self) -> dict[str, Tensor]:
        """Return all that the next steps depend on."""
        state = {f"model.{name}": tensor for name, tensor in self._named()}
        for index, of in self.optimizer.state_dict()["state"].items():
            state |= {f"optimizer.{index}.{name}": tensor for name, tensor in of.items()}
        state["random.cpu"] = torch.get_rng_state()
        if self.device.type == "cuda":
            state["random.cuda"] = torch.cuda.get_rng_state(self.device)
        return state

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` returned.

        Raises:
            KeyError, RuntimeError, TypeError, ValueError: It is of another model; then nothing has
                changed.
        """
        weights, moments = {}, defaultdict[int, dict[str, Tensor]](dict)
        for name, tensor in state.items():
            kind, _, rest = name.partition(".")
            if kind == "model":
                weights[rest] = tensor
            elif kind == "optimizer":
                place, _, of = rest.partition(".")
                moments[int(place)][of] = tensor
        check_alike(dict(self._named()), weights)
        parameters = dict(enumerate(self.model.parameters()))
        for index, of_one in moments.items():
            like = parameters[index]
            wanted = {"step": torch.tensor(0.0), "exp_avg": like, "exp_avg_sq": like}
            check_alike(wanted, of_one)
        torch.Generator().set_state(state["random.cpu"])
        with torch.no_grad():
            for name, tensor in self._named():
                tensor.copy_(weights[name])
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": dict(moments), "param_groups": groups})
        torch.set_rng_state(state["random.cpu"])
        if self.device.type == "cuda":
            torch.cuda.set_rng_state(state["random.cuda"], self.device)

    def _named(self) -> Iterator[tuple[str, Tensor]]:
        """Return all parameters and buffers, each once, those outside of `state_dict` too."""
        yield from self.model.named_parameters()
        yield from self.model.named_buffers()
