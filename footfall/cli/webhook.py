"""``footfall webhook``: who is told what happens, and what came of it."""

from typing import TYPE_CHECKING, Annotated

import typer

from footfall.cli.access import (
    Actor,
    DatabaseUrl,
    DataFolder,
    EveryStore,
    Json,
    Stores,
    actor_or_login,
    opened_site,
)
from footfall.cli.app import app
from footfall.cli.asked import Config
from footfall.cli.output import escape, print_json, say, say_table
from footfall.exit_codes import ExitCode
from schemas.errors import InputError

if TYPE_CHECKING:
    from analytics.outbound.delivery import Attempt, Webhook

webhook = typer.Typer(name="webhook", help="Who is told what happens, and what came of it.", no_args_is_help=True)
app.add_typer(webhook)

WebhookId = Annotated[str, typer.Argument(metavar="WEBHOOK", help="The id of a webhook, as the list shows it.")]


@webhook.command()
def add(
    url: Annotated[str, typer.Argument(help="Where to send: https://HOST/PATH.")],
    *,
    event: Annotated[
        list[str] | None,
        typer.Option(help="arrival, report.daily, camera.down or camera.up; may be repeated. Without it, all of them."),
    ] = None,
    store: Stores = None, every_store: EveryStore = False,
    json: Json = False,
    actor: Actor = None, database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Send events somewhere, and print the secret that signs them, this once."""
    from analytics.outbound.http_sender import HttpSender
    from analytics.outbound.new_webhook import new_webhook
    from footfall.wiring import utc_now

    if every_store == bool(store):
        raise InputError("a webhook is of some stores: name them with --store, or say --every-store")
    with opened_site(database, data_dir, config, to_be_made=True) as (settings, repository):
        sender = HttpSender(settings.webhooks.reach(), now=utc_now)
        made = new_webhook(url, event or (), None if every_store else store or (), sender, now=utc_now())
        repository.webhooks.add(made, by=actor_or_login(actor))
    if json:
        print_json({"webhook": made.webhook_id, "secret": made.secret, "events": sorted(made.events)})
        return
    typer.echo(made.secret)
    say(f"Webhook {made.webhook_id} is told of {', '.join(sorted(made.events))}")
    say(f"The secret is not shown again. Try it: footfall webhook test {made.webhook_id}")


@webhook.command("list")
def list_webhooks(
    *,
    json: Json = False, database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """List all webhooks, without their secrets, and what waits for them."""
    from rich.table import Table

    from analytics.access.accounts import in_words
    from analytics.outbound.outbox_json import webhook_json

    with opened_site(database, data_dir, config) as (_, repository):
        hooks, waiting = repository.webhooks.all(), repository.outbox.waiting()
    if json:
        print_json({"webhooks": [webhook_json(one, waiting.get(one.webhook_id, 0)) for one in hooks]})
        return
    if not hooks:
        say("There is no webhook yet: footfall webhook add https://HOST/PATH --every-store")
        return
    table = Table("webhook", "address", "events", "stores", "state", "waiting", box=None, pad_edge=False)
    for one in hooks:
        told = ", ".join(sorted(one.events))
        table.add_row(
            one.webhook_id, one.url, told, in_words(one.stores), _state(one),
            str(waiting.get(one.webhook_id, 0)),
        )  # fmt: skip
    say_table(table)


@webhook.command("test")
def try_out(
    webhook_id: WebhookId,
    *,
    json: Json = False, database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Send a test event at once, and say what was answered."""
    from analytics.outbound.http_sender import HttpSender
    from analytics.outbound.trial import try_webhook
    from footfall.wiring import utc_now

    with opened_site(database, data_dir, config) as (settings, repository):
        sender = HttpSender(settings.webhooks.reach(), now=utc_now)
        outcome = try_webhook(repository, sender, webhook_id, utc_now)
    if json:
        print_json({"status": outcome.status, "problem": outcome.problem, "took_ms": outcome.took_ms})
    elif outcome.problem:
        say(f"It did not arrive: {escape(outcome.problem)}")
    else:
        say(f"It arrived: {outcome.status} within {outcome.took_ms} ms")
    if outcome.problem:
        raise typer.Exit(ExitCode.BAD_INPUT)


@webhook.command()
def remove(
    webhook_id: WebhookId,
    *,
    actor: Actor = None, database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Send nothing more there, nor what waits."""
    from footfall.wiring import utc_now

    with opened_site(database, data_dir, config) as (_, repository):
        repository.webhooks.remove(webhook_id, by=actor_or_login(actor), at=utc_now())
    say(f"Nothing more is sent to {escape(webhook_id)}")


@webhook.command()
def disable(
    webhook_id: WebhookId,
    *,
    actor: Actor = None, database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Send nothing more there until it is enabled, nor what waits."""
    from footfall.wiring import utc_now

    with opened_site(database, data_dir, config) as (_, repository):
        repository.webhooks.disable(webhook_id, by=actor_or_login(actor), at=utc_now())
    say(f"Nothing is sent to {escape(webhook_id)} until it is enabled")


@webhook.command()
def enable(
    webhook_id: WebhookId,
    *,
    actor: Actor = None, database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Send again to a webhook that was disabled; what happened meanwhile is not sent."""
    from footfall.wiring import utc_now

    with opened_site(database, data_dir, config) as (_, repository):
        repository.webhooks.enable(webhook_id, by=actor_or_login(actor), at=utc_now())
    say(f"Events are sent to {escape(webhook_id)} again")


@webhook.command("log")
def show_log(
    webhook_id: Annotated[str | None, typer.Argument(metavar="[WEBHOOK]", help="Of this webhook alone.")] = None,
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many of the last attempts.")] = 50,
    json: Json = False, database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Show the last attempts to send something, oldest first: when, what, where, and what was answered."""
    from rich.table import Table

    from analytics.outbound.outbox_json import attempt_json

    with opened_site(database, data_dir, config) as (_, repository):
        if webhook_id is not None:
            repository.webhooks.get(webhook_id)
        attempts = repository.outbox.attempts(limit, target=webhook_id)
    if json:
        print_json({"attempts": [attempt_json(one) for one in attempts]})
        return
    if not attempts:
        say("Nothing was sent yet")
        return
    table = Table("at", "to", "event", "message", "answer", "took", box=None, pad_edge=False)
    for one in attempts:
        table.add_row(
            f"{one.at:%Y-%m-%d %H:%M:%S}", one.target, one.kind, f"msg_{one.message_id.hex}", _answer(one),
            f"{one.took_ms} ms",
        )  # fmt: skip
    say_table(table)


def _state(one: "Webhook") -> str:
    if one.disabled_at is not None:
        return f"disabled on {one.disabled_at:%Y-%m-%d %H:%M}: {one.disabled_for}"
    return "ok" if one.failing_since is None else f"failing since {one.failing_since:%Y-%m-%d %H:%M}"


def _answer(one: "Attempt") -> str:
    return str(one.status) if not one.problem else f"{one.problem}; {one.state}"
