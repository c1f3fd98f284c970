"""What the verbs do, for the command line and for Python alike."""
