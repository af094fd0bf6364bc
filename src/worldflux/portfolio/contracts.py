"""Contracts for probes of the customer's own: read, checked, and written as an example to start from.

A plan pins a contract whole, so what a reviewer could not rely on is refused here: a digest that nobody has filled in,
a file beside the contract that is not the one it names, rules that contradict each other, a name that the registry
uses for something else. Consent is recorded as it was declared. It is never verified.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from worldbase import digest, document, safepath
from worldbase.document import Loaded
from worldbase.errors import InputError, Problem, Where
from worldflux.claims import claim_pair
from worldflux.documents.eval_contract import ConsentMarker, ContractTask, CustomEvalContract, DigestedRef
from worldflux.documents.profile import VISIBILITY
from worldflux.portfolio.probes.registry import find_probe

EXAMPLE_PROBE: Final = "customer-tabletop"
_HINTS: Final = {
    "contract.probe_known": "Give your probe an id that no probe of `worldflux eval-portfolio probes` has.",
    "contract.placeholder": "Write the SHA-256 of the file there: `sha256sum FILE`, with `sha256:` in front.",
    "contract.digest_differs": "Name the file that belongs to the contract, or write the digest of this one.",
    "contract.rules_contradict": "An episode is counted or not: keep the rule in one of the two lists.",
    "contract.private_content": "A reviewer reads the contract: leave out paths, hosts, people and secrets.",
}


def load(path: Path) -> Loaded[CustomEvalContract]:
    """Read and check a contract.

    Raises:
        InputError: What reading a document raises; `contract.probe_known`, `contract.placeholder`,
            `contract.digest_differs`, `contract.rules_contradict`, `contract.private_content`,
            or `contract.invalid` for several.
    """
    loaded = document.load(path, CustomEvalContract, file=path.name)
    problems = [
        *_problems(loaded.document, path.name),
        *_file_problems(loaded.document, path),
        *_private(loaded, path.name),
    ]
    if len(problems) == 1:
        (problem,) = problems
        raise InputError(problem.message, code=problem.code, where=problem.where, hint=_HINTS[problem.code])
    if problems:
        raise InputError(
            f"the contract has {len(problems)} problems",
            code="contract.invalid",
            where=Where(path.name),
            hint=" ".join(_HINTS[code] for code in dict.fromkeys(problem.code for problem in problems)),
            problems=problems,
        )
    return loaded


def consent_sentence(consent: ConsentMarker) -> str:
    """What is known of the customer's consent, for every page that shows a contract."""
    who = {
        "declared_by_customer": "Consent is declared by the customer; it was not verified",
        "declared_by_operator": "The operator declared the customer's consent; it was not verified",
        "not_declared": "No consent is declared",
    }
    return f"{who[consent.declared]}: {consent.statement}"


def open_points(contract: CustomEvalContract) -> list[str]:
    """What a reviewer will ask about a contract that is valid."""
    return list(_open_points(contract))


def example(probe_id: str = EXAMPLE_PROBE) -> CustomEvalContract:
    """A whole contract, made up, to start one's own from.

    Raises:
        InputError: `contract.probe_id` for what is no id; `contract.probe_known`.
    """
    contract = _example(probe_id)
    for problem in _probe_problems(contract, ""):
        raise InputError(problem.message, code=problem.code, hint=_HINTS[problem.code])
    try:
        return document.convert(_as_json(contract), CustomEvalContract)
    except InputError:
        raise InputError(
            f"{probe_id[:80]!r} is no id of a probe",
            code="contract.probe_id",
            hint="Letters, digits, dots, hyphens and underscores, a letter or digit first.",
        ) from None


def _problems(contract: CustomEvalContract, file: str) -> Iterator[Problem]:
    yield from _probe_problems(contract, file)
    for name in ("task_manifest", "metric_schema"):
        if digest.is_placeholder(getattr(contract, name).digest):
            message = "this digest is a placeholder: it names no file"
            yield Problem("contract.placeholder", message, Where(file, f"/{name}/digest"))
    for index, rule in enumerate(contract.exclusion_rules):
        if rule in contract.inclusion_rules:
            message = "the same rule includes and excludes episodes"
            yield Problem("contract.rules_contradict", message, Where(file, f"/exclusion_rules/{index}"))


def _probe_problems(contract: CustomEvalContract, file: str) -> Iterator[Problem]:
    if known := find_probe(contract.probe_id):
        message = f"{contract.probe_id!r} is a probe of the registry: {known.name}"
        yield Problem("contract.probe_known", message, Where(file, "/probe_id"))


def _file_problems(contract: CustomEvalContract, path: Path) -> Iterator[Problem]:
    """A named file that lies beside the contract is the one that was meant; elsewhere nobody looks."""
    for name in ("task_manifest", "metric_schema"):
        ref: DigestedRef = getattr(contract, name)
        if safepath.fault_of(ref.ref) is not None:
            continue
        found = _digest_of(path.parent / ref.ref)
        if found not in (None, ref.digest):
            message = f"{ref.ref} beside the contract has the digest {found}"
            yield Problem("contract.digest_differs", message, Where(path.name, f"/{name}/digest"))


def _digest_of(path: Path) -> str | None:
    try:
        return digest.of_file(path) if path.is_file() else None
    except OSError:
        return None


def _private(loaded: Loaded[CustomEvalContract], file: str) -> Iterator[Problem]:
    for found in claim_pair.private_content(loaded.value, file):
        yield Problem("contract.private_content", found.message, found.where)


def _open_points(contract: CustomEvalContract) -> Iterator[str]:
    yield consent_sentence(contract.consent)
    made_up = example()
    if contract.task_manifest.digest == made_up.task_manifest.digest:
        yield "The task manifest is the one of the example contract"
    if contract.metric_schema.digest == made_up.metric_schema.digest:
        yield "The metric schema is the one of the example contract"


def _as_json(contract: CustomEvalContract) -> object:
    import msgspec

    return msgspec.to_builtins(contract)


def _example(probe_id: str) -> CustomEvalContract:
    tasks = [
        ContractTask(task="cup-to-tray", instruction="put the cup on the tray", axis="plain"),
        ContractTask(task="cup-to-tray", instruction="put the cup on the tray", axis="clutter"),
        ContractTask(task="block-to-bin", instruction="put the red block into the bin", axis="plain"),
        ContractTask(task="block-to-bin", instruction="put the red block into the bin", axis="clutter"),
    ]
    return CustomEvalContract(
        schema_version="worldflux.custom_eval_contract.v0_draft",
        visibility=VISIBILITY,
        probe_id=probe_id,
        task_manifest=DigestedRef(ref="tabletop-tasks.json", digest=digest.of_bytes(document.dump(tasks))),
        metric_schema=DigestedRef(ref="success-metric.json", digest=digest.of_bytes(_METRIC)),
        inclusion_rules=["every episode that was started, also one that was ended early by a person"],
        exclusion_rules=["episodes in which the robot's power failed before the first action"],
        replay_keys=["episode_index", "seed", "video_id"],
        task_source="written by the reviewer before the policy was trained; kept by the reviewer",
        consent=ConsentMarker(
            declared="declared_by_operator",
            statement="the customer agreed that the results are shown to one reviewer in private",
            reference="agreement of 2026-03-02, section 4",
        ),
        use_case="fixed-camera tabletop pick-and-place demo",
        acceptance_question="does the policy put cup and block where they belong, with clutter on the table?",
        workflow_claim="pick-and-place of two objects on a cluttered table, as in the customer's packing step",
        task_owner="the customer's process engineering group",
        tasks=tasks,
        episodes_per_task=10,
    )


_METRIC: Final = b'{"success": "the object rests in its place and the gripper is open when the episode ends"}\n'
