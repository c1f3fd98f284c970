"""The contract that every model keeps, as checks on anyone's model.

Cheap enough for every commit: what takes a compiler or a second device is not among them.
"""

from fmbench.contract.suite import Check as Check
from fmbench.contract.suite import check_import as check_import
from fmbench.contract.suite import check_model as check_model
