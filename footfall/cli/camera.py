"""``footfall camera``: cameras added to stores, which `footfall run` follows while it runs."""

from typing import Annotated

import typer

from footfall.cli.access import Actor, DatabaseUrl, DataFolder, Json, actor_or_login, opened_site
from footfall.cli.app import app
from footfall.cli.asked import Config, moment_of
from footfall.cli.output import escape, print_json, say, say_table
from schemas.errors import InputError

camera = typer.Typer(
    name="camera", help="Cameras added to stores; footfall run follows them while it runs.", no_args_is_help=True
)
app.add_typer(camera)

StoreName = Annotated[str, typer.Argument(metavar="STORE", help="The store it belongs to.")]
CameraName = Annotated[str, typer.Argument(metavar="NAME", help="The name of the camera.")]


@camera.command()
def add(
    store: StoreName,
    name: CameraName,
    address: Annotated[str, typer.Argument(help="rtsp://USER:PASSWORD@HOST/PATH, or the path of a video file.")],
    *,
    start: Annotated[
        str | None, typer.Option(metavar="ISO", help="When a film's first picture was taken, by the store's clock.")
    ] = None,
    actor: Actor = None, database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Ask a camera for a picture, and watch it from now on where it gives one; one of that name is replaced."""
    from footfall.camera_desk import CameraDesk

    with opened_site(database, data_dir, config, to_be_made=True) as (settings, repository):
        known = sorted({*repository.set_up(), *repository.stores()})
        if store not in known:
            raise InputError(f"there is no store {store}: set it up with `footfall store add {store} --zone ZONE`")
        moment = None if start is None else moment_of(start, "--start", repository.settings_of(store).tz)
        desk = CameraDesk(settings, repository)
        tried = desk.try_out(store, name, address, moment)
        desk.keep(tried.ticket, actor_or_login(actor))
    seen = f"{tried.width_px} x {tried.height_px} pixels"
    say(f"Camera {escape(tried.camera_id)} of {escape(store)} gives {seen} and is kept: {escape(tried.shown_as)}")


@camera.command("list")
def list_cameras(
    *,
    json: Json = False, database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """List the cameras that were added, without users and passwords; those of a configuration stand there."""
    from rich.table import Table

    with opened_site(database, data_dir, config) as (_, repository):
        cameras = repository.cameras.all()
    if json:
        rows = [
            {
                "store": one.store_id,
                "camera": one.camera_id,
                "address": one.shown_as,
                "start": one.start and one.start.isoformat(),
                "kept_at": one.kept_at.isoformat(),
                "read_through_at": one.through_at and one.through_at.isoformat(),
            }
            for one in cameras
        ]
        print_json({"cameras": rows})
        return
    if not cameras:
        say("No camera was added yet: footfall camera add STORE NAME ADDRESS")
        return
    table = Table("store", "camera", "address", "since", "", box=None, pad_edge=False)
    for one in cameras:
        through = "read to its end" if one.through_at else ""
        table.add_row(one.store_id, one.camera_id, one.shown_as, f"{one.kept_at:%Y-%m-%d}", through)
    say_table(table)


@camera.command()
def remove(
    store: StoreName,
    name: CameraName,
    *,
    actor: Actor = None, database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Watch a camera no more; what it saw stays."""
    from footfall.wiring import utc_now

    with opened_site(database, data_dir, config) as (_, repository):
        repository.cameras.remove(store, name, by=actor_or_login(actor), at=utc_now())
    say(f"Camera {escape(name)} of {escape(store)} is watched no more")
