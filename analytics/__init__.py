"""Sighting to visit to PV and UV: reports and web pages. Imports schemas."""
