"""Datasets: found or fetched, read strictly, split, encoded, audited and cached.

A dataset is one file in this room: a function from a folder to a `Table`, registered by
`register_dataset`. All that follows from a table is shared.
"""

from fmbench.data._dataset import Dataset as Dataset
from fmbench.data._dataset import Split as Split
from fmbench.data._fetch import fetch as fetch
from fmbench.data._load import audit as audit
from fmbench.data._load import audit_report as audit_report
from fmbench.data._load import describe as describe
from fmbench.data._load import load as load
from fmbench.data._load import resolve as resolve
from fmbench.data._options import OPTIONAL as OPTIONAL
from fmbench.data._options import SHARED as SHARED
from fmbench.data._registry import DATASETS as DATASETS
from fmbench.data._registry import register_dataset as register_dataset
from fmbench.data._where import Where as Where
from fmbench.data._where import find as find
from fmbench.data.table import ABSENT as ABSENT
from fmbench.data.table import Column as Column
from fmbench.data.table import Table as Table
from fmbench.registry import import_modules, load_entry_points

import_modules(__name__, __path__)
load_entry_points("fmbench.datasets")
