"""Synthetic visitors and door scenes with known truth, and the score against it. Imports schemas and faces."""
