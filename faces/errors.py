"""What can go wrong with a model or a picture.

::

    FacesError
    ├── ModelError      a model pack is missing, damaged, or cannot run on this machine
    │   └── UnwritableCache     the folder for packs and what is made of them cannot be written
    └── PictureError    bytes that are not a whole picture we accept
        ├── UnknownPicture      of a kind that is not read
        └── OversizedPicture    of more pixels than are accepted

A message names the file or pack, says what is wrong with it, and says what to do.
"""


class FacesError(Exception):
    """Something about a model or a picture that the user can put right."""


class ModelError(FacesError):
    """A model pack is missing, damaged, or cannot run on this machine."""


class UnwritableCache(ModelError):
    """The folder for packs, and for what is made of them, cannot be written."""


class PictureError(FacesError):
    """Bytes that are not a whole picture we accept."""


class UnknownPicture(PictureError):
    """Bytes that begin as no kind of picture we read does."""


class OversizedPicture(PictureError):
    """A picture whose header promises more pixels than are accepted; it was not decoded."""
