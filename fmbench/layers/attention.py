"""Attention: fields, or pairs of them, that weigh one another."""

import torch
from torch import Tensor, nn

from fmbench.layers.check import check_width


class PairAttention(nn.Module):
    """A weighted sum of vectors whose weights a small network finds (Xiao et al., 2017).

    ``sum_p a_p x_p`` with ``a = softmax_p(hᵀ relu(W x_p + b))``.

    **Shape**: `(batch, pairs, dim)` to `(batch, dim)`.
    """

    def __init__(self, dim: int, attention_dim: int) -> None:
        check_width("attention_dim", attention_dim)
        super().__init__()
        self.hidden = nn.Linear(dim, attention_dim)
        nn.init.kaiming_normal_(self.hidden.weight, nonlinearity="relu")
        nn.init.zeros_(self.hidden.bias)
        self.score = nn.Linear(attention_dim, 1, bias=False)
        nn.init.normal_(self.score.weight, std=attention_dim**-0.5)

    def forward(self, vectors: Tensor) -> Tensor:
        shares = torch.softmax(self.score(torch.relu(self.hidden(vectors))), 1)
        pooled: Tensor = (shares * vectors).sum(1)
        return pooled


class FieldAttention(nn.Module):
    """One layer in which every field attends to all, in several heads (Song et al., 2019).

    ``relu(concat_h softmax(q kᵀ) v + W_res x)``: scores are not scaled, as in the paper, unless
    `scaled`, which divides them by sqrt(head_dim) (Vaswani et al., 2017). Weights start as LeCun et
    al. (1998) have it.

    **Shape**: `(batch, fields, dim)` to `(batch, fields, heads * head_dim)`.
    """

    def __init__(self, dim: int, heads: int, head_dim: int, *, scaled: bool = False) -> None:
        check_width("heads", heads)
        check_width("head_dim", head_dim)
        super().__init__()
        self.heads = (heads, head_dim)
        self.scaled = scaled
        width = heads * head_dim
        self.query, self.key, self.value, self.residual = (
            nn.Linear(dim, width, bias=False) for _ in range(4)
        )
        for part in self.children():
            nn.init.normal_(part.get_parameter("weight"), std=dim**-0.5)

    def forward(self, vectors: Tensor) -> Tensor:
        query, key, value = (
            part(vectors).unflatten(2, self.heads).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        if self.scaled:
            query = query * self.heads[1] ** -0.5
        shares = self.shares(query, key, vectors)
        attended = (shares @ value).transpose(1, 2).flatten(2)
        return torch.relu(attended + self.residual(vectors))

    def shares(self, query: Tensor, key: Tensor, vectors: Tensor) -> Tensor:
        """Return how much each field takes of each other, `(batch, heads, fields, fields)`.

        Queries and keys are `(batch, heads, fields, head_dim)`.
        """
        return torch.softmax(query @ key.transpose(2, 3), 3)


class DisentangledAttention(FieldAttention):
    """Attention that tells what a pair of fields weighs from what a field does (Xu et al., 2021).

    ``softmax((q - mean q)(k - mean k)ᵀ) + softmax(u)``: means are over the fields, and a field's u
    is the same for all that attend to it.
    """

    def __init__(self, dim: int, heads: int, head_dim: int) -> None:
        super().__init__(dim, heads, head_dim)
        self.unary = nn.Linear(dim, heads, bias=False)
        nn.init.normal_(self.unary.weight, std=dim**-0.5)

    def shares(self, query: Tensor, key: Tensor, vectors: Tensor) -> Tensor:
        """Return how much each field takes of each other; the shares of a field sum up to two."""
        query, key = (part - part.mean(2, keepdim=True) for part in (query, key))
        alone = torch.softmax(self.unary(vectors), 1).transpose(1, 2).unsqueeze(2)
        return super().shares(query, key, vectors) + alone
