"""The one file that is given away is what its parts make, and so are its digests."""

from __future__ import annotations

import hashlib
import re
import subprocess

import pytest

from scripts import assemble_verifier
from tests.worldflux.verify.elsewhere.node import SCRIPT, ask, node
from worldflux.errors import EXIT_CODES
from worldflux.package import layout
from worldflux.verify import elsewhere
from worldflux.verify.gates import NAMES


def test_script_is_current() -> None:
    assert elsewhere.script() == assemble_verifier.assembled(), "run: python scripts/assemble_verifier.py"


def test_digests_are_current() -> None:
    assert assemble_verifier.DIGESTS.read_text(encoding="utf-8") == assemble_verifier.digests()
    listed = {line[66:]: line[:64] for line in assemble_verifier.digests().splitlines()}
    assert listed[elsewhere.SCRIPT] == hashlib.sha256(elsewhere.script()).hexdigest()
    assert listed[elsewhere.PAGE] == hashlib.sha256(elsewhere.page()).hexdigest()


def test_script_is_valid_in_node() -> None:
    done = subprocess.run([node(), "--check", SCRIPT], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


def test_page_holds_the_script_once_and_no_address() -> None:
    page = elsewhere.page().decode()
    assert page.count(elsewhere.script().decode()) == 1
    assert page.count("</script>") == 1
    assert re.search(r"""(?:src|href)\s*=|@import|url\(""", page.split("<script>")[0]) is None
    assert "default-src 'none'" in page


def test_script_never_writes_markup_nor_speaks_to_a_network() -> None:
    script = elsewhere.script().decode()
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert word not in script
    for word in ("fetch(", "XMLHttpRequest", "WebSocket", "sendBeacon", "import(", "EventSource", "localStorage"):
        assert word not in script


def test_tables_are_those_of_the_program() -> None:
    gates = ask("return V.GATES;", None)
    assert [(gate["id"], gate["name"], gate["exitCode"]) for gate in gates] == [
        (gate, NAMES[gate], EXIT_CODES[gate]) for gate in NAMES
    ]
    members = ask("return V.MEMBERS;", None)
    assert {name: tuple(row[:3]) for name, row in members.items()} == {
        name: tuple(member) for name, member in layout.KNOWN.items()
    }


def test_a_name_that_two_parts_declare_is_refused() -> None:
    assemble_verifier._refuse_repeated({"a.js": "const x = 1;\n", "b.js": "const y = 2;\n"})
    with pytest.raises(ValueError, match="declares x"):
        assemble_verifier._refuse_repeated({"a.js": "const x = 1;\n", "b.js": "async function x() {}\n"})
