"""The printed run sheet, as a browser prints it: every sheet of paper says what it is and which one."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.worldflux.portfolio.sheeting import frozen_plan, libero
from worldflux.portfolio import blinding
from worldflux.portfolio.render.run_sheet_html import pieces
from worldflux.portfolio.run_sheet import sheet_of

A4_LANDSCAPE = (842, 595)


@pytest.mark.slow
def test_every_printed_page_is_private_numbered_and_names_the_plan(tmp_path: Path) -> None:
    frozen = frozen_plan(tmp_path, libero())
    work = sheet_of(frozen, arms=blinding.sealed(blinding.new_key(frozen.plan, "other_policy")))
    page, paper = tmp_path / "run_sheet.html", tmp_path / "run_sheet.pdf"
    page.write_bytes(b"".join(pieces(work.sheet, work.rows())))
    _print(page, paper)
    sheets = PdfReader(paper).pages
    assert len(sheets) > 3
    for number, sheet in enumerate(sheets, start=1):
        text = sheet.extract_text()
        assert text.count("LOCAL_PRIVATE") >= 2
        assert f"page {number} of {len(sheets)}" in text
        assert frozen.plan.digest[:23] in text
        assert (round(sheet.mediabox.width), round(sheet.mediabox.height)) == A4_LANDSCAPE
    text = "\n".join(sheet.extract_text() for sheet in sheets)
    found = [int(number) for number in re.findall(r"^(\d+) [AB] libero", text, re.MULTILINE)]
    assert found == list(range(1, work.sheet.planned + 1)), "each row once, in order, and whole on one page"


def _print(page: Path, paper: Path) -> None:
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    command += [f"--user-data-dir={page.parent / 'profile'}", f"--print-to-pdf={paper}", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert paper.exists(), done.stderr
