"""A spec whose run takes a moment."""

import pytest

from fmbench.data import Where
from fmbench.harness.preflight import resolve
from fmbench.spec import RunSpec, TrainSpec


@pytest.fixture
def spec() -> RunSpec:
    """Return the resolved spec of a run that takes a moment."""
    small = RunSpec(
        name="mine",
        dataset="kmrd-synth",
        dataset_args={"rows": 2000},
        model="deepfm",
        train=TrainSpec(max_epochs=2),
    )
    return resolve(small, Where())
