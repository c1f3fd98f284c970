"""Scores do not depend on the batch; timings are raw, and as many as were asked for."""

import copy

import numpy as np
import pytest
import torch
from few_rows import FIELDS, rows

from fmbench.harness import timing as score
from fmbench.harness.timing import predict_latency_ms, predict_samples_per_s
from fmbench.layers import CIN, MatrixPairs
from fmbench.models import MODELS, create_model
from fmbench.training.device import now
from fmbench.training.predict import predict


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("count", [101, 1000])
def test_a_score_does_not_depend_on_what_is_scored_beside_it(
    name: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the last bit, unless there are matrix products: these add up in the order of a batch.

    Two such sums are apart by what each is off the exact one: how far that is, float64 says.
    """
    torch.manual_seed(0)
    model = create_model(name, FIELDS)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    ids = rows(count).ids
    whole = predict(model, ids)
    assert whole.shape == (count,)
    assert whole.dtype == np.float64
    multiply = (torch.nn.Linear, MatrixPairs, CIN)
    has_products = any(isinstance(part, multiply) for part in model.modules())
    exact = predict(copy.deepcopy(model).double(), ids)
    error = np.abs(whole - exact).max()
    assert error < 1e-5 * np.abs(exact).max()
    limit = 4 * error if has_products else 0.0  # twice the error, of another row perhaps
    order = torch.randperm(count)
    assert np.abs(predict(model, ids[order]) - whole[order.numpy()]).max() <= limit
    for batch in (1, 2, 7, 64, count - 1, count, count + 1):
        monkeypatch.setattr(score, "BATCH", batch)
        assert np.abs(predict(model, ids) - whole).max() <= limit


def test_scoring_leaves_the_model_as_it_is() -> None:
    model = create_model("deepfm", FIELDS).train()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    ids = rows(50).ids
    first = predict(model, ids)
    predict_samples_per_s(model, ids)
    predict_latency_ms(model, ids)
    assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())
    assert (predict(model, ids) == first).all()


def test_speed_has_a_sample_a_pass_without_the_first() -> None:
    samples = predict_samples_per_s(create_model("lr", FIELDS), rows(9000).ids)
    assert len(samples) == score.PASSES
    assert all(sample > 0 for sample in samples)


@pytest.mark.parametrize("n", [1, 3, 1000])
def test_latency_has_a_sample_a_row_without_the_first_ones(
    n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    model = create_model("lr", FIELDS)
    model.register_forward_pre_hook(lambda _, args: sizes.append(len(args[0])))
    samples = predict_latency_ms(model, rows(n).ids)
    assert len(samples) == score.SINGLES
    assert sizes == [1] * (score.WARM_UP + score.SINGLES)
    assert all(sample > 0 for sample in samples)


def test_the_clock_waits_for_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    monkeypatch.setattr(torch.accelerator, "synchronize", calls.append)
    monkeypatch.setattr("fmbench.training.device.time.perf_counter", lambda: calls.append("read"))
    for device in ("cuda:1", "mps", "cpu"):
        now(torch.device(device))
    assert calls == [torch.device("cuda:1"), "read", torch.device("mps"), "read", "read"]
