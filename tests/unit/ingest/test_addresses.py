import pytest

from ingest.addresses import CameraAddress, FileAddress, parse_address, redact
from schemas.errors import ConfigError

SECRET = "s3cret"


@pytest.mark.parametrize(
    "text",
    [
        f"rtsp://anna:{SECRET}@10.0.0.5/door",
        f"rtsp://anna:{SECRET}@10.0.0.5:8554/door?channel=1",
        f"rtsps://anna:{SECRET}@cam.example/door",
        f"rtsp://anna:p@{SECRET}@10.0.0.5/door",
        f"rtsp://anna:p/{SECRET}@10.0.0.5/door",
        f"RTSP://:{SECRET}@10.0.0.5/door",
        f"http://anna:{SECRET}@10.0.0.5/door",
        f"rtsp://10.0.0.5/door?user=anna&password={SECRET}",
        f"rtsp://10.0.0.5/user=anna_password={SECRET}_channel=1_stream=0.sdp?real_stream",
        f"rtsp://10.0.0.5/user=anna_password=a_{SECRET}_channel=1.sdp",
        f"rtsp://10.0.0.5/user=anna&password={SECRET}&channel=1.sdp",
        f"rtsp://10.0.0.5/user=anna;password={SECRET};channel=1.sdp",
        f"rtsp://10.0.0.5/user={SECRET}_password=x_channel=1.sdp",
        f"rtsp://10.0.0.5/PASSWORD={SECRET}",
        f"rtsp://10.0.0.5/door?apikey={SECRET}",
        f"rtsp://10.0.0.5/door?api_key={SECRET}",
        f"rtsp://10.0.0.5/door?channel=1&access_token={SECRET}",
        f"rtsp://10.0.0.5/door?token={SECRET}",
        f"rtsp://10.0.0.5/door?key={SECRET}",
        f"rtsp://10.0.0.5/door?auth={SECRET}==",
        f"could not open 'rtsp://anna:{SECRET}@10.0.0.5/door': 401",
        f"rtsp://anna:{SECRET}@10.0.0.5:port/door",
        f"rtsp://anna:{SECRET}@/door",
        f"rtsp://anna:{SECRET}@[fe80/door",
    ],
)
def test_no_password_is_left_in_a_redacted_text_or_in_what_is_made_of_the_address(text: str) -> None:
    assert SECRET not in redact(text)
    assert SECRET not in shown(text)


def shown(text: str) -> str:
    try:
        address = parse_address(text)
    except ConfigError as error:
        return str(error)
    return f"{address!r} {address.name}" if isinstance(address, CameraAddress) else ""


def test_redaction_keeps_what_tells_cameras_apart() -> None:
    assert redact("rtsp://anna:x@10.0.0.5:8554/door") == "rtsp://***@10.0.0.5:8554/door"
    assert redact("rtsp://10.0.0.5/door") == "rtsp://10.0.0.5/door"
    assert (
        redact("rtsp://10.0.0.5/user=anna_password=x_channel=2.sdp")
        == "rtsp://10.0.0.5/user=***_password=***_channel=2.sdp"
    )
    assert redact("rtsp://10.0.0.5/door?channel=2&key=x&stream=0") == "rtsp://10.0.0.5/door?channel=2&key=***&stream=0"
    assert redact("rtsp://10.0.0.5/monkey/door?keyframe=1") == "rtsp://10.0.0.5/monkey/door?keyframe=1"
    assert redact("/videos/monday@9.mp4") == "/videos/monday@9.mp4"


def test_a_camera_address_is_taken_apart() -> None:
    address = parse_address("rtsp://anna:p%40ss@10.0.0.5/door?channel=1")
    assert isinstance(address, CameraAddress)
    assert (address.host, address.port, address.user, address.password) == ("10.0.0.5", 554, "anna", "p@ss")
    assert address.name == "rtsp://***@10.0.0.5/door?channel=1"


def test_paths_and_file_addresses_are_files() -> None:
    for text in ("clip.mp4", "./a:b.mp4", "file:///videos/a%20b.mp4"):
        assert isinstance(parse_address(text), FileAddress)
    address = parse_address("file:///videos/a%20b.mp4")
    assert isinstance(address, FileAddress)
    assert str(address.path) == "/videos/a b.mp4"


def test_an_unknown_scheme_is_named_with_what_is_known() -> None:
    with pytest.raises(ConfigError, match=r"http:// is not a kind of camera known here; give a file, rtsp:// or rtsps"):
        parse_address("http://10.0.0.5/mjpeg")
