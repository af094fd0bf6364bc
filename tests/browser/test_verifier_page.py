"""The verifier's page in a real browser, from a file, with no network."""

from __future__ import annotations

import base64
import json
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.forgeries import by_author
from tests.support import REPO
from tests.tampering import AUTHOR_KEY, edit_json
from tests.worldflux.auditing import bench
from tests.worldflux.results import layout_b, write
from tests.worldflux.signed_packages import signed, small_package, trust_author
from worldflux.verify import elsewhere

VECTORS: Final = REPO / "tests" / "vectors"
INDEX: Final[list[dict[str, Any]]] = json.loads((VECTORS / "vectors.json").read_bytes())["vectors"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; skipped, visibly, where there is none."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / elsewhere.PAGE
    path.write_bytes(elsewhere.page())
    return path


@pytest.fixture
def page(browser: Browser, page_file: Path) -> Iterator[Page]:
    """The page, opened from the file, in a browser that has no network; whatever it complains about fails the test."""
    context = browser.new_context(offline=True)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    requests: list[str] = []
    opened.on("request", lambda request: requests.append(request.url))
    opened.goto(page_file.as_uri())
    yield opened
    context.close()
    assert complaints == []
    assert requests == [page_file.as_uri()]


def verified(page: Page, package: Path, trusted: Path | None = None, profile: str = "local") -> int:
    """Give the page a package; the exit code that it shows."""
    page.select_option("#profile", profile)
    page.set_input_files("#trust-file", trusted or [])
    page.set_input_files("#package-folder" if package.is_dir() else "#package-file", package)
    conclusion = page.locator(f".conclusion[data-of='{package.name}']")
    expect(conclusion).to_be_visible(timeout=30_000)
    return int(conclusion.get_attribute("data-exit-code") or -1)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A signed package in a folder."""
    _, folder = small_package(tmp_path / "work")
    signed(folder)
    return folder


def test_a_good_package(page: Page, package: Path, tmp_path: Path) -> None:
    assert verified(page, package, trust_author(tmp_path)) == 0
    expect(page.locator(".conclusion h2")).to_have_text("Verified")
    expect(page.locator(".chip.recomputed")).to_be_visible()
    expect(page.locator(".chip.mismatch")).to_have_count(0)
    shown = page.locator(".digest").all_inner_texts()
    assert AUTHOR_KEY.keyid in ["".join(text.split()) for text in shown]
    expect(page.locator(".gates li.fail")).to_have_count(0)


def test_the_same_package_without_a_trust_file(page: Page, package: Path) -> None:
    assert verified(page, package) == 21
    expect(page.locator(".conclusion h2")).to_have_text("Sound, signer unknown")


def test_a_number_that_does_not_follow_is_named(page: Page, package: Path, tmp_path: Path) -> None:
    def lie(folder: Path) -> None:
        edit_json(folder / "evidence.json", lambda value: value["metrics"][0].update(estimate=0.99))

    by_author(lie)(package)
    assert verified(page, package, trust_author(tmp_path)) == 18
    first = page.locator("tbody tr").first
    expect(first).to_have_class("mismatch")
    expect(first.locator(".pointer")).to_have_text("/metrics/0/estimate")


def test_a_share_attests_its_counts(page: Page) -> None:
    assert verified(page, VECTORS / "good-share.tar.gz", VECTORS / "trusted.json", "share") == 0
    expect(page.locator(".chip.attested")).to_be_visible()


def test_trust_may_be_given_afterwards(page: Page) -> None:
    assert verified(page, VECTORS / "good.tar.gz") == 21
    page.set_input_files("#trust-file", VECTORS / "trusted.json")
    expect(page.locator(".conclusion[data-exit-code='0']")).to_be_visible()


def test_what_a_package_says_is_never_markup(page: Page, package: Path) -> None:
    attack = "<img src=x onerror=alert(1)><script>alert(2)</script>\u202eevil"
    edit_json(package / "evidence.json", lambda value: value.update(headline=attack))
    by_author()(package)
    assert verified(page, package) == 18
    expect(page.locator("img")).to_have_count(0)
    expect(page.locator(".headline")).to_contain_text("<img src=x onerror=alert(1)>")
    expect(page.locator(".headline")).to_contain_text("\\u{202e}")


def test_what_is_no_package(page: Page, tmp_path: Path) -> None:
    (tmp_path / "notes.tar").write_bytes(b"hello")
    assert verified(page, tmp_path / "notes.tar") == 10


def test_a_trust_file_that_is_none(page: Page, tmp_path: Path) -> None:
    (tmp_path / "trusted.json").write_bytes(b'{"a": 1}')
    page.set_input_files("#trust-file", tmp_path / "trusted.json")
    page.set_input_files("#package-file", VECTORS / "good.tar.gz")
    expect(page.locator(".conclusion h2")).to_have_text("Cannot verify")


def test_keyboard_alone_is_enough(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "package-file"
    assert verified(page, VECTORS / "good.tar.gz", VECTORS / "trusted.json") == 0
    assert page.evaluate("document.activeElement.tagName") == "H2"


@pytest.mark.slow
def test_every_vector(page: Page) -> None:
    shown = {
        vector["name"]: verified(
            page,
            VECTORS / vector["file"],
            VECTORS / vector["trusted"] if vector["trusted"] else None,
            vector["profile"],
        )
        for vector in INDEX
        if not vector["expect"]  # the page has no place to say what is expected
    }
    assert shown == {vector["name"]: vector["exit_code"] for vector in INDEX if not vector["expect"]}


def test_an_archive_of_two_folders(page: Page, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "two.tar", "w", format=tarfile.USTAR_FORMAT) as archive:
        archive.add(VECTORS / "trusted.json", "a/x.json")
        archive.add(VECTORS / "trusted.json", "b/x.json")
    assert verified(page, tmp_path / "two.tar") == 10


def test_an_archive_that_is_dropped(page: Page) -> None:
    data = base64.b64encode((VECTORS / "good.tar.gz").read_bytes()).decode()
    page.evaluate(
        """(data) => {
            const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], "dropped.tar.gz"));
            const how = { dataTransfer: transfer, bubbles: true, cancelable: true };
            document.body.dispatchEvent(new DragEvent("drop", how));
        }""",
        data,
    )
    expect(page.locator(".conclusion[data-of='dropped.tar.gz']")).to_have_attribute("data-exit-code", "21")


def test_long_lists_are_shown_in_two_steps(page: Page, tmp_path: Path) -> None:
    tasks = [f"kitchen/{number}" for number in range(70)]
    place = bench(tmp_path / "work", tasks=tasks, episodes=2)
    outcomes = {("kitchen", number): [True, number % 3 > 0] for number in range(70)}
    place.audit(write(tmp_path / "work" / "eval_info.json", layout_b(outcomes)))
    signed(place.output)
    assert verified(page, place.output) == 21
    rows = page.locator("tbody tr")
    shown = rows.count()
    page.get_by_role("button", name="more").click()
    assert rows.count() > shown
    expect(page.get_by_role("button", name="more")).to_have_count(0)
