"""Every registered model keeps the contract, and each planted bug is named by its check."""

import time
import warnings
from pathlib import Path

import pytest
import torch
from torch import nn

from fmbench.contract.suite import CHECKS, NEEDS
from fmbench.harness import check_model
from fmbench.models import MODELS, register_model

from .mutants import MUTANTS, Mutant
from .mutants.sound import SOUND


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MODELS, "_entries", dict(MODELS._entries))


def failures(name: str) -> dict[str, str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as a user has it
        return {check.name: check.failure for check in check_model(name) if check.failure}


@pytest.mark.parametrize("name", list(MODELS))
def test_every_registered_model_keeps_the_contract_within_seconds(name: str) -> None:
    start = time.process_time()
    assert failures(name) == {}
    assert time.process_time() - start < 15  # one second here; machines differ


@pytest.mark.parametrize("model", SOUND)
def test_no_check_cries_at_what_is_merely_unusual(model: type[nn.Module]) -> None:
    register_model("sound", paper="none", year=2026)(model)
    assert failures("sound") == {}


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_a_planted_bug_is_found_by_its_check_and_no_other_cries(mutant: Mutant) -> None:
    register_model("broken", paper="none", year=2026)(mutant.model)
    found = failures("broken")
    assert mutant.words in found.get(mutant.check, f"nothing, but {found}")
    assert set(found) == {mutant.check}


def test_every_check_has_a_bug_that_it_finds() -> None:
    assert {mutant.check for mutant in MUTANTS} == {check.__name__ for check in CHECKS}
    assert len(MUTANTS) >= 70


def test_a_check_comes_after_those_that_it_needs() -> None:
    order = {check: place for place, check in enumerate(CHECKS)}
    assert all(order[each] < order[check] for check, needed in NEEDS.items() for each in needed)


def test_what_rests_on_a_broken_check_is_not_judged_and_says_which() -> None:
    register_model("broken", paper="none", year=2026)(
        next(m.model for m in MUTANTS if m.model.__name__ == "AlwaysDropping")
    )
    found = {check.name: check for check in check_model("broken")}
    unjudged = {name for name, check in found.items() if check.unjudged}
    assert {check.unjudged for check in found.values()} == {"", "pure"}
    assert unjudged > {"copies", "state", "strided", "rows", "steady", "precision", "slopes"}
    assert found["slopes"].found == "not judged, as pure is broken"
    assert found["filled"].found == "kept"


def test_checking_leaves_random_streams_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    failures("deepfm")
    assert torch.equal(torch.rand(3), expected)


def test_a_failure_says_where_it_comes_from() -> None:
    register_model("broken", paper="none", year=2026)(
        next(m.model for m in MUTANTS if m.model.__name__ == "Viewing")
    )
    message = failures("broken")["strided"]
    source = (Path(__file__).parent / "mutants" / "scoring.py").read_text().splitlines()
    line = next(i for i, text in enumerate(source, start=1) if "ids.view(-1)" in text)
    assert message.startswith(f"RuntimeError at scoring.py:{line}: ")
