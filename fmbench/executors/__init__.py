"""Executors: where cells run."""

from fmbench.executors.contract import Executor as Executor
from fmbench.executors.contract import Outcome as Outcome
from fmbench.executors.local.cells import Local as Local
from fmbench.executors.search import search as search
from fmbench.executors.sweep import sweep as sweep
