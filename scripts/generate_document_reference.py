"""Write ``docs/reference/documents.md`` from the published JSON Schemas.

Run as ``just docs-generate``; the test suite checks that the page is current.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from worldbase.tables import markdown_table
from worldflux.documents.published import PUBLISHED, schema

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "documents.md"

FILES: Final = {
    "worldflux.claim.v0_draft": "`claim.json`",
    "worldflux.protocol.v0_draft": "`protocol.json`",
    "worldflux.run_info.v0_draft": "`run_info.json`, beside an evaluator's output",
    "worldflux.column_mapping.v0_draft": "`columns.json`, beside a table",
    "worldflux.trial_sheet.v0_draft": "a trial sheet; see [its source](sources/pi-0.7.md)",
    "worldflux.governance_sheet.v0_draft": "a governance sheet; see [its source](sources/embodied-gov-bench.md)",
    "worldflux.video_scores.v0_draft": "video scores; see [their source](sources/cosmos-predict.md)",
    "worldflux.evidence.v0_draft": "`evidence.json`",
    "worldflux.audit_input.v0_draft": "`audit_input.json`",
    "worldflux.audit_provenance.v0_draft": "`audit_provenance.json`",
    "worldflux.artifact_manifest.v0_draft": "`artifact_manifest.json`",
    "worldflux.raw_evidence_manifest.v0_draft": "`raw_evidence_manifest.json`",
    "worldflux.stopping.v0_draft": "`stopping.json`",
    "worldflux.ppi_input.v0_draft": "the file that `--ppi` names",
    "worldflux.ppi.v0_draft": "`ppi.json`",
    "worldflux.paper_claims.v0_draft": "`paper_claims.json`, beside a draft from a paper",
    "worldflux.import_report.v0_draft": "the file that `--report` of `audit import run-folder` names",
    "worldflux.evidence_statement.v0_draft": "what `signatures/author.*` signs",
    "worldflux.public_view.v0_draft": "inside the statement of `signatures/public.*`",
    "worldflux.public_view_statement.v0_draft": "what `signatures/public.*` signs",
    "worldflux.review_statement.v0_draft": "what `signatures/reviewer-*` signs",
    "worldflux.trusted_signers.v0": "the file that `--trusted-signer-config` names",
    "worldflux.sigstore_policy.v0": "the file that `--sigstore-policy-config` names",
    "worldflux.verification_report.v0_draft": "what `audit verify --format json` prints",
    "worldflux.eval_profile.v0_draft": "`profile.json`",
    "worldflux.custom_eval_contract.v0_draft": "`contract.json`",
    "worldflux.seed_commitment.v0_draft": "`seed_commitment.json`",
    "worldflux.eval_plan.v0_draft": "`plan.json`",
    "worldflux.plan_freeze_statement.v0_draft": "what `plan.freeze.json` signs",
    "worldflux.run_sheet.v0_draft": "`run_sheet.json`",
    "worldflux.arm_key.v0_draft": "the file that `--arm-key` names",
    "worldflux.eval_packet.v0_draft": "`packet.json`",
    "worldflux.reviewer_brief.v0_draft": "`reviewer_brief.json`",
    "worldflux.plan_log.v0_draft": "`plan_log.json` of a plan log",
    "worldflux.plan_log_entry.v0_draft": "a line of `entries.jsonl` of a plan log",
    "worldflux.plan_log_proof.v0_draft": "the file that `plan-log prove` writes",
    "worldflux.episode_result.v0_draft": "a line of `episode_results.jsonl`",
    "worldflux.failure_evidence.v0_draft": "a line of `failure_evidence_index.jsonl`",
    "worldflux.failure_replay.v0_draft": "a line of `failure_replay_manifest.jsonl`",
    "worldflux.planned_cell.v0_draft": "a line of `plan.cells.jsonl`, beside a plan of more than 10,000 cells",
    "worldflux.run_sheet_row.v0_draft": "a line of `run_sheet.rows.jsonl`, beside such a run sheet",
    "worldflux.packet_cell.v0_draft": "a line of `packet.cells.jsonl`, beside such a packet",
}
"""Where each document stands."""

_HEAD = """\
<!-- Written by scripts/generate_document_reference.py from the schemas. Do not edit; run `just docs-generate`. -->

# Documents

Every file format that WorldFlux reads or writes, field by field. The same schemas (JSON Schema, draft 2020-12) are in
`schemas/`, and `worldflux schema show NAME` prints one.

For all of them:

- An unknown field is refused: a misspelt field in a claim is a claim that nobody made.
- A field that is not required and not known is left out. It is never `null` unless its type says so.
- JSON is read strictly. Refused are keys that stand twice, `NaN` and `Infinity`, integers beyond 2^53 - 1, and numbers
  whose decimal text is not the value of the shortest form of their double. `0.80` equals `0.8` and passes.
- All problems of a document are reported together, each with its JSON pointer.

What a schema cannot say, such as that a rate lies between 0 and 1, is checked as well; the codes are listed under
[findings and codes](findings.md#a-document-that-is-refused). What the fields of an evidence package *mean* is explained
under [evidence package](evidence-package.md).
"""

_ATTRIBUTE = re.compile(r"^ {4,8}(\w+): (.*)$")


def main() -> None:
    """Write the page."""
    PAGE.write_text(document_reference(), encoding="utf-8")


def document_reference() -> str:
    """Return the page as Markdown: an index, then one section per schema."""
    rows = [[f"[`{name}`](#{_anchor(name)})", FILES[name]] for name in PUBLISHED]
    return "\n".join([_HEAD, markdown_table(["schema", "where it stands"], rows), *map(_section, PUBLISHED)])


def _section(name: str) -> str:
    document = schema(name)
    short, parts = name.split(".")[1], document.get("$defs", {})
    sections = [f"## {name}\n", f"Stands in {FILES[name]}.\n", _structure(document, short, parts)]
    for part_name, part in sorted(parts.items()):
        sections += [f"### {part_name} ({short})\n", _structure(part, short, parts)]
    return "\n".join(sections)


def _structure(part: dict[str, Any], document: str, parts: dict[str, Any]) -> str:
    about, attributes = _description(part["description"])
    required = part.get("required", [])
    rows = [
        [
            f"`{field}`",
            _type(value, document),
            "yes" if field in required else "",
            _meaning(attributes.get(field) or _about_part(value, parts), value),
        ]
        for field, value in part["properties"].items()
    ]
    header = ["field", "type", "required", "meaning"]
    if not any(row[-1] for row in rows):
        header, rows = header[:-1], [row[:-1] for row in rows]
    return f"{about}\n\n{markdown_table(header, rows)}"


def _about_part(value: dict[str, Any], parts: dict[str, Any]) -> str:
    """What the part that a field holds says of itself, in its first paragraph."""
    holders = [value, value.get("items", {}), *value.get("anyOf", ())]
    reference = next((holder["$ref"] for holder in holders if "$ref" in holder), "")
    if not reference:
        return ""
    about, _ = _description(parts[reference.rsplit("/", 1)[-1]]["description"])
    return about.partition("\n")[0]


def _description(text: str) -> tuple[str, dict[str, str]]:
    """Split a docstring in Google style into what it says of the whole, and of each attribute."""
    about, _, listed = text.partition("Attributes:\n")
    attributes: dict[str, str] = {}
    name = ""
    for line in listed.splitlines():
        if found := _ATTRIBUTE.match(line):
            name, attributes[found[1]] = found[1], found[2]
        elif name and line.strip():
            attributes[name] += f" {line.strip()}"
    paragraphs = re.split(r"\n\s*\n", about.strip())
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs), attributes


def _meaning(about: str, value: dict[str, Any]) -> str:
    default = f"Default: `{_literal(value['default'])}`." if "default" in value else ""
    return f"{about} {default}".strip()


def _type(value: dict[str, Any], document: str) -> str:
    if "$ref" in value:
        name = value["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{_anchor(f'{name} ({document})')})"
    if "anyOf" in value:
        return " or ".join(_type(choice, document) for choice in value["anyOf"])
    if "enum" in value:
        return " or ".join(f"`{_literal(choice)}`" for choice in value["enum"])
    if "prefixItems" in value:
        return f"[{', '.join(_type(item, document) for item in value['prefixItems'])}]"
    if value["type"] == "array":
        item = _type(value["items"], document)
        return ", ".join([f"list of ({item})" if "," in item else f"list of {item}", *_limits(value)])
    if isinstance(value.get("additionalProperties"), dict):
        return f"object of {_type(value['additionalProperties'], document)}"
    return ", ".join([value["type"], *_limits(value)])


def _limits(value: dict[str, Any]) -> Iterator[str]:
    for low, high, unit in (("minLength", "maxLength", " characters"), ("minItems", "maxItems", " items")):
        if low in value and high in value:
            yield f"{value[low]} to {value[high]:,}{unit}"
        elif high in value:
            yield f"at most {value[high]:,}{unit}"
        elif low in value:
            yield f"at least {value[low]}{unit}"
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    yield from (f"{sign} {value[limit]:,}" for limit, sign in signs.items() if limit in value)
    if "pattern" in value:
        yield f"`{value['pattern']}`"


def _literal(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _anchor(heading: str) -> str:
    """Id that the site gives to a heading."""
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower())


if __name__ == "__main__":
    main()
