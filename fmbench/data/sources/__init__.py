"""Sources: where raw files are, how they are fetched and how they are verified."""
