"""What `make run` says when everything is up."""

import sys

import psycopg
from django.contrib.auth import get_user_model
from django.core.management import get_commands, load_command_class

from leadcrm.local import roles
from leadcrm.local.installation import Installation
from leadcrm.settings import env


def banner(installation: Installation) -> str:
    """Say where it is, how to sign in, where mail goes, and how to stop."""
    place, state, cluster = installation.place, installation.state, installation.cluster
    lines = ["", f"leadcrm is ready: {place.url}", ""]
    if logins := _present_logins(installation.connections.app):
        roles_width, emails_width = (max(len(login[column]) for login in logins) for column in (0, 1))
        lines += ["  Log in as"]
        lines += [f"    {role:<{roles_width}}  {email:<{emails_width}}  {password}" for role, email, password in logins]
        lines += [""]
    if installation.mailbox is None:
        lines.append(f"  Mail      is sent through {env.text('EMAIL_HOST')}")
    else:
        lines.append(f"  Mail      {place.url}/local/mailbox/ (nothing leaves this machine)")
        if not place.is_private:
            lines.append("            The page answers only to visitors on this machine, because it shows every mail.")
    if cluster is None:
        # Its URL holds a password, which has no place on a screen.
        lines.append(
            f"  Database  the server of DATABASE_URL, as {roles.APP} (passwords in {state.path / 'secrets.json'})"
        )
    else:
        lines.append(
            f"  Database  {cluster.binaries.program('psql')} -h {cluster.socket_folder} -U {roles.OWNER} leadcrm"
        )
        lines.append(f'  Commands  DATABASE_URL="{installation.connections.app}" {sys.executable} manage.py help')
    lines += [f"  Files     {state.path} (`make demo-reset` empties it)", "  Stop      Ctrl+C", ""]
    return "\n".join(lines)


def _present_logins(app_url: str) -> list[tuple[str, str, str]]:
    """Return the demo logins that this database really has."""
    # By the name of the command, because the platform does not import the apps above it.
    command = load_command_class(get_commands()["load_demo"], "load_demo")
    logins: list[tuple[str, str, str]] = sys.modules[type(command).__module__].DEMO_LOGINS
    table = get_user_model()._meta.db_table
    # The name of the table comes from the model.
    query = f'SELECT lower(email::text) FROM "{table}" WHERE lower(email::text) = ANY (%s)'.encode()  # noqa: S608
    with psycopg.connect(app_url) as connection:
        present = {email for (email,) in connection.execute(query, [[email.lower() for _, email, _ in logins]])}
    return [login for login in logins if login[1].lower() in present]
