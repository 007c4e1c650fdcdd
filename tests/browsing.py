"""A real Chromium for tests of the review page."""

import shutil

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PASSWORD = "a long enough word"
READY = "html[data-ready='1']"


def saved(page, text="Saved at"):
    """Waits until the page of an item says that what is typed is saved, or where else it is."""
    from playwright.sync_api import expect

    expect(page.locator("#save-state")).to_contain_text(text, timeout=45_000)


class Visitor:
    """One person at one browser."""

    def __init__(self, browser, address, **options):
        self.address = address
        self.context = browser.new_context(locale="en-US", **options)
        self.context.set_default_timeout(45_000)
        self.complaints = []
        self.page = self.open_page()

    def open_page(self):
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._console)
        return page

    def _console(self, message):
        # A refused request is an answer that the page deals with.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def sign_in(self, name, page=None):
        page = page or self.page
        page.goto(f"{self.address}/sign-in/")
        page.fill("#id_username", name)
        page.fill("#id_password", PASSWORD)
        page.click("main button.primary")
        page.wait_for_url(f"{self.address}/")
        return self

    def open_item(self, item, page=None):
        page = page or self.page
        page.goto(f"{self.address}/projects/{item.project.slug}/items/{item.pk}/")
        page.wait_for_selector(READY)
        return page

    def next_item(self, project):
        self.page.goto(f"{self.address}/projects/{project.slug}/")
        self.page.click("main form button.primary")
        self.page.wait_for_selector(READY)
        return self.page
