"""The sign-in page, as everybody goes through it."""

from playwright.sync_api import Page

from leads.management.commands.load_demo import PASSWORD


def sign_in(page: Page, site: str, person: str) -> None:
    """Sign in with address and password, as everybody does."""
    page.goto(site)
    page.get_by_label("E-mail address").fill(f"{person}@demo.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", level=1, name="Pipeline").wait_for()
