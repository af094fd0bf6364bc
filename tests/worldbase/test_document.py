"""Documents refuse what they do not know, and say everything that is wrong at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import jsonschema
import msgspec
import pytest
from msgspec import UNSET, Meta, UnsetType

from worldbase import digest, document
from worldbase.document import Document, Part
from worldbase.errors import InputError, Problem, Where


class Tool(Part, frozen=True, kw_only=True):
    """A named piece."""

    name: Annotated[str, Meta(min_length=1)]
    libraries: dict[str, str] = msgspec.field(default_factory=dict)


class Report(Document, frozen=True, kw_only=True):
    """A document with one of everything."""

    schema_name: ClassVar[str] = "test.report.v1"

    schema_version: Literal["test.report.v1"]
    id: str
    rate: float
    trials: Annotated[int, Meta(ge=0)]
    tools: list[Tool]
    verdict: Literal["shown", "not_shown"] | UnsetType = UNSET
    note: str | None = None

    def problems(self, file: str) -> Iterator[Problem]:
        """Yield a rate without a trial."""
        if self.trials == 0 and self.rate:
            yield Problem("report.rate", "a rate without a trial", Where(file, "/rate"))


def fields(**changed: Any) -> dict[str, Any]:
    return {
        "schema_version": "test.report.v1",
        "id": "a",
        "rate": 0.5,
        "trials": 2,
        "tools": [{"name": "t"}],
        **changed,
    }


def refusal(value: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        document.parse(msgspec.json.encode(value), Report, file="report.json")
    return caught.value


def faults(value: Any) -> list[tuple[str, str | None]]:
    return sorted((problem.code, problem.where.pointer) for problem in refusal(value).problems)


class TestReading:
    def test_a_document_comes_with_its_value_bytes_and_digest(self) -> None:
        data = b' {"schema_version": "test.report.v1", "id": "a", "rate": 1, "trials": 1, "tools": []}\n'
        loaded = document.parse(data, Report)
        assert loaded.document == Report(schema_version="test.report.v1", id="a", rate=1.0, trials=1, tools=[])
        assert loaded.value["rate"] == 1
        assert loaded.data == data
        assert loaded.digest == digest.of_value(loaded.value)

    def test_layout_does_not_change_the_digest(self) -> None:
        value = fields()
        one = document.parse(msgspec.json.encode(value), Report)
        other = document.parse(msgspec.json.format(msgspec.json.encode(dict(reversed(value.items())))), Report)
        assert one.data != other.data
        assert one.digest == other.digest

    def test_a_default_is_not_part_of_the_digest(self) -> None:
        one = document.parse(msgspec.json.encode(fields()), Report)
        other = document.parse(msgspec.json.encode(fields(note=None)), Report)
        assert one.document == other.document
        assert one.digest != other.digest

    def test_a_document_cannot_be_changed(self) -> None:
        report = document.convert(fields(), Report)
        with pytest.raises(AttributeError):
            report.id = "b"  # type: ignore[misc]

    def test_a_file_is_read_under_the_name_that_messages_give_it(self, tmp_path: Path) -> None:
        path = tmp_path / "secret-place.json"
        path.write_bytes(msgspec.json.encode(fields(trials=-1)))
        with pytest.raises(InputError) as caught:
            document.load(path, Report, file="report.json")
        told = [str(caught.value), *map(str, caught.value.problems)]
        assert all("report.json" in line and "secret-place" not in line for line in told)

    def test_a_missing_file_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError) as caught:
            document.load(tmp_path / "gone", Report)
        assert caught.value.code == "file.missing"

    def test_what_the_json_reader_refuses_is_refused(self) -> None:
        with pytest.raises(InputError) as caught:
            document.parse(b'{"id": "a", "id": "b"}', Report)
        assert caught.value.code == "json.duplicate_key"


class TestRefusing:
    @pytest.mark.parametrize(
        ("changed", "fault"),
        [
            pytest.param({"trails": 1}, ("document.unknown_field", "/trails"), id="unknown field"),
            pytest.param({"a/b": 1}, ("document.unknown_field", "/a~1b"), id="unknown field to be escaped"),
            pytest.param({"rate": "0.5"}, ("document.value", "/rate"), id="text for a number"),
            pytest.param({"rate": True}, ("document.value", "/rate"), id="boolean for a number"),
            pytest.param({"rate": None}, ("document.value", "/rate"), id="null"),
            pytest.param({"trials": 1.5}, ("document.value", "/trials"), id="fraction for a count"),
            pytest.param({"trials": "1"}, ("document.value", "/trials"), id="text for a count"),
            pytest.param({"trials": -1}, ("document.value", "/trials"), id="negative count"),
            pytest.param({"id": 1}, ("document.value", "/id"), id="number for a text"),
            pytest.param({"tools": {}}, ("document.value", "/tools"), id="object for a list"),
            pytest.param({"tools": [{"name": ""}]}, ("document.value", "/tools/0/name"), id="empty text"),
            pytest.param({"tools": [{}]}, ("document.missing_field", "/tools/0/name"), id="missing below"),
            pytest.param(
                {"tools": [{"name": "t"}, {"name": "t", "nam": 1}]},
                ("document.unknown_field", "/tools/1/nam"),
                id="unknown below",
            ),
            pytest.param(
                {"tools": [{"name": "t", "libraries": {"numpy": 2}}]},
                ("document.value", "/tools/0/libraries/numpy"),
                id="value of a free key",
            ),
            pytest.param({"verdict": "maybe"}, ("document.value", "/verdict"), id="not one of the choices"),
            pytest.param({"verdict": None}, ("document.value", "/verdict"), id="null for an optional field"),
            pytest.param({"trials": 0}, ("report.rate", "/rate"), id="a rule between fields"),
        ],
    )
    def test_each_fault_is_named_with_its_pointer(self, changed: dict[str, Any], fault: tuple[str, str]) -> None:
        assert faults(fields(**changed)) == [fault]

    @pytest.mark.parametrize("missing", ["id", "rate", "trials", "tools", "schema_version"])
    def test_a_missing_field_is_named_once(self, missing: str) -> None:
        value = fields()
        del value[missing]
        assert faults(value) == [("document.missing_field", f"/{missing}")]

    def test_each_of_several_missing_fields_is_named_once(self) -> None:
        assert faults({"schema_version": "test.report.v1", "rate": 0.5}) == [
            ("document.missing_field", "/id"),
            ("document.missing_field", "/tools"),
            ("document.missing_field", "/trials"),
        ]

    def test_all_faults_come_at_once(self) -> None:
        value = fields(rate="x", trials=-1, tools=[{"name": 1}, {"nam": "t"}], verdit="shown")
        del value["id"]
        assert faults(value) == [
            ("document.missing_field", "/id"),
            ("document.missing_field", "/tools/1/name"),
            ("document.unknown_field", "/tools/1/nam"),
            ("document.unknown_field", "/verdit"),
            ("document.value", "/rate"),
            ("document.value", "/tools/0/name"),
            ("document.value", "/trials"),
        ]
        assert "7 problems" in refusal(value).message

    @pytest.mark.parametrize("value", [[], "text", 1, None, True], ids=["list", "text", "number", "null", "boolean"])
    def test_what_is_no_object_is_refused(self, value: Any) -> None:
        error = refusal(value)
        assert (error.code, [problem.where.pointer for problem in error.problems]) == ("document.invalid", [""])

    def test_a_misspelt_field_is_answered_with_the_nearest(self) -> None:
        assert "did you mean 'trials'?" in str(refusal(fields(trails=1)).problems[0])

    def test_a_foreign_field_is_answered_with_all(self) -> None:
        message = str(refusal(fields(zzz=1)).problems[0])
        assert all(name in message for name in Report.__struct_fields__)

    def test_another_kind_of_document_is_called_by_its_name(self) -> None:
        error = refusal({"schema_version": "test.claim.v1", "zzz": 1})
        assert error.code == "document.kind"
        assert error.where == Where("report.json", "/schema_version")
        assert "test.claim.v1" in error.message
        assert "test.report.v1" in error.message

    def test_rules_between_fields_are_asked_only_of_a_well_formed_document(self) -> None:
        assert faults(fields(trials=0, rate="x")) == [("document.value", "/rate")]

    def test_msgspec_and_the_schema_agree_on_what_is_a_document(self) -> None:
        validator = jsonschema.Draft202012Validator(document.schema_of(Report, "test.report.v1"))
        assert validator.is_valid(fields())
        assert not validator.is_valid(fields(zzz=1))


class TestWriting:
    def test_fields_come_in_declared_order_indented_with_one_newline_at_the_end(self) -> None:
        report = document.convert(dict(reversed(fields(id="é").items())), Report)
        assert document.dump(report).decode() == (
            "{\n"
            '  "schema_version": "test.report.v1",\n'
            '  "id": "é",\n'
            '  "rate": 0.5,\n'
            '  "trials": 2,\n'
            '  "tools": [\n'
            "    {\n"
            '      "name": "t",\n'
            '      "libraries": {}\n'
            "    }\n"
            "  ],\n"
            '  "note": null\n'
            "}\n"
        )

    def test_what_is_written_is_read_back(self) -> None:
        report = document.convert(fields(verdict="shown", note="x"), Report)
        assert document.parse(document.dump(report), Report).document == report

    def test_a_lone_surrogate_is_refused(self) -> None:
        with pytest.raises(InputError) as caught:
            document.dump(Report(**fields(id="\udcff", tools=[])))
        assert caught.value.code == "document.text"
        str(caught.value).encode("utf-8")


class TestSchema:
    def test_it_is_self_contained_and_valid(self) -> None:
        schema = document.schema_of(Report, "test.report.v1")
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["$schema"] == document.SCHEMA_DIALECT
        assert schema["$id"] == "urn:test.report.v1"
        assert list(schema["$defs"]) == ["Tool"]
        assert schema["additionalProperties"] is False

    def test_a_document_without_parts_has_no_definitions(self) -> None:
        assert "$defs" not in document.schema_of(Tool, "tool")


@pytest.mark.parametrize(
    ("message", "pointer"),
    [
        ("Expected `str`, got `int` - at `$.a`", "/a"),
        ("Expected `str`, got `int` - at `$.a[0].b`", "/a/0/b"),
        ("Expected `str`, got `int` - at `$.a[...]`", "/a"),
        ("Expected `object`, got `array` - at `$`", ""),
        ("Expected `object`, got `array`", None),
        ("Input data was truncated", None),
    ],
)
def test_the_place_in_a_message_becomes_a_pointer(message: str, pointer: str | None) -> None:
    assert document.pointer_of(message) == pointer


@pytest.mark.parametrize(
    ("number", "carried"),
    [(1 / 3, 0.333333333333), (2 / 3, 0.666666666667), (1e-20 / 3, 3.33333333333e-21), (0.1, 0.1)],
)
def test_computed_numbers_carry_twelve_digits(number: float, carried: float) -> None:
    assert document.significant(number) == carried
