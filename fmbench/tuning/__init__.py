"""Tuning: trials out of a search space, the best of them, and what a budget is worth. No torch.

Random search (Bergstra and Bengio, 2012) on purpose: a draw depends on nothing that other draws
found, so trials run side by side, stop and go on, and their order can be averaged over.
"""

from fmbench.tuning.budget import BUDGETS as BUDGETS
from fmbench.tuning.budget import affordable as affordable
from fmbench.tuning.budget import expected_best as expected_best
from fmbench.tuning.search import Search as Search
from fmbench.tuning.search import seconds_of as seconds_of
from fmbench.tuning.search import within as within
from fmbench.tuning.trials import TRAIN as TRAIN
from fmbench.tuning.trials import draw_trials as draw_trials
from fmbench.tuning.trials import fitting as fitting
