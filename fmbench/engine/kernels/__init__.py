"""Kernels: what the engine runs in compiled code, many steps a call."""
