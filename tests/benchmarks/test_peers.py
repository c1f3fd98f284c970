"""The comparison with other libraries, held to account without any of them."""

import importlib
import math
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

PEERS = Path(__file__).parents[2] / "benchmarks" / "peers"
FAKE = f"""
import sys
sys.path.insert(0, {str(PEERS)!r})
from protocol import Trainee, serve

def build(job, rows, sizes):
    print("what a library prints")
    if job.model == "broken":
        raise ValueError("no such model here")
    return Trainee(lambda: 0.5, lambda ids: ids[:, 0] * 0 + 0.5)

serve(build, lambda threads: None, ["numpy"])
"""


@pytest.fixture
def peers(monkeypatch):
    """Import a module of benchmarks/peers by its name."""
    monkeypatch.syspath_prepend(PEERS)
    return importlib.import_module


@pytest.fixture
def hello(tmp_path):
    rng = np.random.default_rng(0)
    ids = np.stack([rng.integers(2, 50, 400), rng.integers(2, 10, 400)], axis=1)
    np.save(tmp_path / "ids.npy", ids.astype(np.int32))
    np.save(tmp_path / "labels.npy", (ids[:, 0] > 25).astype(np.uint8))
    files = {name: str(tmp_path / f"{name}.npy") for name in ("ids", "labels")}
    return {**files, "sizes": [50, 10], "threads": 1}


@pytest.fixture
def fake(tmp_path):
    path = tmp_path / "fake.py"
    path.write_text(FAKE)
    return path


def job(peers, **changed):
    usual = {"mode": "bare", "model": "lr", "batch_size": 16, "steps": 50, "seed": 0}
    return peers("protocol").Job(**{**usual, **changed})


def test_a_job_comes_back_as_an_outcome(peers, hello, fake):
    with peers("protocol").Peer("fake", Path(sys.executable), fake, 1) as peer:
        assert peer.ask(hello) == {"numpy": np.__version__}
        for model in ("lr", "fm"):
            outcome = peer.run(job(peers, model=model))
            assert outcome.rows_per_s == 16 * 50 / 0.5
            assert outcome.loss == pytest.approx(math.log(2))


def test_a_peer_that_dies_says_why(peers, hello, fake):
    protocol = peers("protocol")
    with (
        pytest.raises(protocol.PeerError, match="fake ended: ValueError: no such model here"),
        protocol.Peer("fake", Path(sys.executable), fake, 1) as peer,
    ):
        peer.ask(hello)
        peer.run(job(peers, model="broken"))


def test_seeds_see_the_same_rows_in_another_order(peers, hello):
    ids, labels = np.load(hello["ids"]), np.load(hello["labels"])
    ids[:, 0] = np.arange(len(ids))
    one, two = (peers("protocol").draw(ids, labels, job(peers, seed=seed)).ids for seed in (1, 2))
    assert len(one) == len(two) == 16 * 50
    assert (one != two).any()
    assert (np.sort(one[:, 0]) == np.sort(two[:, 0])).all()


def test_fmbench_learns_as_a_peer(peers, hello):
    script = PEERS / "peer_fmbench.py"
    with peers("protocol").Peer("fmbench", Path(sys.executable), script, 1) as peer:
        assert peer.ask(hello)["fmbench"]
        losses = [peer.run(job(peers, model="deepfm", steps=steps)).loss for steps in (1, 50)]
    assert losses[1] < losses[0] - 0.01


def a_result(peers, losses):
    """One model at one batch size, fmbench at 0.60 ± 0.001, twice as fast as each peer."""
    result = peers("result")
    wobble = np.array([-0.001, 0.0, 0.0, 0.0, 0.001])
    pairs = [
        result.Pairs(
            peer=peer,
            mode=mode,
            model="lr",
            batch_size=16,
            rows_per_s=[1000.0, 1000.0, 2000.0, 3000.0, 3000.0],
            fmbench_rows_per_s=[2000.0, 2000.0, 4000.0, 6000.0, 6000.0],
            loss=(loss - wobble).tolist(),
            fmbench_loss=(0.6 + wobble).tolist(),
        )
        for peer, loss in losses.items()
        for mode in result.MODES
    ]
    return result.Result(
        environment={"python": "3", "cpu": "one", "cores": 2, "packages": {"torch": "2"}},
        packages={"fmbench": {"fmbench": "1"}, **{peer: {peer: "1"} for peer in losses}},
        data={"dataset": "rows", "rows": 1000, "cardinalities": [50, 10]},
        setting={
            "embed_dim": 16,
            "mlp_dims": [16, 16],
            "dropout": 0.2,
            "learning_rate": 0.001,
            "threads": 1,
            "steps": {"16": 50},
        },
        load=[1.0] * 5,
        pairs=pairs,
    )


def test_the_same_loss_allows_a_ratio(peers):
    result = a_result(peers, {"near": 0.601, "nearer": 0.6001})
    assert [peers("result").objection(result, pairs) for pairs in result.pairs] == [None] * 4
    page = peers("tables").render(result)
    assert "| lr             |       4.0 |    2.0 |      2.0 |     2.00 |" in page
    assert "All 4 pairs reach the same loss" in page


def test_another_loss_refuses_the_ratio(peers):
    result = a_result(peers, {"near": 0.601, "far": 0.65})
    page = peers("tables").render(result)
    assert "No ratio for far, as used, lr, batch 16: its loss is +0.0500 off" in page
    row = next(line for line in page.splitlines() if line.startswith("| lr"))
    # The refused peer may have been the fastest, so that there is no ratio to that either.
    assert [cell.strip() for cell in row.split("|")[5:8]] == ["2.00", "–", "–"]


def test_noise_that_hides_all_learning_is_no_agreement(peers):
    result = a_result(peers, {"near": 0.6})
    for pairs in result.pairs:
        pairs.loss = [0.5, 0.6, 0.6, 0.6, 0.7]
    assert "hides" in peers("result").objection(result, result.pairs[0])


def test_a_result_survives_being_written(peers):
    result = a_result(peers, {"near": 0.601})
    text = peers("compare").written(result)
    assert msgspec.json.decode(text, type=peers("result").Result) == result
    assert '"rows_per_s": [ 1000.0, 1000.0, 2000.0, 3000.0, 3000.0 ]' in text
