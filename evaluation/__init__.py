"""How right a model pack is on somebody's pictures. Imports faces and the matcher's policy."""
