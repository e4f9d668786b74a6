"""Footfall as several processes: cameras, matching and counting, each a role of its own over one event log."""
