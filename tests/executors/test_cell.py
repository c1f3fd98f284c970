"""The one message of a cell: what is not whole, or not of that cell, is none."""

import hashlib

import msgspec
import pytest

from fmbench.executors.local.cell import Outcome, decode, encode
from fmbench.record import Record
from fmbench.spec import RunSpec

SPEC = RunSpec(name="lr", dataset="kmrd-synth", model="lr")
LOGITS = b"\n{}" + bytes(range(61))
GOOD = Record(spec=SPEC, status="ok", predictions=hashlib.sha256(LOGITS).hexdigest())
TRIAL = msgspec.structs.replace(SPEC, tests=False)
TRIED = Record(spec=TRIAL, status="ok", metrics={"valid": {"logloss": 0.5}})
FAILED = Record(spec=SPEC, status="oom", reason="line\nline")


@pytest.mark.parametrize(
    "outcome",
    [Outcome(GOOD, LOGITS), Outcome(GOOD, LOGITS, LOGITS[::-1]), Outcome(FAILED)],
    ids=["ok", "ok with validation logits", "oom"],
)
def test_a_whole_message_comes_through_and_a_part_does_not(outcome: Outcome) -> None:
    message = encode(outcome)
    assert decode(message, SPEC) == outcome
    parts = [decode(message[:end], SPEC) for end in range(len(message))]
    if outcome.record.status != "ok":
        assert parts.pop() == outcome  # all but the line end
    assert parts == [None] * len(parts)
    assert decode(message + b"0", SPEC) is None


@pytest.mark.parametrize(
    "record",
    [
        msgspec.structs.replace(GOOD, spec=msgspec.structs.replace(SPEC, seed=1)),
        msgspec.structs.replace(GOOD, predictions=None),
        msgspec.structs.replace(GOOD, predictions="0" * 64),
        msgspec.structs.replace(GOOD, status="error"),
    ],
    ids=["another cell", "no hash", "another hash", "a failure that predicts"],
)
def test_a_record_that_cannot_be_is_refused(record: Record) -> None:
    assert decode(encode(Outcome(record, LOGITS)), SPEC) is None


def test_a_result_without_predictions_is_none() -> None:
    record = msgspec.structs.replace(GOOD, predictions=None)
    assert decode(encode(Outcome(record)), SPEC) is None


def test_a_trial_is_one_without_predictions_and_none_with_them() -> None:
    message = encode(Outcome(TRIED))
    assert decode(message, TRIAL) == Outcome(TRIED)
    assert decode(message, SPEC) is None
    tested = msgspec.structs.replace(GOOD, spec=TRIAL)
    assert decode(encode(Outcome(tested, LOGITS)), TRIAL) is None


def test_what_json_cannot_hold_is_refused_here_and_not_when_it_is_read_again() -> None:
    record = msgspec.structs.replace(GOOD, samples={"train_samples_per_s": [float("nan")]})
    assert decode(encode(Outcome(record, LOGITS)), SPEC) is None


@pytest.mark.parametrize("message", [b"", b"\n", b"{}\n", b"\xff\xfe\n", b"null\n", b"[1]\n"])
def test_garbage_is_refused(message: bytes) -> None:
    assert decode(message, SPEC) is None
