"""The machine is described as far as the system says, and never by its name."""

from __future__ import annotations

import getpass
import os
import re
import socket
from pathlib import Path

import pytest

from worldforge.benchmark import machine as module
from worldforge.benchmark.machine import machine, machine_class


@pytest.fixture(autouse=True)
def forget_the_processor() -> None:
    module._cpu_model.cache_clear()


@pytest.mark.parametrize(
    ("model", "slug"),
    [
        ("AMD EPYC 9R14", "linux-x86_64-amd-epyc-9r14-2cpu"),
        ("Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz", "linux-x86_64-intel-xeon-e5-2680-v4-2cpu"),
        ("AMD EPYC 7763 64-Core Processor", "linux-x86_64-amd-epyc-7763-2cpu"),
        (None, "linux-x86_64-2cpu"),
    ],
)
def test_the_class_is_a_slug_of_what_timings_depend_on(model: str | None, slug: str) -> None:
    found = machine_class("Linux", "x86_64", model, 2)
    assert re.fullmatch(re.escape(slug) + r"-cpython3\.\d+", found)


def test_it_names_neither_the_host_nor_the_user() -> None:
    told = repr(machine()).lower()
    for name in (socket.gethostname().lower(), getpass.getuser().lower()):
        assert not re.search(rf"\b{re.escape(name)}\b", told)


def test_a_system_that_says_nothing_leaves_gaps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuses() -> tuple[float, float, float]:
        raise OSError

    monkeypatch.setattr(module, "_CPU_INFO", tmp_path / "none")
    monkeypatch.setattr(module, "_GOVERNOR", tmp_path)
    monkeypatch.setattr(os, "getloadavg", refuses)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.delattr(os, "uname")
    found = machine()
    assert (found.cpu_model, found.governor, found.load_average) == (None, None, None)
    assert (found.logical_cpus, found.usable_cpus) == (1, 1)
    assert found.machine_class


def test_the_processor_and_the_governor_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_bytes(b"processor\t: 0\nmodel name\t:  Fine   CPU \xff 3000\n" + b"x" * 99_999)
    (tmp_path / "governor").write_text("powersave\n")
    monkeypatch.setattr(module, "_CPU_INFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(module, "_GOVERNOR", tmp_path / "governor")
    found = machine()
    assert (found.cpu_model, found.governor) == ("Fine CPU \ufffd 3000", "powersave")


def test_versions_of_what_is_measured_are_recorded() -> None:
    versions = machine(distributions=["msgspec", "no-such-thing", "", "worldflux"]).versions
    assert set(versions) == {"msgspec", "worldflux"}
    assert set(machine().versions) == {"worldflux"}
