"""``inverset models``: alone and with ``show`` it lists a server's models; other sub-commands, one file each, maintain your own."""

import typer

from inverset.commands.models import adding, calibrating, checking, listing, pulling, removing, training

app = typer.Typer(help="List models, and add your own.", invoke_without_command=True)
app.callback()(listing.models)
app.command("add", no_args_is_help=True)(adding.add)
app.command("calibrate", no_args_is_help=True)(calibrating.calibrate)
app.command("check", no_args_is_help=True)(checking.check)
app.command("pull", no_args_is_help=True)(pulling.pull)
app.command("remove", no_args_is_help=True)(removing.remove)
app.command("show", no_args_is_help=True)(listing.show)
app.command("train-generator", no_args_is_help=True)(training.train_generator)
