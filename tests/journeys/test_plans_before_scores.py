"""From a profile to a reviewer's brief: the specification's whole flow, with logs and a filled-in table as evidence."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pytest

from tests.command import Outcome, inside, worldflux
from tests.local_sigstore import LocalSigstore, serving
from tests.loopback import local, local_server
from tests.worldflux.portfolio.profile_flags import SPECIFIED
from tests.worldflux.sources.rollout_logs import log, plain
from worldflux.benchmarks.registry import find_benchmark
from worldflux.portfolio.probes.registry import find_probe, probes
from worldflux.signing import timestamps

PLAN: Final = (
    "eval-portfolio plan --profile profile.json --seed 1234 --seed-source operator_supplied "
    "--custom-eval-contract contract.json --output plan.json"
)
RENDER_PLAN: Final = "eval-portfolio render-plan --plan plan.json --output plan.md"
RENDER_SHEET: Final = (
    "eval-portfolio render-run-sheet --plan plan.json --output run_sheet.md --run-sheet-json run_sheet.json"
)
PACKET: Final = (
    "eval-portfolio packet --plan plan.json --audit-input libero-pro=audit_libero.json "
    "--audit-input libero-plus=audit_libero_plus.json --output packet.md --packet-json packet.json"
)
BRIEF: Final = (
    "eval-portfolio reviewer-brief --packet packet.json --packet-markdown-ref packet.md --output reviewer_brief.md "
    "--brief-json reviewer_brief.json"
)
"""The specification's commands, without the runner in front."""

RUN_BEGAN: Final = "2099-01-05T09:00:00Z"
"""After every freeze that a test makes: the clock of this machine says when that is."""
SHEET_BEGAN: Final = "2099-01-06T09:00Z"

FACTS: Final = (
    "robot_model=franka-panda simulator_family=libero environment_version=libero-local "
    f"adapter_version=worldflux-libero-bridge reset_policy=episode_reset started_at={RUN_BEGAN}"
)
VERDICTS: Final = r"(?i)\b(pass(?:es|ed)?|certified|deployable|approved)\b"
PROBES: Final = [probe.id for probe in probes()]

VARIANTS: Final = 2591
"""Of libero_goal, in LIBERO-Plus."""

ROW: Final = ("planned", "matched", "missing", "out_of_protocol", "duplicate", "infrastructure_failure")


@dataclass(frozen=True)
class Operator:
    """Somebody with a folder, a trust file, and the address of a time-stamping authority."""

    folder: Path
    tsa_url: str = ""
    read: list[str] = field(default_factory=list)
    """What the commands printed."""

    def types(self, line: str, *more: object, code: int = 0) -> Outcome:
        outcome = worldflux(line, *more)
        self.read.append(outcome.out)
        assert outcome.code == code, outcome.err
        assert "Traceback" not in outcome.err
        return outcome

    def reads(self, name: str) -> Any:
        return json.loads((self.folder / name).read_bytes())

    @cached_property
    def cells(self) -> list[dict[str, Any]]:
        cells: list[dict[str, Any]] = self.reads("plan.json")["cells"]
        return cells

    def start_seed(self, probe: str) -> int:
        (found,) = (entry["start_seed"] for entry in self.reads("plan.json")["probes"] if entry["id"] == probe)
        return int(found)

    def imports(self, folder: str, probe: str, output: str, *facts: str, run: str = "") -> None:
        """Import all runs of a folder, or the one of that name, as one audit input."""
        chosen = [run]
        if not run:
            looked = json.loads(self.types(f"audit import run-folder --dry-run --format json --from {folder}").out)
            chosen = [entry["candidate_id"] for entry in looked["candidates"]]
        told = (*FACTS.split(), *facts, *([f"start_seed={self.start_seed(probe)}"] if not run else []))
        self.types(
            f"audit import run-folder --quiet --from {folder} --output {output}",
            *(word for candidate in chosen for word in ("--select-run", candidate)),
            *(word for fact in told for word in ("--run-info", fact)),
        )


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Operator]:
    monkeypatch.setenv("WORLDFLUX_HOME", str(tmp_path / "home"))
    (tmp_path / "work").mkdir()
    with inside(tmp_path / "work"):
        yield Operator(tmp_path / "work")


@pytest.fixture
def timed(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Operator]:
    """The operator of a lab that trusts an authority, which answers."""
    sigstore = LocalSigstore(2)
    monkeypatch.setattr(timestamps, "_poster", lambda url: local(max_bytes=timestamps.MAX_BYTES))
    with serving(sigstore) as server:
        config = json.loads(server.trust_config())
        operator.types("key generate")
        operator.types("trust init")
        home = Path(os.environ["WORLDFLUX_HOME"])
        (trusted,) = home.glob("trusted*.json")
        trusted.write_text(json.dumps(json.loads(trusted.read_text()) | {"tsa_roots": [sigstore.tsa.root.pem]}))
        yield Operator(operator.folder, config["signingConfig"]["tsaUrls"][0]["url"])


def planned(operator: Operator, *more: str) -> str:
    operator.types(SPECIFIED)
    operator.types("eval-portfolio contract-template --output contract.json")
    return operator.types(PLAN, *more).out


def pro_logs(operator: Operator) -> None:
    """One openpi log for each suite and axis that has planned cells, as the run sheet's commands write them."""
    probe = find_probe("libero-pro")
    assert probe is not None
    axes = {axis.id: axis.harness_name or axis.id for axis in probe.axes}
    wanted = dict.fromkeys(
        (cell["task"].rpartition("/")[0], cell["axis"]) for cell in operator.cells if cell["probe"] == "libero-pro"
    )
    for suite, axis in wanted:
        name = f"{suite.replace('libero_pro_', 'libero_')}_{axes[axis]}"
        _write_log(operator.folder / "pro" / f"{name}.log", name, instructions(suite), "1111101111")


def plus_log(operator: Operator) -> None:
    """A log of every variant of one of the four suites: the others were never run."""
    texts = [text for text in instructions("libero_plus_goal") for _ in range(VARIANTS // 10 + 1)]
    _write_log(operator.folder / "plus" / "libero_goal.log", "libero_goal", texts[:VARIANTS], "1")


def _write_log(path: Path, suite: str, texts: Sequence[str], outcomes: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(log([(text, plain(outcomes)) for text in texts], suite=suite), encoding="utf-8")


def instructions(suite: str) -> list[str]:
    """What LIBERO says for the ten tasks of a suite."""
    libero = find_benchmark("LIBERO")
    assert libero is not None
    name = suite.replace("_pro_", "_").replace("_plus_", "_")
    (found,) = (known for known in libero.suites if known.id == name)
    return [text.replace("_", " ").lower() for text in found.task_names]


def fill_in(operator: Operator, probe: str, outcome_of: Callable[[int], str]) -> None:
    """Fill in the rows of one probe, in the order of the table."""
    path = operator.folder / "week" / "run_sheet.csv"
    with path.open(newline="") as table:
        rows = list(csv.DictReader(table))
    for number, row in enumerate(row for row in rows if row["probe"] == probe):
        row["outcome"] = outcome_of(number)
        row["seed_used"], row["ended_at"] = row["planned_seed"], SHEET_BEGAN
        row["replay.video_id"] = f"v{number}"
    with path.open("w", newline="") as table:
        writer = csv.DictWriter(table, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def counts(conformance: dict[str, int]) -> tuple[int, ...]:
    return tuple(conformance[name] for name in ROW)


@local_server
@pytest.mark.slow
def test_the_whole_flow_as_it_is_specified(timed: Operator) -> None:
    operator = timed
    assert "the operator could have chosen it" in planned(operator)
    plan = operator.reads("plan.json")
    assert [probe["id"] for probe in plan["probes"]] == ["libero-pro", "libero-plus", "customer-tabletop"]
    assert plan["planned"] == len(plan["cells"]) == 890

    # Frozen, and logged, before anything runs.
    operator.types(f"eval-portfolio freeze plan.json --tsa-url {operator.tsa_url}")
    operator.types(f"plan-log append plan.json --tsa-url {operator.tsa_url}")
    operator.types(RENDER_PLAN)
    operator.types(RENDER_SHEET, "--csv", "week/run_sheet.csv", "--html", "run_sheet.html")

    # The week: logs of a harness, and a table for the customer's own tasks.
    operator.types("plan-log append plan.json --attempt")
    pro_logs(operator)
    plus_log(operator)
    fill_in(operator, "customer-tabletop", lambda number: ("success", "failure", "infra_error", "")[number % 4])
    operator.imports("pro", "libero-pro", "audit_libero.json")
    operator.imports("plus", "libero-plus", "audit_libero_plus.json", "benchmark=LIBERO-Plus")
    operator.imports("week", "customer-tabletop", "audit_customer.json", run="customer-tabletop")

    # The packet, as it is specified: nothing was given for the customer's own probe, and that is what it says.
    operator.types(PACKET)
    first = operator.reads("packet.json")
    assert counts(first["by_probe"]["libero-pro"])[:3] == (500, 500, 0)
    assert counts(first["by_probe"]["customer-tabletop"])[:3] == (40, 0, 40)
    assert first["plan"]["precedence"] == "not_shown"

    # With everything that there is.
    more = "--audit-input customer-tabletop=audit_customer.json --plan-freeze plan.freeze.json --plan-log plan-log"
    shown = operator.types(f"{PACKET} {more} --overwrite").out
    assert "proven before the first episode" in shown
    packet = operator.reads("packet.json")
    assert packet["plan"]["precedence"] == "proven", packet["plan"]["precedence_note"]
    assert (packet["plan"]["witness"], packet["plan"]["attempts_in_log"]) == ("tsa", 1)
    assert _adds_up(packet, plan)
    by_probe = packet["by_probe"]
    logs = len(list((operator.folder / "pro").iterdir()))
    assert counts(by_probe["libero-pro"]) == (500, 500, 0, logs * 100 - 500, 0, 0)
    plus = counts(by_probe["libero-plus"])
    own = [cell for cell in plan["cells"] if cell["probe"] == "libero-plus"]
    run = [cell for cell in own if cell["task"].startswith("libero_plus_goal/")]
    assert plus == (350, len(run), 350 - len(run), VARIANTS - len(run), 0, 0)
    assert counts(by_probe["customer-tabletop"]) == (40, 30, 10, 0, 0, 10)
    assert packet["conformance"]["metadata_mismatch"] == packet["conformance"]["digest_mismatch"] == 0
    signals = {signal["probe"]: (signal["successes"], signal["trials"]) for signal in packet["signals"]}
    assert signals["libero-pro"] == (450, 500)
    assert signals["libero-plus"] == (len(run), len(run))
    assert signals["customer-tabletop"] == (10, 20)

    _every_missing_cell_is_found(packet)
    operator.types("plan-log append packet.json")
    brief_is_written(operator, packet)
    nothing_is_promised(operator)


def _adds_up(packet: dict[str, Any], plan: dict[str, Any]) -> bool:
    listed = [{key: cell[key] for key in plan["cells"][0]} for cell in packet["cells"]]
    conformance = packet["conformance"]
    return bool(listed == plan["cells"] and conformance["matched"] + conformance["missing"] == plan["planned"])


def _every_missing_cell_is_found(packet: dict[str, Any]) -> None:
    """The page names every missing task, above everything that is not missing."""
    page = Path("packet.md").read_text(encoding="utf-8")
    missing, _, rest = page.partition("## Missing cells")[2].partition("\n## ")
    assert sum(group["cells"] for group in packet["missing"]) == packet["conformance"]["missing"]
    assert rest
    for group in packet["missing"]:
        for tasks in group["tasks"]:
            assert tasks in missing


def brief_is_written(operator: Operator, packet: dict[str, Any]) -> None:
    operator.types(BRIEF)
    brief = operator.reads("reviewer_brief.json")
    assert (brief["public_share_ready"], brief["visibility"]) == (False, "LOCAL_PRIVATE")
    assert (brief["packet_id"], brief["conformance"]) == (packet["id"], packet["conformance"])
    assert brief["unsupported_claims"] == packet["unsupported_claims"]
    assert set(packet["missing_evidence"]) <= set(brief["missing_evidence"])
    assert brief["redaction_warnings"]
    assert any("consent" in warning for warning in brief["consent_warnings"])
    assert brief["reviewer_questions"]
    kept = Path("packet.md").read_text(encoding="utf-8")
    Path("packet.md").write_text(f"{kept}\nOne more line.\n", encoding="utf-8")
    refused = operator.types(BRIEF.replace("reviewer_brief", "second"), code=3)
    assert "packet.md" in refused.err
    Path("packet.md").write_text(kept, encoding="utf-8")


def nothing_is_promised(operator: Operator) -> None:
    """Every page is marked at both ends, and none has a word that sounds like a verdict; nor has any output."""
    pages = sorted([*operator.folder.glob("*.md"), *operator.folder.glob("*.html")])
    assert {page.name for page in pages} >= {"plan.md", "run_sheet.md", "run_sheet.html", "packet.md"}
    for page in pages:
        lines = re.sub(r"<[^>]*>", "", page.read_text(encoding="utf-8").partition("<body")[2] or page.read_text())
        told = [line for line in lines.splitlines() if line.strip(" >")]
        assert "LOCAL_PRIVATE" in told[0], page.name
        assert "LOCAL_PRIVATE" in told[-1], page.name
    files = [path.read_text(encoding="utf-8") for path in (*pages, *operator.folder.glob("*.json"))]
    for text in (*files, *operator.read):
        assert re.findall(VERDICTS, text) == []


def test_what_is_shown_before_any_score_promises_nothing(operator: Operator) -> None:
    planned(operator)
    for line in (
        "eval-profile check profile.json",
        "eval-profile show profile.json",
        "eval-portfolio commit-seed --profile profile.json --output seed_commitment.json",
        "eval-portfolio amend --plan plan.json --reason repaired --episodes 5 --output plan2.json",
        "eval-portfolio freeze plan2.json",
        "plan-log append plan2.json",
        "plan-log list --entries",
        "plan-log prove 0 --output proof.json",
        "plan-log verify --proof proof.json",
        "plan-log verify",
    ):
        assert "LOCAL_PRIVATE" in operator.types(line).out, line
    for line in ("eval-portfolio probes", "eval-portfolio probes --profile profile.json", *map(_of_probe, PROBES)):
        operator.types(line)
        operator.types(f"{line} --format markdown")
    Path("profile.md").write_text(operator.types("eval-profile show profile.json --format markdown").out)
    operator.types(RENDER_PLAN.replace("plan.json", "plan2.json"))
    operator.types(RENDER_SHEET, "--html", "run_sheet.html", "--second-policy", "other", "--arm-key", "arm_key.json")
    operator.types("eval-portfolio packet --plan plan.json --output packet.md --packet-json packet.json")
    operator.types(BRIEF)
    nothing_is_promised(operator)


def _of_probe(probe: str) -> str:
    return f"eval-portfolio probes {probe}"


@pytest.mark.slow
def test_strict_evidence_writes_nothing_while_a_cell_is_missing_and_a_packet_when_none_is(operator: Operator) -> None:
    planned(operator, *shlex.split("--value 0.9 --margin 0.5 --alpha 0.1 --episodes 2 --tasks-per-axis 3"))
    operator.types(RENDER_SHEET, "--csv", "week/run_sheet.csv")
    names = {"libero-pro": "audit_libero.json", "libero-plus": "audit_libero_plus.json"}
    strict = f"{PACKET} --audit-input customer-tabletop=audit_customer.json --strict-missing-evidence"

    contract = operator.reads("contract.json")
    digests = [f"{name}_digest={contract[name]['digest']}" for name in ("task_manifest", "metric_schema")]

    def bring_back(last: str) -> None:
        for probe in ("libero-pro", "libero-plus", "customer-tabletop"):
            fill_in(operator, probe, lambda number: "success" if number else last)
            output = names.get(probe, "audit_customer.json")
            Path(output).unlink(missing_ok=True)
            Path(output).with_suffix(".episodes.jsonl").unlink(missing_ok=True)
            operator.imports("week", probe, output, *digests, run=probe)

    bring_back("")
    refused = operator.types(strict, code=1)
    assert "packet.missing_evidence" in refused.err
    assert not Path("packet.md").exists()
    assert not Path("packet.json").exists()
    bring_back("failure")
    operator.types(strict)
    packet = operator.reads("packet.json")
    assert (packet["missing_evidence"], packet["conformance"]["missing"]) == ([], 0)
    assert packet["conformance"]["matched"] == operator.reads("plan.json")["planned"]


def test_evidence_for_a_probe_that_nobody_planned_is_out_of_protocol(operator: Operator) -> None:
    planned(operator)
    pro_logs(operator)
    operator.imports("pro", "libero-pro", "audit_libero.json")
    operator.types(
        "eval-portfolio packet --plan plan.json --audit-input simpler-env=audit_libero.json --output packet.md "
        "--packet-json packet.json"
    )
    packet = operator.reads("packet.json")
    assert counts(packet["by_probe"]["simpler-env"]) == (0, 0, 0, packet["evidence"][0]["episodes"], 0, 0)
    assert [(entry["probe"], entry["planned"]) for entry in packet["evidence"]] == [("simpler-env", False)]
    assert packet["conformance"]["matched"] == 0


def test_the_best_of_three_packets_is_one_of_three_in_the_log(operator: Operator) -> None:
    operator.types("key generate")
    planned(operator)
    operator.types(RENDER_SHEET, "--csv", "week/run_sheet.csv")
    operator.types("plan-log append plan.json")
    for attempt, successes in enumerate((20, 30, 40)):
        outcomes = ["success"] * successes + ["failure"] * (40 - successes)
        fill_in(operator, "customer-tabletop", outcomes.__getitem__)
        operator.imports("week", "customer-tabletop", f"audit_{attempt}.json", run="customer-tabletop")
        operator.types(
            f"eval-portfolio packet --plan plan.json --audit-input customer-tabletop=audit_{attempt}.json "
            f"--output packet_{attempt}.md --packet-json packet_{attempt}.json"
        )
        operator.types(f"plan-log append packet_{attempt}.json")
    listed = json.loads(operator.types("plan-log list --format json").out)
    assert {(count["plans_at_least"], count["attempts_at_least"]) for count in listed["counts"]} == {(1, 3)}
    operator.types(
        "eval-portfolio packet --plan plan.json --audit-input customer-tabletop=audit_2.json --output best.md "
        "--packet-json best.json --plan-log plan-log"
    )
    assert operator.reads("best.json")["plan"]["attempts_in_log"] == 3
    assert "at least 3" in Path("best.md").read_text(encoding="utf-8")


def test_a_plan_that_was_edited_after_its_scores_is_refused_and_a_new_digest_does_not_help(operator: Operator) -> None:
    from worldbase import digest

    operator.types("key generate")
    planned(operator)
    operator.types("eval-portfolio freeze plan.json")
    plan = operator.reads("plan.json")
    for cell in plan["cells"]:
        cell["seed"] += 1
    Path("plan.json").write_text(json.dumps(plan))
    packet = "eval-portfolio packet --plan plan.json --output packet.md --packet-json packet.json"
    assert "plan.altered" in operator.types(packet, code=3).err
    plan["digest"] = digest.of_value({name: value for name, value in plan.items() if name != "digest"})
    Path("plan.json").write_text(json.dumps(plan))
    caught = operator.types(f"{packet} --plan-freeze plan.freeze.json", code=3)
    assert "plan" in caught.err
    assert not Path("packet.json").exists()
