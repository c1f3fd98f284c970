"""Datasets: found or fetched, read strictly, split, encoded, audited and cached.

A dataset is one file in `datasets/`: a function from a folder to a `Table`, registered by
`register_dataset`. All that follows from a table is shared.
"""

from fmbench.data import datasets as datasets
from fmbench.data.columns import ABSENT as ABSENT
from fmbench.data.columns import Column as Column
from fmbench.data.columns import Numbers as Numbers
from fmbench.data.descriptions import audit as audit
from fmbench.data.descriptions import audit_report as audit_report
from fmbench.data.descriptions import describe as describe
from fmbench.data.encoding.dataset import Dataset as Dataset
from fmbench.data.encoding.dataset import Split as Split
from fmbench.data.infer.propose import Proposal as Proposal
from fmbench.data.infer.propose import Wishes as Wishes
from fmbench.data.infer.propose import propose as propose
from fmbench.data.load import load as load
from fmbench.data.load import resolve as resolve
from fmbench.data.load import roles as roles
from fmbench.data.options import OPTIONAL as OPTIONAL
from fmbench.data.options import SHARED as SHARED
from fmbench.data.registry import DATASETS as DATASETS
from fmbench.data.registry import register_dataset as register_dataset
from fmbench.data.sources.fetch import fetch as fetch
from fmbench.data.sources.where import Where as Where
from fmbench.data.sources.where import find as find
from fmbench.data.table import Table as Table
from fmbench.registry import load_entry_points

load_entry_points("fmbench.datasets")
