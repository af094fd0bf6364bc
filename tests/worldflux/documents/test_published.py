"""Schemas are published, current, and agree with the documents."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.support import FIXTURES, REPO
from worldbase import document
from worldbase.errors import InputError
from worldflux.documents import published
from worldflux.documents.claim import Claim
from worldflux.documents.protocol import Protocol


@pytest.mark.parametrize("name", published.PUBLISHED)
def test_the_committed_schema_is_current(name: str) -> None:
    committed = (REPO / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
    assert json.loads(committed) == published.schema(name), "run `just schemas`"


def test_no_schema_is_committed_that_is_not_published() -> None:
    committed = {path.name.removesuffix(".schema.json") for path in (REPO / "schemas").glob("worldflux.*.schema.json")}
    assert committed == set(published.PUBLISHED)


@pytest.mark.parametrize("name", published.PUBLISHED)
def test_each_schema_is_a_valid_schema_that_refuses_unknown_fields(name: str) -> None:
    schema = published.schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    assert schema["description"]


@pytest.mark.parametrize(("name", "kind"), [("claim", Claim), ("protocol", Protocol)])
def test_the_quickstarts_documents_are_valid_to_the_letter(name: str, kind: type[document.Document]) -> None:
    loaded = document.load(FIXTURES / "seeds" / f"{name}.json", kind)
    Draft202012Validator(published.schema(kind.schema_name)).validate(loaded.value)


def _paths(value: Any, prefix: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if isinstance(value, dict):
        return [path for key, child in value.items() for path in [(*prefix, key), *_paths(child, (*prefix, key))]]
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return _paths(value[0], (*prefix, "0"))
    return []


@pytest.mark.parametrize(("name", "kind"), [("claim", Claim), ("protocol", Protocol)])
def test_every_field_of_the_quickstart_is_needed_and_its_absence_is_named(
    name: str, kind: type[document.Document]
) -> None:
    text = (FIXTURES / "seeds" / f"{name}.json").read_text(encoding="utf-8")
    for path in _paths(json.loads(text)):
        value = json.loads(text)
        parent = value
        for key in path[:-1]:
            parent = parent[int(key)] if key.isdigit() else parent[key]
        del parent[path[-1]]
        with pytest.raises(InputError) as refused:
            document.convert(value, kind)
        pointers = [problem.where.pointer for problem in refused.value.problems]
        assert pointers == ["/" + "/".join(path)], path
