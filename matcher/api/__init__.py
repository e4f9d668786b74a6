"""The recognition service: who is on a picture, for whoever asks by HTTP."""
