"""Runs that may be attached to an issue: what should not leave the machine is rewritten, and the bundle says so."""

from __future__ import annotations

from worldforge.forge.facade import WorldForge
from worldforge.runs.bundling.build import bundle_workspace
from worldforge.runs.workspace import RunWorkspace
from worldforge.workflows.showcases.shelf import BOUNDARY, shelf_suite
from worldforge.workflows.showcases.stage import Ending, Stage


def play(stage: Stage) -> Ending:
    """Keep an evaluation, a benchmark and a careless note, and bundle them."""
    forge = WorldForge()
    _, evaluated = stage.evaluate_and_keep(shelf_suite(), ["mock"], forge)
    measured = stage.benchmark_and_keep("mock", ["predict", "embed"], forge, iterations=20)
    noted = _careless_note(stage)
    stage.step(
        "Three runs",
        "An evaluation, a benchmark, and one in which somebody left a note that names a folder of their own machine.",
    )
    run_ids = [evaluated.name, measured.name, noted]
    made = bundle_workspace(stage.folder, run_ids=run_ids, output=stage.folder / "evidence-bundles" / stage.run.run_id)
    manifest = made.manifest
    stage.step(
        "One bundle",
        f"{manifest.included_count} files were copied, {manifest.rewritten_count} of them rewritten, "
        f"{manifest.excluded_count} left out; safe to attach: {'yes' if manifest.safe_to_attach else 'no'}. "
        "evidence_manifest.json has the digest of each copy, and of the file that it was made of.",
    )
    stage.then(f"cat evidence-bundles/{made.path.name}/summary.md")
    stage.then(f"worldforge runs bundle {evaluated.name} --workspace-dir .")
    return Ending(
        summary=f"A bundle of {manifest.run_count} runs, {manifest.rewritten_count} of their files rewritten.",
        claim_boundary=BOUNDARY,
        signals={
            "included_count": manifest.included_count,
            "rewritten_count": manifest.rewritten_count,
            "excluded_count": manifest.excluded_count,
            "safe_to_attach": manifest.safe_to_attach,
        },
    )


def _careless_note(stage: Stage) -> str:
    with RunWorkspace.create(
        stage.folder, kind="flow", argv=(), provider="mock", operation="notes", input_summary={}
    ) as run:
        run.write("notes", "artifacts/notes.md", "The inputs lie in /home/anna/data/cubes.json.\n")
        run.finish("completed", result_summary={})
    stage.runs.append(run.run_id)
    return run.run_id
