/* The numbers of a package, computed again: what the other parts may use. The contract stands in part 00. */

const WorldfluxNumbers = Object.freeze({
  /** Everything that follows from claim, protocol and audit input, by rules v1. */
  recompute(documents) {
    requireLaws(documents);
    return recomputeEvidence(documents);
  },

  /** The members that only a stopping rule or an option of the audit asks for. */
  askedFor(documents) {
    const given = givenOf(documents);
    const { id } = documents.evidence;
    return { "stopping.json": stoppingAgain(given, id), "ppi.json": simulationAgain(given, id) };
  },

  cellsOf: countEpisodes,
  compareCells: compareCounts,
  compare: compareEvidence,
  notRecomputed: Object.freeze([
    "which tasks the names in the protocol's task list stand for: the tasks of audit_input.json are taken as they are",
  ]),
});
