"""fmbench check-model: a table of what is kept, and 1 for what is not."""

import json
from pathlib import Path

import pytest

from fmbench.errors import NOTE
from fmbench.models import MODELS

from .conftest import Cli

GOSSIP = '''
from torch import nn

from fmbench.layers import FieldLinear
from fmbench.models import register_model


@register_model("gossip", paper="none", year=2026)
class Gossip(nn.Module):
    """Listens to the rows beside it."""

    def __init__(self, fields):
        super().__init__()
        self.linear = FieldLinear(fields)

    def forward(self, ids):
        logits = self.linear(ids)
        return logits - logits.mean()
'''


@pytest.fixture
def gossip(tmp_path: Path) -> Path:
    path = tmp_path / "gossip.py"
    path.write_text(GOSSIP, encoding="utf-8")
    return path


def test_a_model_that_keeps_the_contract(cli: Cli) -> None:
    done = cli("check-model lr --format json")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)["rows"]
    assert {row["found"] for row in found} == {"kept"}
    assert len({row["check"] for row in found}) == len(found) >= 25


def test_what_is_broken_is_named_with_its_row_and_can_be_made_again(
    cli: Cli, gossip: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(NOTE, "fmbench"):
        done = cli("check-model --format json", gossip)
    assert done.code == 1
    (broken,) = (row for row in json.loads(done.out)["rows"] if row["found"] != "kept")
    assert (broken["model"], broken["check"]) == ("gossip", "rows")
    _, _, tail = broken["found"].partition("(row ")
    row, _, ids = tail.rstrip(")").partition(", ids ")
    (line,) = caplog.messages
    monkeypatch.setattr(MODELS, "_entries", {})  # as in a new process
    made: dict[str, object] = {}
    exec(line.partition("in Python: ")[2], made)
    assert made["ids"][int(row)].tolist() == json.loads(ids)
    assert type(made["model"]).__name__ == "Gossip"
