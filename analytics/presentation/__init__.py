"""How things look: pages' building blocks, charts, wording, templates, style and scripts."""
