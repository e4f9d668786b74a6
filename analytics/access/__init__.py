"""Who may see what: roles, users, keys, sessions, and the pages by which people log in."""
