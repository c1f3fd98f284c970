"""The contract that every model keeps, as checks on anyone's model.

They are cheap enough for every commit: none takes a compiler or a second device.
"""

from fmbench.contract.suite import Check as Check
from fmbench.contract.suite import check_import as check_import
from fmbench.contract.suite import check_model as check_model
