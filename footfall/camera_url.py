"""Where a camera is."""

from footfall.secret_url import SecretUrl


class CameraUrl(SecretUrl):
    """The address of a camera, or the path of a video file."""

    __slots__ = ()
