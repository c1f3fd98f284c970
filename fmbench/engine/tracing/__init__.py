"""Tracing: how a model's step is noted as tensor operations and lowered to the engine's program."""
