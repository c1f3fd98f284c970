"""The local executor: cells as processes of this machine."""
