"""The plain loop: ordinary PyTorch, the reference that every faster path is held against."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fmbench.harness.rows import Source, Window
from fmbench.harness.shrinkage import Shrinkage
from fmbench.spec import TrainSpec


class Plain:
    """A model and its optimizer."""

    path = "plain"

    def __init__(self, model: nn.Module, train: Source, spec: TrainSpec) -> None:
        kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[spec.optimizer]
        self.optimizer: torch.optim.Optimizer = kind(
            model.parameters(), lr=spec.lr, weight_decay=spec.weight_decay, fused=True
        )
        self.shrinkage = Shrinkage(model, train, spec)
        self.model, self.batch_size = model, spec.batch_size

    def one_pass(self, windows: Iterable[Window]) -> Tensor:
        """Take a step on every batch of each window in turn; return the mean loss of each."""
        self.model.train()
        losses = []
        for rows, order in windows:
            for batch in order.to(rows.device).split(self.batch_size):
                if len(batch) == 1 < self.batch_size:
                    continue  # batch statistics of one row are no statistics; its turn comes later
                ids = rows.ids[batch]
                loss = F.binary_cross_entropy_with_logits(self.model(ids), rows.labels[batch])
                self.optimizer.zero_grad()
                (loss + self.shrinkage(ids)).backward()
                self.optimizer.step()
                losses.append(loss.detach())
        return torch.stack(losses)
