"""How soon a screen is told that a member has come in, from the camera on, and whom it is told of."""
