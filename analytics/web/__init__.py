"""The web application: routes, what they share, and streams to open pages."""
