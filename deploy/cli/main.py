"""The `sovinto` command: every group of commands, put together."""

import typer

from deploy.cli import bench, check, demo, erase, files, law, look, parked, proof, rebuild, run, setup, show

app = typer.Typer(
    name="sovinto",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # Locals hold names and keys.
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Get invoices paid without losing the customer. Start with `sovinto run`; every command explains itself with "
    "--help. Commands reach the platform that runs in .sovinto here (SOVINTO_HOME names another folder; SOVINTO_URL "
    "and SOVINTO_KEY another machine). Exit codes: 0 done, 1 something refused or found wrong, 2 used wrongly.",
)
app.command("run", rich_help_panel="The platform")(run.run)
app.command("demo", rich_help_panel="The platform")(demo.demo)
app.add_typer(bench.bench, name="bench", rich_help_panel="The platform")
app.add_typer(setup.agency, name="agency", rich_help_panel="Set-up")
app.add_typer(setup.client, name="client", rich_help_panel="Set-up")
app.add_typer(setup.staff, name="staff", rich_help_panel="Set-up")
app.add_typer(setup.key, name="key", rich_help_panel="Set-up")
app.command("import", rich_help_panel="Work")(files.import_files)
app.command("bank", rich_help_panel="Work")(files.bank)
app.command("show", rich_help_panel="Work")(show.show_case)
app.command("erase", rich_help_panel="Work")(erase.erase)
app.command("proof", rich_help_panel="Work")(proof.proof)
app.command("verify", rich_help_panel="Work")(check.verify)
app.command("rebuild", rich_help_panel="Work")(rebuild.rebuild)
app.add_typer(law.law, name="law", rich_help_panel="The law")
app.command("stream", rich_help_panel="Ways to look")(look.stream)
app.command("positions", rich_help_panel="Ways to look")(look.positions)
app.command("waiting", rich_help_panel="Ways to look")(look.waiting)
app.command("digest", rich_help_panel="Ways to look")(rebuild.digest)
app.add_typer(parked.parked, name="parked", rich_help_panel="Ways to look")
