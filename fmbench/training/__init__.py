"""Training: the plain loop and what it needs, from rows of ids to the weights of the best epoch."""
