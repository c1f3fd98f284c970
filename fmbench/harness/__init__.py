"""The one room where torch, data and metrics meet: a spec goes in, a record comes out."""

from fmbench.contract import check_model as check_model
from fmbench.harness.entrants import registry_of as registry_of
from fmbench.harness.entrants import select as select
from fmbench.harness.run import Data as Data
from fmbench.harness.run import Setting as Setting
from fmbench.harness.run import failed as failed
from fmbench.harness.run import failure as failure
from fmbench.harness.run import preflight as preflight
from fmbench.harness.run import resolve as resolve
from fmbench.harness.run import run as run
from fmbench.harness.run import run_with_logits as run_with_logits
from fmbench.harness.run import warm_up as warm_up
from fmbench.harness.untrained import parameters as parameters
from fmbench.harness.untrained import size as size
from fmbench.training.checkpoint import forget as forget
from fmbench.training.checkpoint import tidy as tidy
