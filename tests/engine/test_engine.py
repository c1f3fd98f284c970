"""The engine against the plain loop: the same training to within rounding."""

import copy
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fmbench import engine, machine_code
from fmbench.engine.engine import Engine
from fmbench.engine.kernels.adam import STEADY
from fmbench.fields import Field
from fmbench.layers import (
    MLP,
    FieldDeviation,
    FieldEmbedding,
    FieldLinear,
    FieldTable,
    GaussianLogit,
    IdOutOfRange,
)
from fmbench.models import CORE, MODELS, create_model, is_by_gradient
from fmbench.spec import TrainSpec
from fmbench.training.batches import Rows, Window
from fmbench.training.plain import Plain

FIELDS = [
    Field("user", 400, role="user"),
    Field("genres", 12, width=3),
    Field("movie", 60, role="item"),
]
STEPS, BATCH = 300, 32
FEW = 20
"""Steps of a test that is made for every model."""
every_model = pytest.mark.parametrize("name", list(filter(is_by_gradient, MODELS)))

LADDER = (*CORE, "vfm")
"""Models that are trained in all ways, for hundreds of steps; the others in one, for a few."""
ladder = pytest.mark.parametrize("name", LADDER)

NATIVE = (
    *("lr", "mlr", "fm", "vfm", "hofm", "ffm", "fwfm", "fmfm", "fefm", "afm"),
    *("dnn", "fnn", "nfm", "ncf", "ipnn", "opnn", "pnn_star", "afn"),
    *("wide_deep", "deepfm", "dcn", "dcn_v2", "xdeepfm", "autoint"),
    "afn_plus",
    "autoint_plus",
    "dcn_mix",
    "deep_crossing",
    "deepfefm",
    "deepim",
    "destine",
    "difm",
    "dlrm",
    "edcn",
    "eulernet",
    "fgcnn",
    "fibinet",
    "finalmlp",
    "finalnet",
    "flen",
    "fm_dnn",
    "fnfm",
    "gdcn",
    "hfm",
    "ifm",
    "kpnn",
    "lorentzfm",
    "masknet",
    "masknet_serial",
    "onn",
    "rankmixer",
    "wukong",
)
"""Models whose every operation the engine has an instruction for. One that is not among them may
be trained by torch or by the plain loop: it is slower then, and no failure."""


def rows(
    dtype: torch.dtype, count: int = STEPS * BATCH - 7, fields: Sequence[Field] = FIELDS
) -> Rows:
    """Draw rows whose labels follow from their ids, so that gradients stay well above rounding."""
    draw = torch.Generator().manual_seed(0)
    columns, score = [], torch.zeros(count)
    for field in fields:
        for column in range(field.width):
            # Some ids are frequent and some are read once in hundreds of steps.
            skewed = torch.rand(count, generator=draw) ** 3 * field.cardinality
            ids = skewed.long() if column else skewed.long().clamp(min=1)
            score += torch.randn(field.cardinality, generator=draw)[ids]
            columns.append(ids)
    labels = torch.rand(count, generator=draw) < torch.sigmoid(score)
    return Rows(torch.stack(columns, 1), labels.to(dtype))


def build(name: str, dtype: torch.dtype, dropout: float = 0.0) -> nn.Module:
    """Build a model far enough from zero that no gradient is mere rounding.

    Adam divides a gradient by its own size: where the plain loop's gradient is rounding, its steps
    are noise of full size, and no two correct programs agree.
    """
    torch.manual_seed(0)
    args = {"dropout": dropout, "mlp_dims": (16, 16), "batch_norm": True}
    known = MODELS.resolve(name, {})
    model = create_model(name, FIELDS, **{k: v for k, v in args.items() if k in known}).to(dtype)
    torch.manual_seed(2)  # whatever the model has drawn for its own start
    with torch.no_grad():
        for part in model.modules():
            if isinstance(part, (FieldTable, nn.Linear)):
                part.weight.normal_(std=0.3)
            if isinstance(part, FieldDeviation):
                part.weight.abs_().add_(0.1)  # their penalty's slope is one over them
            if isinstance(part, GaussianLogit):
                part.signs = torch.ones_like  # the two paths toss different coins
    return model


def look_at_path(name: str, trainer: Engine) -> None:
    """Hold a model of the list to its path."""
    assert trainer.path == "native" or name not in NATIVE


def skip_what_is_not_taken(name: str) -> None:
    """Skip a model that the engine leaves to the plain loop, unless it is on the list."""
    if name not in NATIVE:
        try:
            Engine(build(name, torch.float32), rows(torch.float32, 64), SPECS["adam"], key=0)
        except engine.Untraceable as reason:
            pytest.skip(str(reason))


def both(
    model: nn.Module, twin: nn.Module, data: Rows, spec: TrainSpec, passes: int = 1
) -> tuple[Tensor, Tensor, Engine]:
    """Train twins by the plain loop and by the engine; return the losses."""
    plain, fast = Plain(model, data, spec), Engine(twin, data, spec, key=1)
    draw = torch.Generator().manual_seed(1)
    orders = [torch.randperm(len(data), generator=draw) for _ in range(passes)]
    rates = [spec.lr * spec.lr_decay**i for i in range(passes)]
    return (
        torch.cat(
            [plain.one_pass([Window(data, o)], r) for o, r in zip(orders, rates, strict=True)]
        ),
        torch.cat(
            [fast.one_pass([Window(data, o)], r) for o, r in zip(orders, rates, strict=True)]
        ),
        fast,
    )


def distance(model: nn.Module, twin: nn.Module) -> float:
    """Return the largest difference of two models' tensors, relative to the tensor's largest."""
    theirs = twin.state_dict()
    return max(
        ((mine - theirs[name]).abs().max() / mine.abs().max().clamp(min=1e-12)).item()
        for name, mine in model.state_dict().items()
    )


SPECS = {
    "adam": TrainSpec(lr=1e-3, batch_size=BATCH, l2_linear=0.5, l2_embedding=10.0),
    "adam without penalty": TrainSpec(lr=1e-3, batch_size=BATCH, l2_linear=0, l2_embedding=0),
    "adam with coupled decay": TrainSpec(lr=1e-3, batch_size=BATCH, weight_decay=1e-3),
    "adamw": TrainSpec(lr=1e-3, batch_size=BATCH, weight_decay=0.1, optimizer="adamw"),
}


@every_model
def test_every_model_takes_the_steps_of_the_plain_loop(name: str) -> None:
    dtype = torch.float64
    skip_what_is_not_taken(name)
    data, model, twin = rows(dtype, FEW * BATCH - 7), build(name, dtype), build(name, dtype)
    plain, fast, trainer = both(model, twin, data, SPECS["adam"])
    look_at_path(name, trainer)
    assert len(plain) == len(fast) == FEW
    # Not all of the state: of a bias before two BatchNorms the gradient is mere rounding.
    ours, theirs = (
        nn.ModuleList(part for part in each.modules() if isinstance(part, FieldTable))
        for each in (model, twin)
    )
    assert distance(ours, theirs) < 1e-10
    torch.testing.assert_close(fast, plain, rtol=1e-10, atol=1e-10)


@ladder
@pytest.mark.parametrize("kind", SPECS)
def test_the_engine_trains_as_the_plain_loop_does(name: str, kind: str) -> None:
    """In float64, where 300 steps leave what differs within rounding."""
    dtype = torch.float64
    skip_what_is_not_taken(name)
    data, model, twin = rows(dtype), build(name, dtype), build(name, dtype)
    plain, fast, trainer = both(model, twin, data, SPECS[kind])
    look_at_path(name, trainer)
    assert len(plain) == len(fast) == STEPS
    assert distance(model, twin) < 1e-10
    torch.testing.assert_close(fast, plain, rtol=1e-10, atol=1e-10)


STRETCH = 20
"""Steps from one common state to the next."""
ROUNDING = STRETCH * torch.finfo(torch.float32).eps
"""What rounding may leave of a difference after a stretch: the precision of float32 once a step."""
EDGES = 2
"""Stretches of all that may part, since right programs do where the input of a ReLU is zero to
within rounding: that is one stretch in 250, so three of 15 are in one run of 30,000."""


def held(loop: Plain, like: Engine) -> tuple[Tensor, Tensor]:
    """Return the state of a plain loop as an engine holds it: the table, and what is dense."""

    def learnt(parameter: nn.Parameter) -> Tensor:
        moments = loop.optimizer.state[parameter]
        return torch.stack([parameter.detach(), moments["exp_avg"], moments["exp_avg_sq"]])

    model, layout = loop.model, like.layout
    tables = [learnt(part.weight) for part in model.modules() if isinstance(part, FieldTable)]
    dense = [learnt(model.get_parameter(name)).view(3, -1) for name in layout.parameters]
    buffers = [model.get_buffer(name).flatten() for name in layout.buffers]
    gradients = torch.zeros(layout.count)
    return (
        torch.cat(tables, 2).transpose(0, 1),
        torch.cat([torch.cat(dense, 1).flatten(), gradients, *buffers]),
    )


def by_kind(table: Tensor, dense: Tensor, count: int) -> list[Tensor]:
    """Sort a state's numbers: weights, first moments, second moments, statistics.

    Not by tensor: a lone bias has a gradient that passes through zero, where all of it is rounding.
    """
    kinds = [
        torch.cat([table[:, kind].flatten(), dense[kind * count : (kind + 1) * count]])
        for kind in range(3)
    ]
    return [*kinds, dense[4 * count :]]


def partings(fast: Engine, model: nn.Module, data: Rows, stretch: int = STRETCH) -> list[float]:
    """Return how far a float32 engine is from the float64 loop after each stretch.

    Both take the same few steps from the state that the loop has come to: over hundreds of steps
    a difference of one rounding can grow into any. A distance is relative to the largest number of
    its kind.

    Args:
        fast: An engine at its start.
        model: What the loop trains: the engine's model in float64.
        data: The engine's rows.
        stretch: Steps from one common state to the next.
    """
    exact = Rows(data.ids, data.labels.double())
    plain, count, found = Plain(model, exact, fast.spec), fast.layout.count, []
    order = torch.randperm(len(data), generator=torch.Generator().manual_seed(1))
    for picks in order.split(stretch * fast.spec.batch_size):
        if fast.steps:
            table, dense = (part.to(torch.float32) for part in held(plain, fast))
            fast.restore(fast.state() | {"table": table, "dense": dense})
        losses = plain.one_pass([Window(exact, picks)], fast.spec.lr)
        ours = fast.one_pass([Window(data, picks)], fast.spec.lr)
        state = fast.state()
        pairs = zip(
            [ours, *by_kind(state["table"], state["dense"], count)],
            [losses, *by_kind(*held(plain, fast), count)],
            strict=True,
        )
        found.append(
            max(
                ((mine - theirs).abs().max() / theirs.abs().max()).item()
                for mine, theirs in pairs
                if len(mine)
            )
        )
    return found


def parted(distances: Sequence[float]) -> int:
    """Count the stretches at whose end more than rounding is between two programs."""
    return sum(not distance <= ROUNDING for distance in distances)


@ladder
@pytest.mark.parametrize("kind", SPECS)
def test_in_float32_the_engine_takes_the_steps_of_the_float64_loop(name: str, kind: str) -> None:
    skip_what_is_not_taken(name)
    data, model = rows(torch.float32), build(name, torch.float32)
    exact, fast = copy.deepcopy(model).double(), engine_of(model, data, SPECS[kind])
    look_at_path(name, fast)
    distances = partings(fast, exact, data)
    assert len(distances) == STEPS // STRETCH
    assert parted(distances) <= EDGES, distances


def with_adam(**changed: object) -> Callable[[Engine], None]:
    """Return what gives an engine other constants of Adam."""

    def change(fast: Engine) -> None:
        fast.adam = fast.adam._replace(**changed)

    return change


def one_step_late(fast: Engine) -> None:
    """Correct the bias of step t as that of the step before it."""
    fast.adam = fast.adam._replace(powers=fast.adam.powers[[0, *range(STEADY)]])


def without_slope(fast: Engine) -> None:
    """Leave out what the prior asks of deviations."""
    fast.table = fast.table._replace(deviations=fast.table.deviations[:0])


WRONG = {
    "bias correction one step late": ("adam", one_step_late),
    "no penalty": ("adam", lambda fast: fast.table.penalty.fill(0)),
    "a penalty twice what it is": ("adam", lambda fast: fast.table.penalty.__imul__(2)),
    "no slope of deviations": ("adam", without_slope),
    "no coupled decay": ("adam with coupled decay", with_adam(decay=0.0)),
    "no decoupled decay": ("adamw", with_adam(rho=1.0)),
    "rows that no batch reads stay": ("adamw", with_adam(smooth=STEPS, forgotten=0)),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_engine_is_told_from_a_right_one_in_every_stretch(fault: str) -> None:
    kind, plant = WRONG[fault]
    data, model = rows(torch.float32, 6 * STRETCH * BATCH), build("vfm", torch.float32)
    exact, fast = copy.deepcopy(model).double(), engine_of(model, data, SPECS[kind])
    plant(fast)
    assert parted(partings(fast, exact, data)) == 6


def engine_of(model: nn.Module, data: Rows, spec: TrainSpec, key: int = 1) -> Engine:
    return Engine(model, data, spec, key)


@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
def test_a_row_left_alone_for_long_is_where_dense_adam_has_it(optimizer: str) -> None:
    """Past the first steps, long gaps are leapt over, not walked; here they are thousands long."""
    fields, count, dtype = [Field("user", 3000)], 40_000, torch.float64
    draw = torch.Generator().manual_seed(0)
    ids = torch.randint(2, 3000, (count, 1), generator=draw)
    data = Rows(ids, (torch.rand(count, generator=draw) < 0.5).to(dtype))
    spec = TrainSpec(lr=1e-3, batch_size=8, weight_decay=0.01, optimizer=optimizer)
    if optimizer == "adam":
        spec = TrainSpec(lr=1e-3, batch_size=8)
    model, twin = (create_model("lr", fields).to(dtype) for _ in range(2))
    plain, fast, _ = both(model, twin, data, spec)
    assert distance(model, twin) < 1e-10
    torch.testing.assert_close(fast, plain, rtol=1e-10, atol=1e-10)


@ladder
def test_dropout_drops_the_share_that_it_says_and_differs_by_seed(name: str) -> None:
    skip_what_is_not_taken(name)
    data, spec = rows(torch.float32), SPECS["adam"]
    order = torch.arange(len(data))
    twins = [build(name, torch.float32, dropout=0.5) for _ in range(3)]
    losses = [
        engine_of(twin, data, spec, key).one_pass([Window(data, order)], spec.lr)
        for twin, key in zip(twins, (1, 1, 2), strict=True)
    ]
    assert torch.equal(losses[0], losses[1])
    assert distance(twins[0], twins[1]) == 0
    has_dropout = any(isinstance(part, nn.Dropout) for part in twins[0].modules())
    assert torch.equal(losses[0], losses[2]) != has_dropout


class Mask(nn.Module):
    """Reads nothing but what dropout lets through."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = FieldLinear(FIELDS)
        self.scale = nn.Parameter(torch.zeros(64))

    def forward(self, ids: Tensor) -> Tensor:
        kept = F.dropout(torch.ones(len(ids), 64), 0.3, self.training)
        return self.linear(ids) + kept @ self.scale


def test_dropout_keeps_units_independently_with_the_right_probability() -> None:
    data = rows(torch.float32, count=2048)
    fast = engine_of(Mask(), data, TrainSpec(batch_size=512))
    assert fast.path == "native"
    fast.one_pass([Window(data, torch.arange(2048))], 1e-3)
    mask = first_mask(fast, 512 * 64).reshape(512, 64)
    assert set(np.unique(mask)) == {0, np.float32(1 / 0.7)}
    kept = mask > 0
    assert abs(kept.mean() - 0.7) < 0.01
    assert abs(kept.mean(0) - 0.7).max() < 0.1
    assert abs(np.corrcoef(kept.T)[np.triu_indices(64, 1)]).max() < 0.25
    fast.one_pass([Window(data, torch.arange(2048))], 1e-3)
    assert abs(np.corrcoef(kept.ravel(), (first_mask(fast, 512 * 64) > 0))[0, 1]) < 0.02


def first_mask(fast: Engine, size: int) -> np.ndarray:
    from fmbench.engine.ops import OUT, Op

    (line,) = (line for line in fast.programs[512].code if line[0] == Op.KEEP)
    return fast.memory[line[OUT] : line[OUT] + size].copy()


class Rare(nn.Module):
    """Uses operations of many kinds: what the machine has beyond the needs of the core models."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = FieldEmbedding(FIELDS, 8)
        self.query = nn.Linear(8, 8)
        self.norm = nn.LayerNorm(8)
        self.weight = nn.Parameter(torch.randn(8, 8) / 3)
        self.output = nn.Linear(3 * 8, 1)
        self.register_buffer("first", torch.tensor([0, 0, 1]), persistent=False)

    def forward(self, ids: Tensor) -> Tensor:
        v = self.embedding(ids)
        scores = torch.softmax(self.query(v) @ v.transpose(1, 2) / 8**0.5, -1)
        scores = scores + v[:, :, :4] @ v[:, :, 4:].transpose(1, 2)  # neither by rows nor columns
        attended = self.norm(scores @ v + F.gelu(v) * torch.sigmoid(v @ self.weight))
        high, low = attended.chunk(2, -1)
        mixed = torch.cat([torch.tanh(high), F.leaky_relu(low, 0.1)], -1).abs().clamp(max=3)
        middle = torch.stack([high, low], 3).mean(3)
        mixed = torch.where(mixed > 0.5, mixed, mixed**3) + torch.cat([middle, middle], -1)
        spread = (mixed - mixed.mean(1, keepdim=True)).square().sum(1).add(1e-3).sqrt()
        return (
            self.output(attended.flatten(1)).squeeze(-1)
            + spread.log().sum(1)
            - mixed.amax(2).sum(1)
        )


class Chosen(nn.Module):
    """Picks fields by index, which the machine has no instruction for."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = FieldEmbedding(FIELDS, 4)
        self.mlp = MLP(12, (8,), 0.0, True)
        self.register_buffer("left", torch.tensor([0, 0, 1]), persistent=False)
        self.register_buffer("right", torch.tensor([1, 2, 2]), persistent=False)

    def forward(self, ids: Tensor) -> Tensor:
        v = self.embedding(ids)
        products = v[:, self.left] * v[:, self.right]
        return self.mlp(products.flatten(1)) + torch.cumsum(products.sum(2), 1)[:, -1]


@pytest.mark.parametrize(("kind", "path"), [(Rare, "native"), (Chosen, "torch")])
@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
def test_a_model_of_any_operations_trains_alike(
    kind: type[nn.Module], path: str, optimizer: str
) -> None:
    data, twins = rows(torch.float64), []
    for _ in range(2):
        torch.manual_seed(0)
        model = kind().double()
        with torch.no_grad():
            model.embedding.weight.normal_(std=0.5)
        twins.append(model)
    plain, fast, trainer = both(*twins, data, SPECS[optimizer])
    assert path in trainer.path
    assert distance(*twins) < 1e-10
    torch.testing.assert_close(fast, plain, rtol=1e-10, atol=1e-10)
    logits = [model.eval()(data.ids) for model in twins]  # with buffers that no step changes
    torch.testing.assert_close(*logits, rtol=1e-10, atol=1e-10)


class OwnEmbedding(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = FieldLinear(FIELDS)
        self.own = nn.Embedding(400, 4)

    def forward(self, ids: Tensor) -> Tensor:
        return self.linear(ids) + self.own(ids[:, 0]).sum(1)


class Decides(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = FieldLinear(FIELDS)

    def forward(self, ids: Tensor) -> Tensor:
        total = self.linear(ids)
        return total * 2 if total.mean() > 0 else total


class Counts(Decides):
    calls = 0

    def forward(self, ids: Tensor) -> Tensor:
        self.calls += 1
        return self.linear(ids) * self.calls


class Remembers(Decides):
    """Does something else at its fourth step, of which two looks at it show nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[int] = []

    def forward(self, ids: Tensor) -> Tensor:
        self.seen.append(len(ids))
        return self.linear(ids) * (2 if len(self.seen) == 4 else 1)


class ReadsWeight(Decides):
    def forward(self, ids: Tensor) -> Tensor:
        return self.linear(ids) + self.linear.table.weight[ids[:, 0]].squeeze(1)


class ShiftsIds(Decides):
    def forward(self, ids: Tensor) -> Tensor:
        return self.linear(ids.flip(0))


class Frozen(Decides):
    def __init__(self) -> None:
        super().__init__()
        self.linear.bias.requires_grad_(False)

    def forward(self, ids: Tensor) -> Tensor:
        return self.linear(ids)


class Unused(Decides):
    """Has a parameter that nothing depends on; optimizers leave it alone, AdamW's decay too."""

    def __init__(self) -> None:
        super().__init__()
        self.idle = nn.Parameter(torch.ones(3))

    def forward(self, ids: Tensor) -> Tensor:
        return self.linear(ids)


@pytest.mark.parametrize("kind", [Decides, Counts, Remembers, ReadsWeight, ShiftsIds, Frozen])
def test_what_is_no_fixed_sequence_is_left_to_the_plain_loop(kind: type[nn.Module]) -> None:
    data, model = rows(torch.float32), kind()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(engine.Untraceable):
        engine.trainer(model, data, SPECS["adam"], 1)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize("kind", [OwnEmbedding, Unused])
def test_parts_of_a_model_s_own_are_trained_as_ever(kind: type[nn.Module]) -> None:
    data = rows(torch.float64)
    twins = []
    for _ in range(2):
        torch.manual_seed(0)
        twins.append(kind().double())
    plain, fast, _ = both(*twins, data, SPECS["adamw"])
    assert distance(*twins) < 1e-10
    torch.testing.assert_close(fast, plain, rtol=1e-10, atol=1e-10)


def test_an_id_outside_its_field_is_refused() -> None:
    data = rows(torch.float32)
    data.ids[5, 1] = 12
    with pytest.raises(IdOutOfRange, match="genres"):
        engine_of(create_model("lr", FIELDS), data, SPECS["adam"])


@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
def test_a_plain_mlp_and_smaller_steps_from_pass_to_pass(optimizer: str) -> None:
    """Without BatchNorm, and with a step size that shrinks after each pass."""
    data, twins = rows(torch.float64, 40 * BATCH - 7), []
    for _ in range(2):
        torch.manual_seed(0)
        twins.append(create_model("deepfm", FIELDS, mlp_dims=(16, 16), dropout=0.0).double())
        with torch.no_grad():
            for part in twins[-1].modules():
                if isinstance(part, (FieldTable, nn.Linear)):
                    part.weight.normal_(std=0.3)
    plain, fast, trainer = both(*twins, data, SPECS[optimizer], passes=4)
    assert trainer.path == "native"
    assert distance(*twins) < 1e-10
    torch.testing.assert_close(fast, plain, rtol=1e-10, atol=1e-10)


def test_passes_may_be_cut_anywhere() -> None:
    """Two passes are what one engine does in a row, whatever was read in between."""
    data, model, twin = rows(torch.float64), *(build("deepfm", torch.float64) for _ in range(2))
    plain, fast, _ = both(model, twin, data, SPECS["adam"], passes=3)
    assert distance(model, twin) < 1e-10
    torch.testing.assert_close(fast, plain, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", CORE)
def test_two_runs_give_the_same_bits(name: str) -> None:
    data, order = rows(torch.float32), torch.arange(STEPS * BATCH - 7).flip(0)
    twins = [build(name, torch.float32, 0.2) for _ in range(2)]
    for twin in twins:
        engine_of(twin, data, SPECS["adam"]).one_pass([Window(data, order)], 1e-3)
    assert distance(*twins) == 0


def test_compiling_is_announced_where_nothing_is_compiled_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for places, is_said in (((tmp_path,), True), (machine_code.places(), False)):
        monkeypatch.setattr(machine_code, "places", lambda places=places: places)
        caplog.clear()
        with caplog.at_level(1, "fmbench"):
            engine.compile_kernels()
        assert ("compiling the engine" in caplog.text) == is_said
