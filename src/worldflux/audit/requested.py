"""What an audit was asked for beside the plain one."""

from __future__ import annotations

from pathlib import Path

from msgspec import UNSET

from worldbase import digest, document
from worldbase.errors import Where
from worldflux.documents.audit_input import PlanAge, Requested, SimulationPairs
from worldflux.documents.ppi import PpiInput
from worldflux.errors import ClaimError


def requested_of(*, savi: bool, ppi: Path | None, plan_age: PlanAge | None = None) -> Requested:
    """Read what `--ppi` names and put it beside what else was asked for.

    Args:
        savi: Whether the path of the e-process is asked for.
        ppi: A `worldflux.ppi_input` document.
        plan_age: What a checked freeze showed; when the episodes began is not known yet.

    Raises:
        InputError: The file is not a valid `worldflux.ppi_input` document.
        ClaimError: `ppi.unpaired`: not every real episode has its simulation, or there is nothing to learn from.
    """
    return Requested(savi=savi, ppi=UNSET if ppi is None else _pairs(ppi), plan_age=plan_age or UNSET)


def _pairs(path: Path) -> SimulationPairs:
    loaded = document.load(path, PpiInput, file=path.name)
    given = loaded.document
    if len(given.real) != len(given.paired_simulation):
        raise _unpaired(
            f"{len(given.real):,} real episodes and {len(given.paired_simulation):,} simulated partners", path
        )
    if len(given.real) < 2 or not given.simulation:
        raise _unpaired("it takes two pairs and one further simulated episode at least", path)
    pairs = list(zip(given.real, given.paired_simulation, strict=True))
    return SimulationPairs(
        sha256=digest.of_bytes(loaded.data),
        both=pairs.count((True, True)),
        real_only=pairs.count((True, False)),
        simulated_only=pairs.count((False, True)),
        neither=pairs.count((False, False)),
        simulated=len(given.simulation),
        simulated_successes=sum(given.simulation),
    )


def _unpaired(message: str, path: Path) -> ClaimError:
    return ClaimError(
        f"{path.name}: {message}",
        code="ppi.unpaired",
        where=Where(path.name, "/paired_simulation"),
        hint="List the simulated outcome of each real episode, in the same order, and further ones in `simulation`.",
    )
