"""Mixers: fields as a few tokens that exchange parts, each with a network of its own."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fmbench.layers.check import check_width


class Tokens(nn.Module):
    """The flat vectors of all fields, cut into parts, each with a linear map to a token.

    Parts are as long as one another, or differ by one.

    **Shape**: `(batch, inputs)` to `(batch, tokens, token_dim)`.

    Raises:
        ValueError: There are more tokens than inputs.
    """

    def __init__(self, inputs: int, tokens: int, token_dim: int) -> None:
        check_width("tokens", tokens)
        check_width("token_dim", token_dim)
        if tokens > inputs:
            raise ValueError(f"tokens is {tokens}; expected at most the {inputs} inputs")
        super().__init__()
        ends = [inputs * token // tokens for token in range(tokens + 1)]
        self.sizes = [end - start for start, end in pairwise(ends)]
        self.maps = nn.ModuleList(nn.Linear(size, token_dim) for size in self.sizes)
        for part, size in zip(self.maps, self.sizes, strict=True):
            nn.init.normal_(part.get_parameter("weight"), std=size**-0.5)
            nn.init.zeros_(part.get_parameter("bias"))

    def forward(self, x: Tensor) -> Tensor:
        parts = zip(self.maps, x.split(self.sizes, 1), strict=True)
        return torch.stack([turn(part) for turn, part in parts], 1)


def mix(tokens: Tensor) -> Tensor:
    """Cut every token in as many parts as there are tokens; token h is part h of all of them.

    That is its own inverse: `(batch, tokens, dim)` to the same.
    """
    parts = tokens.unflatten(2, (tokens.shape[1], -1))
    mixed: Tensor = parts.transpose(1, 2).flatten(2)
    return mixed


class TokenNetwork(nn.Module):
    """A network W2 gelu(W1 x + b1) + b2 for each token, none shared (Zhu et al., 2025).

    **Shape**: `(batch, tokens, dim)` to `(batch, tokens, dim)`.
    """

    def __init__(self, tokens: int, dim: int, expansion: int) -> None:
        check_width("expansion", expansion)
        super().__init__()
        units = expansion * dim
        self.first = nn.Parameter(torch.randn(tokens, dim, units) * (2 / dim) ** 0.5)
        self.first_bias = nn.Parameter(torch.zeros(tokens, 1, units))
        self.second = nn.Parameter(torch.randn(tokens, units, dim) * units**-0.5)
        self.second_bias = nn.Parameter(torch.zeros(tokens, 1, dim))

    def forward(self, tokens: Tensor) -> Tensor:
        hidden = F.gelu(torch.bmm(tokens.transpose(0, 1), self.first) + self.first_bias)
        return (torch.bmm(hidden, self.second) + self.second_bias).transpose(0, 1)


class MixerLayer(nn.Module):
    """A layer that takes X to LN(network(S) + S) with S = LN(mix(X) + X) (Zhu et al., 2025).

    **Shape**: `(batch, tokens, dim)` to `(batch, tokens, dim)`.

    Raises:
        ValueError: A token cannot be cut in as many equal parts as there are tokens.
    """

    def __init__(self, tokens: int, dim: int, expansion: int) -> None:
        if dim % tokens:
            raise ValueError(f"token_dim is {dim}; expected a multiple of the {tokens} tokens")
        super().__init__()
        self.network = TokenNetwork(tokens, dim, expansion)
        self.mixed, self.out = nn.LayerNorm(dim), nn.LayerNorm(dim)

    def forward(self, tokens: Tensor) -> Tensor:
        mixed = self.mixed(mix(tokens) + tokens)
        out: Tensor = self.out(self.network(mixed) + mixed)
        return out
