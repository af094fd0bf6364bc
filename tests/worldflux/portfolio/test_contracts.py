"""Contracts of probes that no registry describes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from tests.support import REPO
from worldbase import digest, document
from worldbase.errors import InputError
from worldflux.documents.eval_contract import ConsentMarker, CustomEvalContract
from worldflux.portfolio import contracts
from worldflux.portfolio.probes.registry import probes

OPTIONAL = {"episodes_per_task"}
REQUIRED = sorted(set(get_type_hints(CustomEvalContract)) - OPTIONAL - {"schema_name", "shown_by"})


def value() -> dict[str, Any]:
    """The example, in the JSON form."""
    made: dict[str, Any] = json.loads(document.dump(contracts.example()))
    return made


def written(folder: Path, contract: dict[str, Any]) -> Path:
    path = folder / "contract.json"
    path.write_text(json.dumps(contract), encoding="utf-8")
    return path


def refused(folder: Path, contract: dict[str, Any]) -> InputError:
    with pytest.raises(InputError) as caught:
        contracts.load(written(folder, contract))
    return caught.value


def test_the_example_is_valid_and_comes_back(tmp_path: Path) -> None:
    loaded = contracts.load(written(tmp_path, value()))
    assert loaded.document == contracts.example()
    assert loaded.digest == digest.of_value(value())


def test_the_published_example_is_the_one_that_the_command_writes() -> None:
    path = REPO / "examples" / "custom-eval-contract.json"
    assert path.read_bytes() == document.dump(contracts.example())
    assert contracts.load(path).document == contracts.example()


@pytest.mark.parametrize("field", REQUIRED)
def test_every_field_of_the_specification_is_required(field: str, tmp_path: Path) -> None:
    contract = value()
    del contract[field]
    assert f"/{field}" in str(refused(tmp_path, contract).problems)


@pytest.mark.parametrize("field", ["task_manifest", "metric_schema"])
def test_a_reference_without_a_digest_is_refused(field: str, tmp_path: Path) -> None:
    contract = value()
    del contract[field]["digest"]
    assert f"/{field}/digest" in str(refused(tmp_path, contract).problems)
    contract[field]["digest"] = "sha256:123"
    assert f"/{field}/digest" in str(refused(tmp_path, contract).problems)


def test_a_placeholder_is_no_digest(tmp_path: Path) -> None:
    contract = value()
    contract["task_manifest"]["digest"] = "sha256:" + "a" * 64
    assert refused(tmp_path, contract).code == "contract.placeholder"


@pytest.mark.parametrize("name", [*(probe.id for probe in probes()), "LIBERO_Pro", "Meta World".replace(" ", "_")])
def test_a_probe_of_the_registry_cannot_be_taken_over(name: str, tmp_path: Path) -> None:
    assert refused(tmp_path, {**value(), "probe_id": name}).code == "contract.probe_known"
    with pytest.raises(InputError) as caught:
        contracts.example(name)
    assert caught.value.code == "contract.probe_known"


@pytest.mark.parametrize("name", ["a b", "", "-x", "../x", "x\n", "x" * 201])
def test_what_is_no_id_makes_no_example(name: str) -> None:
    with pytest.raises(InputError) as caught:
        contracts.example(name)
    assert caught.value.code == "contract.probe_id"


def test_an_example_bears_the_name_that_it_is_given() -> None:
    assert contracts.example("our-packing-cell").probe_id == "our-packing-cell"


class TestFilesBesideTheContract:
    def test_the_file_that_is_named_is_taken(self, tmp_path: Path) -> None:
        contract = value()
        (tmp_path / "tasks.json").write_bytes(b"[]\n")
        contract["task_manifest"] = {"ref": "tasks.json", "digest": digest.of_bytes(b"[]\n")}
        assert contracts.load(written(tmp_path, contract)).document.task_manifest.ref == "tasks.json"

    @pytest.mark.parametrize("field", ["task_manifest", "metric_schema"])
    def test_another_file_of_that_name_is_refused(self, field: str, tmp_path: Path) -> None:
        contract = value()
        (tmp_path / contract[field]["ref"]).write_bytes(b"something else")
        error = refused(tmp_path, contract)
        assert error.code == "contract.digest_differs"
        assert digest.of_bytes(b"something else") in error.message

    @pytest.mark.parametrize("ref", ["../tasks.json", "..", ".", "tasks\\x", "a/../../tasks.json"])
    def test_no_file_elsewhere_is_looked_at(self, ref: str, tmp_path: Path) -> None:
        folder = tmp_path / "inner"
        folder.mkdir()
        (tmp_path / "tasks.json").write_bytes(b"not the file")
        contract = value()
        contract["task_manifest"]["ref"] = ref
        assert contracts.load(written(folder, contract)).document.task_manifest.ref == ref

    def test_a_folder_of_that_name_is_no_file(self, tmp_path: Path) -> None:
        (tmp_path / value()["task_manifest"]["ref"]).mkdir()
        assert contracts.load(written(tmp_path, value()))


def _contradict(contract: dict[str, Any]) -> None:
    contract["exclusion_rules"].append(contract["inclusion_rules"][0])


def _leak(contract: dict[str, Any]) -> None:
    contract["task_owner"] = "anna@example.org"


def _name_a_path(contract: dict[str, Any]) -> None:
    contract["task_manifest"]["ref"] = "/home/anna/tasks.json"


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        (_contradict, "contract.rules_contradict", "/exclusion_rules/1"),
        (_leak, "contract.private_content", "/task_owner"),
        (_name_a_path, "contract.private_content", "/task_manifest/ref"),
    ],
)
def test_what_a_reviewer_could_not_rely_on(
    change: Callable[[dict[str, Any]], None], code: str, pointer: str, tmp_path: Path
) -> None:
    contract = value()
    change(contract)
    error = refused(tmp_path, contract)
    assert (error.code, str(error.where)) == (code, f"contract.json at {pointer}")


def test_several_problems_are_told_at_once(tmp_path: Path) -> None:
    contract = value()
    _contradict(contract)
    _leak(contract)
    error = refused(tmp_path, contract)
    assert error.code == "contract.invalid"
    assert {problem.code for problem in error.problems} == {"contract.rules_contradict", "contract.private_content"}


class TestConsent:
    @pytest.mark.parametrize("declared", get_args(get_type_hints(ConsentMarker)["declared"]))
    def test_it_is_called_declared_and_never_more(self, declared: Any) -> None:
        said = contracts.consent_sentence(ConsentMarker(declared=declared, statement="for one reviewer"))
        assert "declared" in said
        assert said.endswith(": for one reviewer")
        assert not {"valid", "confirmed", "given"} & set(said.split())
        assert "verified" not in said or "not verified" in said

    def test_a_word_of_ones_own_is_refused(self, tmp_path: Path) -> None:
        contract = value()
        contract["consent"]["declared"] = "verified"
        assert "/consent/declared" in str(refused(tmp_path, contract).problems)


def test_what_is_still_the_example_is_an_open_point() -> None:
    made_up = contracts.example()
    assert len(contracts.open_points(made_up)) == 3
    own = msgspec.structs.replace(
        made_up,
        task_manifest=msgspec.structs.replace(made_up.task_manifest, digest=digest.of_bytes(b"tasks")),
        metric_schema=msgspec.structs.replace(made_up.metric_schema, digest=digest.of_bytes(b"metric")),
    )
    assert contracts.open_points(own) == [contracts.consent_sentence(own.consent)]
