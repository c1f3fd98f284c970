"""What a spec says of its model without any training."""

from collections.abc import Sequence

from fmbench.errors import FmbenchError, UsageError
from fmbench.fields import Field
from fmbench.harness.run import count_parameters
from fmbench.models import create_model
from fmbench.spec import RunSpec


def parameters(spec: RunSpec, fields: Sequence[Field]) -> int:
    """Return how many numbers the model of a spec learns on data of these fields.

    Raises:
        UsageError: There is no such model, or it cannot be built.
    """
    try:
        return count_parameters(create_model(spec.model, fields, **spec.model_args))
    except FmbenchError:
        raise
    except Exception as error:
        raise UsageError(f"model {spec.model!r} cannot be built: {error}") from error
