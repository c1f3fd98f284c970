"""What the engine is worth: by the work that it spares, whatever a machine's clock says."""

import msgspec
import pytest

from fmbench import engine
from fmbench.data import Where
from fmbench.harness import Setting, preflight, resolve, run, warm_up
from fmbench.spec import RunSpec, TrainSpec

SMALL = 107_465
"""Training rows of KMRD-small."""


@pytest.mark.parametrize(
    ("batch", "epochs", "columns", "weights", "worth"),
    [
        (256, 30, 2, 45_051, True),  # lr on ids
        (2048, 30, 2, 45_051, True),  # 1,560 steps, a third of which are looking up ids
        (2048, 30, 2, 765_851, True),  # fm
        (8192, 30, 2, 45_051, False),  # 390 steps of 4 ms
        (8192, 30, 2, 765_851, True),
        (256, 1, 2, 45_051, False),
        (256, 3, 28, 4_882_826, True),  # fm on full: half a minute of dense Adam
        (256, 3, 2, 765_851, True),
        (65_536, 5, 2, 45_051, False),
    ],
)
def test_a_run_is_handed_over_by_what_is_spared(
    batch: int, epochs: int, columns: int, weights: int, worth: bool
) -> None:
    spec = TrainSpec(batch_size=batch, max_epochs=epochs)
    assert engine.is_worth_it(spec, SMALL, columns, weights, "cpu") == worth
    assert not engine.is_worth_it(spec, SMALL, columns, weights, "cuda")


def test_two_thousand_steps_are_always_enough() -> None:
    spec = TrainSpec(batch_size=1, max_epochs=2)
    assert engine.is_worth_it(spec, 1_000, 1, 0, "cpu")
    assert not engine.is_worth_it(spec, 990, 1, 0, "cpu")


@pytest.mark.parametrize("dim", [8, 1_500])
def test_kernels_are_compiled_beforehand_for_those_cells_that_use_them(
    dim: int, spec: RunSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweep and its cells decide alike; here a model is large enough, or is not."""
    compiled: list[int] = []
    monkeypatch.setattr(engine, "compile_kernels", lambda: compiled.append(1))
    train = TrainSpec(max_epochs=120)
    fm = msgspec.structs.replace(spec, model="fm", model_args={"embed_dim": dim}, train=train)
    fm = resolve(fm, Where())
    warm_up([fm], preflight([fm], Setting()), "cpu")
    few = msgspec.structs.replace(fm, train=msgspec.structs.replace(train, patience=0))
    assert run(few).environment["engine"] == ("native" if compiled else "plain")
    assert len(compiled) == (dim == 1_500)
