"""What came of a run, as data."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec

from fmbench.spec import RunSpec

SCHEMA = 3

OPTIMUM = "descent to the optimum"
"""How the procedure of a record begins whose last epoch was tested, whatever validation said."""

Status = Literal["ok", "diverged", "error", "timeout", "oom"]

Sha256 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
"""Hash in hexadecimal; a file is named by it, so anything else could be read as a path."""


Number = Annotated[float, msgspec.Meta(ge=-1e100, le=1e100)]
"""A number that can be squared; the bounds are beyond those of float32."""

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Epoch(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One pass over the training rows, or the passes of one round of sampling."""

    train_loss: Number
    """Mean loss over the pass, as trained: with dropout and moving weights."""
    tail_loss: Number
    """Mean loss over its last 100 steps."""
    valid_logloss: Number
    valid_auc: Number | None
    seconds: Number
    """Seconds of the fitting loop alone."""
    passes: Annotated[int, msgspec.Meta(ge=1, le=2**53)] = 1
    """How often each training row was read."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of an audit about one part of the split."""

    rows: Count | None = None
    positives: Count | None = None
    positive_share: Share | None = None


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of an audit that fmbench reads; all others are shown as they are."""

    parts: dict[str, Part] = {}
    rows_read: Count | None = None
    rows_dropped: Count | None = None
    rows_unlabelled: Count | None = None
    rows_kept: Count | None = None
    positive_share: Share | None = None
    test_pairs_in_train: Count | None = None
    test_pairs_in_train_share: Share | None = None
    test_unseen_user_share: Share | None = None
    test_unseen_item_share: Share | None = None
    test_older_share: Share | None = None
    test_older_share_of_known_users: Share | None = None
    auc_standard_error: Share | None = None
    users: Count | None = None
    users_with_one_rating: Count | None = None
    items: Count | None = None
    top_rate: Number | None = None
    top_rate_share: Share | None = None
    repeated_rows: Count | None = None
    disagreeing_pairs: Count | None = None
    sorted_by_user: bool | None = None
    first_month: str | None = None
    last_month: str | None = None


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of an environment that fmbench reads; all others are shown as they are."""

    python: str | None = None
    system: str | None = None
    cpu: str | None = None
    cores: Count | None = None
    packages: dict[str, str | None] = {}
    commit: str | None = None
    dirty: bool | None = None
    device: str | None = None
    threads: Count | None = None
    jobs: Count | None = None
    engine: str | None = None


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One run: the resolved spec, what was measured, on what, and where."""

    schema: int = SCHEMA
    spec: RunSpec
    status: Status
    reason: str | None = None
    """Why the run is not `ok`."""
    baseline: bool = False
    """Whether a baseline ran, which trains itself, and not a model."""
    metrics: dict[str, dict[str, Number | None]] = {}
    """Values by part (`test`, `valid`) and metric; None where the metric is undefined."""
    undefined: dict[str, dict[str, str]] = {}
    """Reasons by part and metric why a value is None; parts without any are left out."""
    shuffled: dict[str, Number] = {}
    """Test AUC by field that is lost when its values are shuffled among the rows."""
    moved: dict[str, Number] = {}
    """Share of the test logits' spread by part of the model: how far they move, as a standard
    deviation, when what the part puts out is the same for all rows."""
    curve: list[Epoch] = []
    best_epoch: int | None = None
    """Index into the curve of the epoch whose weights were tested."""
    resumed_after: int | None = None
    """Epochs that an earlier process had finished when this one took over."""
    samples: dict[str, list[Number]] = {}
    """Raw repeats of every timing, by measured word."""
    time_to_best_s: Number | None = None
    parameters: int | None = None
    peak_rss_mib: Number | None = None
    fingerprint: str | None = None
    """Hash of the encoded splits: two records that share it saw the same rows."""
    audit: dict[str, Any] = {}
    predictions: Sha256 | None = None
    """SHA-256 of the test logits, float32 little endian in the split's order."""
    environment: dict[str, Any] = {}

    def check(self) -> None:
        """Refuse facts that no report or verdict could work with.

        Audit and environment stay as they were read: a record is named by the hash of its content.

        Raises:
            ValueError: There is such a fact.
        """
        if self.best_epoch is not None and not 0 <= self.best_epoch < len(self.curve):
            raise ValueError(f"best_epoch: {self.best_epoch} of {len(self.curve)} epochs")
        for place, found, kind in (
            ("audit", self.audit, Audit),
            ("environment", self.environment, Environment),
        ):
            try:
                msgspec.convert(found, kind)
            except msgspec.ValidationError as error:
                raise ValueError(f"{place}: {error}") from error


Watch = Callable[[int, int, Record], None]
"""What is told of each record that comes in: how many there are, of how many, and which."""
