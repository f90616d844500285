"""Take the pictures of the README: ``python -m tests.journeys.screenshots http://localhost:8000``.

Against a running installation with demo data. It reads, apart from one import that it prepares and throws away.
"""

import argparse
import csv
import io
import os
import random
from pathlib import Path

import django
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

# The names of the demo data stand beside its models, which need the settings.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings.test")
django.setup()

from leadcrm.local.browser import find_chromium  # noqa: E402
from leads.management.commands.load_demo import COMPANIES, FIRST, LAST  # noqa: E402
from tests.journeys import signing_in  # noqa: E402

FOLDER = Path(__file__).resolve().parent.parent.parent / "docs" / "screenshots"
LARGE, PHONE = (1440, 900), (390, 844)
MOST_BYTES = 200_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.journeys.screenshots", description=__doc__)
    parser.add_argument("address", nargs="?", default="http://localhost:8000", help="of the running installation")
    site = parser.parse_args().address.rstrip("/")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            page = sign_in(browser, site, "admin", LARGE, scheme)
            shoot(page, f"{site}/board/", f"board-{scheme}")
        page = sign_in(browser, site, "admin", LARGE, "light")
        shoot(page, f"{site}/leads/", "list")
        page.goto(f"{site}/leads/?sort=-score&status=qualified")
        lead = page.locator("bulk-table tbody tr .table__main a").first.get_attribute("href")
        shoot(page, f"{site}{lead}", "lead")
        take_import(page, site)
        shoot(sign_in(browser, site, "rep", LARGE, "light"), f"{site}/my-day/", "my-day")
        page = sign_in(browser, site, "admin", PHONE, "light")
        shoot(page, f"{site}/board/", "board-phone")
        shoot(page, f"{site}{lead}", "lead-phone")
        browser.close()


def sign_in(browser: Browser, site: str, person: str, size: tuple[int, int], scheme: str) -> Page:
    page = browser.new_page(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        is_mobile=size is PHONE,
        has_touch=size is PHONE,
    )
    signing_in.sign_in(page, site, person)
    return page


def take_import(page: Page, site: str) -> None:
    """Show how columns are understood and a dry run that has something to say, and throw the import away again."""
    page.goto(f"{site}/leads/import/")
    page.locator("input[type=file]").set_input_files(
        {"name": "fair-2026.csv", "mimeType": "text/csv", "buffer": visitors().encode()}
    )
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="What each column becomes").wait_for()
    shoot(page, page.url, "import-mapping")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Start the dry run").click()
    page.get_by_role("heading", name="This is what the import would do").wait_for(timeout=60_000)
    shoot(page, page.url, "import")
    page.get_by_role("button", name="Throw away").click()
    page.locator("#confirm [data-confirm-yes]").click()
    page.wait_for_url(f"{site}/imports/")


def visitors() -> str:
    """Return an invented list of visitors, as untidy as such lists are."""
    dice = random.Random(7)
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["First name", "Last name", "Company", "E-mail", "Mobile", "City", "Budget", "Met on", "Hall"])
    for number in range(1, 413):
        first, last, (company, _, city) = dice.choice(FIRST), dice.choice(LAST), dice.choice(COMPANIES)
        email = f"{first}.{last}{number}@{company.split()[0]}.example".lower()
        if number % 57 == 0:
            email = email.replace("@", " at ")
        met = "2026-02-30" if number % 131 == 0 else f"2026-10-{dice.randrange(6, 10):02d}"
        budget = dice.choice(["", "₹ 12,50,000", "800000", "ask again"]) if number % 29 == 0 else ""
        phone = f"98{dice.randrange(10**7, 10**8)}"
        writer.writerow([first, last, company, email, phone, city, budget, met, dice.choice("ABC")])
    return file.getvalue()


def shoot(page: Page, address: str, name: str) -> None:
    """Take one picture, small enough for a repository."""
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.mouse.move(0, 0)  # nothing looks pointed at
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    colours = picture.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    path = FOLDER / f"{name}.png"
    colours.save(path, optimize=True)
    assert path.stat().st_size < MOST_BYTES, f"{path.name} has {path.stat().st_size:,} bytes."


if __name__ == "__main__":
    main()
