"""Draws: of the model's name and their number alone, within the space, and never of the tests."""

from fmbench.space import Choice, LogUniform, Space, Uniform
from fmbench.spec import RunSpec, TrainSpec
from fmbench.tuning import draw_trials, fitting

SPACE: Space = {
    "train.lr": LogUniform(1e-4, 1e-1),
    "dropout": Uniform(0, 0.6),
    "mlp_dims": Choice((64,), (64, 64)),
}
SPEC = RunSpec(
    name="fm",
    dataset="d",
    model="fm",
    model_args={"dropout": 0.2, "mlp_dims": [64], "size": 3},
    train=TrainSpec(max_epochs=7),
    seed=5,
)


def test_the_first_trial_is_the_spec_as_it_is() -> None:
    first, *_ = draw_trials(SPEC, SPACE, (), 5)
    assert (first.model_args, first.train) == (SPEC.model_args, SPEC.train)


def test_trials_are_drawn_within_the_space_and_read_no_test_row() -> None:
    trials = draw_trials(SPEC, SPACE, (), 200)
    assert len(trials) == len({trial.case for trial in trials}) == 200
    assert {(trial.seed, trial.tests) for trial in trials} == {(0, False)}
    assert [trial.name for trial in trials[:2]] == ["fm trial 0", "fm trial 1"]
    for trial in trials:
        assert 1e-4 <= trial.train.lr <= 1e-1
        assert 0 <= trial.model_args["dropout"] <= 0.6
        assert trial.model_args["mlp_dims"] in ([64], [64, 64])
        assert (trial.train.max_epochs, trial.model_args["size"]) == (7, 3)
    below = sum(trial.train.lr < 1e-3 for trial in trials)
    assert 40 < below < 95  # a third of the logarithms


def test_more_trials_go_on_where_fewer_ended() -> None:
    assert draw_trials(SPEC, SPACE, (), 50)[:20] == draw_trials(SPEC, SPACE, (), 20)


def test_draws_differ_by_model() -> None:
    other = RunSpec(**{f: getattr(SPEC, f) for f in SPEC.__struct_fields__} | {"model": "lr"})
    rates = [[t.train.lr for t in draw_trials(s, SPACE, (), 20)[1:]] for s in (SPEC, other)]
    assert all(one != other for one, other in zip(*rates, strict=True))


def test_a_draw_does_not_depend_on_the_process() -> None:
    _, trial = draw_trials(SPEC, SPACE, (), 2)
    assert (trial.train.lr, trial.model_args["dropout"]) == (0.00203, 0.41)


def test_what_is_fixed_is_not_searched() -> None:
    trials = draw_trials(SPEC, SPACE, {"train.lr", "mlp_dims"}, 20)
    assert {trial.train.lr for trial in trials} == {SPEC.train.lr}
    assert len({trial.model_args["dropout"] for trial in trials}) > 10


def test_nothing_is_tried_twice() -> None:
    assert len(draw_trials(SPEC, {}, (), 40)) == 1
    few = draw_trials(SPEC, {"size": Choice(1, 2, 3)}, (), 40)
    assert sorted(trial.model_args["size"] for trial in few) == [1, 2, 3]


def test_batches_that_no_training_could_fill_are_not_tried() -> None:
    space: Space = {"train.batch_size": Choice(256, 1024), "dropout": Uniform(0, 0.6)}
    assert fitting(space, 5_000, 2) == space
    assert fitting(space, 714, 2) == space | {"train.batch_size": Choice(256)}
    assert fitting(space, 100, 2) == {"dropout": space["dropout"]}
    assert fitting({"dropout": space["dropout"]}, 100, 2) == {"dropout": space["dropout"]}


def test_the_prior_is_searched_in_the_unit_of_the_fields() -> None:
    space = {"train.l2_embedding": LogUniform(0.5, 2)}
    assert fitting(space, 100, 2) == {"train.l2_embedding": LogUniform(2, 8)}
    assert fitting(space, 100, 10) == {"train.l2_embedding": LogUniform(6, 24)}
