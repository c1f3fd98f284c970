"""Baselines: what a user would pick instead of a factorization model; one file each.

The contract: built from keyword-only arguments that all have defaults, fitted once on the training
rows with the validation rows to stop by, and after that ids go in and logits come out. A baseline
trains itself, by the library that its users know it from; fmbench gives it the rows and measures.
The library is imported when a baseline is fitted, so that listing it takes nothing.
"""

from fmbench.baselines._registry import BASELINES as BASELINES
from fmbench.baselines._registry import Baseline as Baseline
from fmbench.baselines._registry import how_to_get as how_to_get
from fmbench.baselines._registry import is_installed as is_installed
from fmbench.baselines._registry import load_library as load_library
from fmbench.baselines._registry import needs as needs
from fmbench.baselines._registry import register_baseline as register_baseline
from fmbench.baselines._registry import software as software
from fmbench.registry import import_modules

import_modules(__name__, __path__)
