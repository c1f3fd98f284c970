"""Datasets: one file each; an underscore marks what they share."""

from fmbench.registry import import_modules

import_modules(__name__, __path__)
