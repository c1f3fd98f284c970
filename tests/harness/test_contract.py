"""Every registered model keeps the contract, and each way to break it is named."""

import pytest
import torch
from torch import Tensor, nn

from fmbench.harness import check_model
from fmbench.layers import FieldEmbedding
from fmbench.models import MODELS, register_model


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MODELS, "_entries", dict(MODELS._entries))


def failures(name: str) -> dict[str, str]:
    return {check.name: check.failure for check in check_model(name) if check.failure}


@pytest.mark.parametrize("name", list(MODELS))
def test_every_registered_model_keeps_the_contract(name: str) -> None:
    assert failures(name) == {}


class Sound(nn.Module):
    """What the broken ones below would be if each were not broken in one way."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__()
        self.embedding = FieldEmbedding(fields, embed_dim)

    def forward(self, ids: Tensor) -> Tensor:
        return self.embedding(ids).sum((1, 2))


class Shaped(Sound):
    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids)[:, None]


class Infinite(Sound):
    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids) / 0


class Idle(Sound):
    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.unused = nn.Parameter(torch.zeros(3))


class Gossiping(Sound):
    def forward(self, ids: Tensor) -> Tensor:
        logits = super().forward(ids)
        return logits - logits.mean()


class Forgetful(Sound):
    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.secret = torch.randn(())

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids) + self.secret


class Boundless(nn.Module):
    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__()
        self.embedding = nn.Embedding(1000, embed_dim)

    def forward(self, ids: Tensor) -> Tensor:
        return self.embedding(ids).sum((1, 2))


class Constant(Sound):
    def forward(self, ids: Tensor) -> Tensor:
        return 0 * super().forward(ids)


class Unwritable(Sound):
    def __init__(self, fields, *, embed_dim: complex = 4j) -> None:
        super().__init__(fields, embed_dim=4)


@pytest.mark.parametrize(
    ("model", "broken", "why"),
    [
        (Sound, None, ""),
        (Shaped, "logits", "64 rows give torch.float32 of shape (64, 1)"),
        (Infinite, "logits", "not finite"),
        (Idle, "gradients", "without one: unused"),
        (Gossiping, "rows", "when rows come alone"),
        (Forgetful, "state", "another's weights"),
        (Boundless, "bounds", "another field's row"),
        (Constant, "learns", "only"),
        (Unwritable, "arguments", "complex"),
    ],
)
def test_a_broken_promise_is_named(model: type[nn.Module], broken: str | None, why: str) -> None:
    register_model("broken", paper="none", year=2026)(model)
    found = failures("broken")
    assert (broken in found) if broken else found == {}
    assert why in found.get(broken or "", "")
