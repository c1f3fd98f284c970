"""Where cells run."""

from fmbench.executors.local.cell import Outcome as Outcome
from fmbench.executors.local.cells import run_cells as run_cells
from fmbench.executors.search import search as search
from fmbench.executors.sweep import sweep as sweep
