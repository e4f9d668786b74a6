"""The gallery of the whole chain: exact while it is small, then in trained lists of short codes."""
