"""The event log of one machine: a SQLite file that several processes may share."""
