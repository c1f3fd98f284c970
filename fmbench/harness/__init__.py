"""The harness: a spec goes in, its model is trained, tested and timed, a record comes out."""

from fmbench.contract import check_model as check_model
from fmbench.harness.building import count_weights as count_weights
from fmbench.harness.entrants import fitting as fitting
from fmbench.harness.entrants import registry_of as registry_of
from fmbench.harness.entrants import select as select
from fmbench.harness.outcome import Kept as Kept
from fmbench.harness.outcome import record_of_error as record_of_error
from fmbench.harness.outcome import record_of_status as record_of_status
from fmbench.harness.preflight import Data as Data
from fmbench.harness.preflight import check_args as check_args
from fmbench.harness.preflight import preflight as preflight
from fmbench.harness.preflight import resolve as resolve
from fmbench.harness.preflight import warm_up as warm_up
from fmbench.harness.run import run as run
from fmbench.harness.run import run_with_logits as run_with_logits
from fmbench.harness.setting import Setting as Setting
from fmbench.training.checkpoint import forget as forget
from fmbench.training.checkpoint import tidy as tidy
