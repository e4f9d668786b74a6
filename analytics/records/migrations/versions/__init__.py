"""The steps, oldest first: a released file is not changed any more."""
