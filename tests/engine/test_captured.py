"""The captured step against the plain loop, on a GPU and on the CPU."""

import copy

import pytest
import torch
from torch import Tensor, nn

from fmbench import data
from fmbench.engine import Untraceable, captured, check_fixed
from fmbench.engine.captured import Captured
from fmbench.harness import Setting, resolve, run
from fmbench.layers import FieldLinear, IdOutOfRange
from fmbench.spec import RunSpec, TrainSpec
from fmbench.training.batches import Rows, Window
from fmbench.training.plain import Plain

from .test_engine import BATCH, FIELDS, NATIVE, SPECS, STEPS, build, distance, rows

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


class Counts(nn.Module):
    """Its step changes from batch to batch."""

    def __init__(self) -> None:
        super().__init__()
        self.linear, self.seen = FieldLinear(FIELDS), 0

    def forward(self, ids: Tensor) -> Tensor:
        self.seen += 1
        logits: Tensor = self.linear(ids) * self.seen
        return logits


class Looks(Counts):
    """It asks what the batch holds."""

    def forward(self, ids: Tensor) -> Tensor:
        logits: Tensor = self.linear(ids)
        return logits if ids.sum() > 0 else -logits


@pytest.mark.parametrize("name", NATIVE)
def test_every_native_model_takes_the_same_step_on_every_batch(name: str) -> None:
    check_fixed(build(name, torch.float32, dropout=0.2), rows(torch.float32, 64).ids)


@pytest.mark.parametrize("model", [Counts, Looks])
def test_a_step_that_changes_is_not_captured(model: type[nn.Module]) -> None:
    data = rows(torch.float32, 64)
    with pytest.raises(Untraceable):
        captured.trainer(model(), data, TrainSpec(batch_size=BATCH))


def on_gpu(data: Rows) -> Rows:
    return Rows(data.ids.cuda(), data.labels.cuda())


def passes(trainer: Plain, data: Rows, count: int) -> Tensor:
    draw = torch.Generator().manual_seed(1)
    windows = [[Window(data, torch.randperm(len(data), generator=draw))] for _ in range(count)]
    return torch.cat([trainer.one_pass(w, 1e-3 / i) for i, w in enumerate(windows, 1)]).cpu()


@needs_gpu
@pytest.mark.parametrize("kind", SPECS)
@pytest.mark.parametrize("name", NATIVE)
def test_a_captured_step_trains_as_the_plain_loop_does(name: str, kind: str) -> None:
    """In float64, where what is left of a difference is no rounding; two passes, two step sizes."""
    data, model = rows(torch.float64), build(name, torch.float64)
    there, gpu = copy.deepcopy(model).cuda(), on_gpu(data)
    other = copy.deepcopy(there)
    trainer = captured.trainer(there, gpu, SPECS[kind])
    quick = passes(trainer, gpu, 2)
    plain = passes(Plain(other, gpu, SPECS[kind]), gpu, 2)
    on_cpu = passes(Plain(model, data, SPECS[kind]), data, 2)
    assert len(quick) == 2 * STEPS
    for reference, losses in ((other, plain), (model.cuda(), on_cpu)):
        assert distance(reference, there) < 1e-10
        torch.testing.assert_close(quick, losses, rtol=1e-10, atol=1e-10)


@needs_gpu
def test_a_captured_training_goes_on_where_it_was_saved() -> None:
    data, spec = on_gpu(rows(torch.float32)), SPECS["adam"]
    models = [build("deepfm", torch.float32, dropout=0.2).cuda() for _ in range(2)]
    first, second = (Captured(model, data, spec) for model in models)
    torch.manual_seed(3)
    passes(first, data, 1)
    passes(second, data, 1)  # its graph is of tensors that restoring replaces
    second.restore({name: tensor.cpu().clone() for name, tensor in first.state().items()})
    assert distance(*models) == 0
    for model, trainer in zip(models, (first, second), strict=True):
        torch.cuda.manual_seed(4)
        model.losses = passes(trainer, data, 1)
    torch.testing.assert_close(models[0].losses, models[1].losses, rtol=1e-2, atol=1e-2)


@needs_gpu
def test_dropout_is_drawn_anew_in_every_replay() -> None:
    data = on_gpu(rows(torch.float32, 40 * BATCH))
    same = Rows(data.ids[:BATCH].repeat(40, 1), data.labels[:BATCH].repeat(40))
    trainer = Captured(build("dnn", torch.float32, dropout=0.5).cuda(), same, SPECS["adam"])
    losses = trainer.one_pass([Window(same, torch.arange(len(same)))], 0.0)
    assert len(losses[5:].unique()) == len(losses[5:])


@needs_gpu
def test_an_id_outside_its_field_is_refused_before_a_capture() -> None:
    data = on_gpu(rows(torch.float32, 64))
    data.ids[3, 0] = FIELDS[0].cardinality
    with pytest.raises(IdOutOfRange, match="'user'"):
        Captured(build("lr", torch.float32).cuda(), data, SPECS["adam"])


@needs_gpu
@pytest.mark.parametrize("name", ["lr", "fm"])
def test_a_run_on_a_gpu_is_the_run_on_the_cpu(name: str) -> None:
    """Models without dropout: whose randomness is another one there."""
    where = data.Where()
    train = TrainSpec(max_epochs=3, batch_size=128)
    spec = RunSpec(name=name, model=name, dataset="kmrd-synth", train=train)
    spec = resolve(spec, where)
    there, here = (run(spec, Setting(where, device=device)) for device in ("cuda", "cpu"))
    assert (there.status, here.status) == ("ok", "ok"), (there.reason, here.reason)
    assert there.environment["engine"] == "captured"
    for metric in ("auc", "logloss"):
        assert there.metrics["test"][metric] == pytest.approx(
            here.metrics["test"][metric], abs=1e-4
        )
