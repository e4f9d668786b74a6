"""From visits to figures, and from figures to what people and programs read."""
