"""Camera to best face crops. Imports schemas and faces."""
