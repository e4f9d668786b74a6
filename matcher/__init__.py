"""Crop to FaceId: galleries and the decision. Imports schemas and faces."""
