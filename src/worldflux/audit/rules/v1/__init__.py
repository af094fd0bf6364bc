"""Rules v1: from claim, protocol and audit input to evidence, and from nothing else."""

from worldflux.audit.rules.v1.evidence import RULES, decide

__all__ = ["RULES", "decide"]
