"""The plain loop: ordinary PyTorch, the reference that every faster path is held against."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fmbench.harness.rows import Rows
from fmbench.harness.shrinkage import Shrinkage
from fmbench.spec import TrainSpec


class Plain:
    """A model, its optimizer and the training rows."""

    path = "plain"

    def __init__(self, model: nn.Module, train: Rows, spec: TrainSpec) -> None:
        kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[spec.optimizer]
        self.optimizer: torch.optim.Optimizer = kind(
            model.parameters(), lr=spec.lr, weight_decay=spec.weight_decay, fused=True
        )
        self.shrinkage = Shrinkage(model, train.ids, spec)
        self.model, self.train, self.batch_size = model, train, spec.batch_size

    def one_pass(self, order: Tensor) -> Tensor:
        """Take a step on every batch of the rows in this order; return the mean loss of each."""
        self.model.train()
        losses = []
        for batch in order.to(self.train.ids.device).split(self.batch_size):
            if len(batch) == 1 < self.batch_size:
                continue  # batch statistics of a single row are no statistics; its turn comes later
            ids = self.train.ids[batch]
            loss = F.binary_cross_entropy_with_logits(self.model(ids), self.train.labels[batch])
            self.optimizer.zero_grad()
            (loss + self.shrinkage(ids)).backward()
            self.optimizer.step()
            losses.append(loss.detach())
        return torch.stack(losses)
