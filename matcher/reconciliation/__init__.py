"""Everybody looked at again together: who is one, who is two, and how sure that is."""
