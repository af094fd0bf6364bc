"""Rules v1: from claim, protocol and audit input to evidence, and from nothing else."""

from worldflux.audit.rules.v1.evidence import RULES, decide, given_of
from worldflux.audit.rules.v1.predicted import readings_of
from worldflux.audit.rules.v1.stopping import stopping_of

__all__ = ["RULES", "decide", "given_of", "readings_of", "stopping_of"]
