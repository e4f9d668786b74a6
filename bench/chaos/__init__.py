"""The chaos bench: a chain of stores that everything happens to, and the proof that its numbers are right."""
