"""fmbench check-model: a table of what is kept, and 1 for what is not."""

import json
import subprocess
import sys
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


CHATTY = """
import ctypes, os, sys

print("imported")


def say(where):
    print(f"{where} by Python")
    os.write(1, f"{where} below Python".encode())
    ctypes.CDLL(None).printf(f"{where} by C".encode())


say("import")
""" + GOSSIP.replace("gossip", "chatty").replace(
    "        return logits - logits.mean()", "        say('forward')\n        return logits"
).replace("        self.linear =", "        say('building')\n        self.linear =")

MEDDLING = """
import os, random, torch

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
random.seed(0)
os.environ["OMP_NUM_THREADS"] = "1"
""" + GOSSIP.replace("gossip", "meddling").replace(" - logits.mean()", "")


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
    found = [row for row in json.loads(done.out)["rows"] if row["found"] != "kept"]
    broken, *others = found
    assert (broken["model"], broken["check"]) == ("gossip", "rows")
    assert {row["found"] for row in others} == {"not judged, as rows is broken"}
    _, _, tail = broken["found"].partition("(row ")
    row, _, ids = tail.rstrip(")").partition(", ids ")
    (line,) = caplog.messages
    monkeypatch.setattr(MODELS, "_entries", {})  # as in a new process
    made: dict[str, object] = {}
    exec(line.partition("in Python: ")[2], made)
    assert made["ids"][int(row)].tolist() == json.loads(ids)
    assert type(made["model"]).__name__ == "Gossip"


def test_the_result_is_all_that_stands_on_standard_output(tmp_path: Path) -> None:
    path = tmp_path / "chatty.py"
    path.write_text(CHATTY, encoding="utf-8")
    command = [sys.executable, "-m", "fmbench", "check-model", "--format", "json", str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    (broken,) = (row for row in json.loads(done.stdout)["rows"] if row["found"] != "kept")
    assert (done.returncode, broken["check"]) == (1, "quiet")
    said = [
        f"{when} {how}"
        for when in ("import", "building", "forward")
        for how in ("by Python", "below Python", "by C")
    ]
    assert [words for words in said if words not in done.stderr] == []


def test_what_importing_a_file_changes_is_named_and_put_back(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "meddling.py"
    path.write_text(MEDDLING, encoding="utf-8")
    done = cli("check-model --format json", path)
    (broken,) = (row for row in json.loads(done.out)["rows"] if row["found"] != "kept")
    assert done.code == 1
    assert (broken["model"], broken["check"]) == (str(path), "imports")
    assert broken["found"] == (
        "importing it changes default dtype, environment, random, torch's random numbers"
    )


def test_a_file_without_a_model_is_no_success(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "nothing.py"
    path.write_text("", encoding="utf-8")
    assert cli("check-model", path).code == 1
