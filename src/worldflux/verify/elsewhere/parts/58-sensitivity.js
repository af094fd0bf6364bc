/*
 * What the verdict would have been under other admissible readings. They inform; the declared reading decides.
 */

const MICRO_AVERAGE = "micro_average";

/** Add the readings to a decided rate, and the flags that follow from them; `design` is null where e-values decided. */
function withReadings(item, design, given) {
  const { verdict } = item.evidence;
  const sensitivity = [...item.evidence.sensitivity, ...readingsOf(item, design, given)];
  const flags = [...item.flags];
  if (sensitivity.some((each) => each.reading === MICRO_AVERAGE && each.verdict !== verdict)) {
    flags.push("aggregation_sensitive");
  }
  const methods = sensitivity.filter((each) => each.reading.startsWith("method:"));
  const known = given.auditInput.run.benchmark.starts_verified;
  const robust = known && methods.every((each) => each.verdict === verdict);
  flags.push(robust ? "robust" : "not_robust");
  return { ...item, evidence: { ...item.evidence, sensitivity, robust }, flags };
}

function readingsOf(item, design, given) {
  const tallies = talliesOf(given, item.metric);
  const ownReadings = design
    ? [
        ...methodReadings(item, design, given),
        ...lostLeftOutReading(item, tallies, given),
        ...independentStartsReading(item, tallies, given),
        ...otherAverageReading(item, design, tallies, given),
        ...bestOfSeveralReading(item, design, given),
      ]
    : asIfPlannedReading(item, tallies, given);
  return [...ownReadings, ...oneStartReading(item, tallies, given), ...populationReading(item, tallies, given)];
}

/** Every admissible interval method; with a design effect only the score bound is defined. */
function methodReadings(item, design, given) {
  if (!isSimple(design.sample)) return [];
  const others = ADMISSIBLE_METHODS.filter(
    (method) => method !== countingMethod(given.rule) || item.evidence.method === "ppi",
  );
  return others.map((method) => {
    const hypotheses = item.hypotheses.map((one) => changed(one, { method }));
    return readingOf(item, `method:${method}`, hypotheses, design, given, "Another admissible interval method.");
  });
}

function lostLeftOutReading(item, tallies, given) {
  if (!totalTally(tallies).ambiguous) return [];
  const observed = designOf(tallies.map(withoutLost), given.estimand, repeatedOf(given, item.metric));
  if (observed instanceof Obstacle) return [];
  const note = "Lost episodes left out, as if they had nothing to do with how they went.";
  return [readingOf(item, "lost_left_out", item.hypotheses, observed, given, note)];
}

function independentStartsReading(item, tallies, given) {
  const shared = repeatedOf(given, item.metric).some((entry) => entry);
  if (!shared || given.estimand !== "fixed_tasks") return [];
  const note = "Episodes that share an initial state taken as independent, which they are not.";
  return readingByDesign(item, "independent_episodes", tallies, "fixed_tasks", given, note);
}

/** The average that did not decide, where tasks have unequal numbers of episodes. */
function otherAverageReading(item, design, tallies, given) {
  if (haveEqualNumbers(tallies) || design.clustered) return [];
  const note = "Every episode weighs the same, not every task.";
  return [readingOf(item, MICRO_AVERAGE, item.hypotheses, pooledDesign(totalTally(tallies)), given, note)];
}

/** The best of several looks better than it is; the error is corrected by Sidak's bound (1967, JASA 62, 626-633). */
function bestOfSeveralReading(item, design, given) {
  const { selection } = given.claim;
  if (!selection || selection.candidates_scored < 2) return [];
  const candidates = selection.candidates_scored;
  const alpha = significant(1 - (1 - given.rule.alpha) ** (1 / candidates));
  const hypotheses = item.hypotheses.map((one) => changed(one, { alpha }));
  const note = `Corrected for the best of ${counted(candidates)} candidates scored on these tasks; conservative.`;
  return [readingOf(item, "best_of_n", hypotheses, design, given, note, alpha)];
}

/** As if the run had been planned to end where it did. */
function asIfPlannedReading(item, tallies, given) {
  if (given.stopsByRule) return [];
  const note = "As if the run had been planned to end where it did; wrong if anybody looked before ending it.";
  return readingByDesign(item, "as_if_planned", tallies, "fixed_tasks", given, note);
}

/** The worst that unknown starts can hide: a harness that plays every episode of a task from one state. */
function oneStartReading(item, tallies, given) {
  if (given.auditInput.run.benchmark.starts_verified || given.estimand !== "fixed_tasks") return [];
  const note = "It is not known from which states the episodes started; here all of a task from a single one.";
  const shares = tallies.map((tally) => {
    if (!tally.trials) return null;
    const share = tally.successes / tally.trials;
    return { starts: 1, trials: tally.trials, sum: share, sum_of_squares: share ** 2 };
  });
  return readingByDesign(item, "one_start_per_task", tallies, "fixed_tasks", given, note, shares);
}

/** What the same counts say about more tasks than these, where the protocol does not say what is meant. */
function populationReading(item, tallies, given) {
  if ("estimand" in given.protocol.execution || "task" in item.metric || tallies.length < 2) return [];
  const note = "The tasks taken as a sample of more tasks of their kind.";
  return readingByDesign(item, "task_population", tallies, "task_population", given, note);
}

function readingByDesign(item, name, tallies, estimand, given, note, shares = tallies.map(() => null)) {
  const design = designOf(tallies, estimand, shares);
  if (design instanceof Obstacle) {
    const { message } = design.reason;
    const interval = unknownInterval(given);
    return [{ reading: name, estimate: null, interval, verdict: "not_testable", note: message }];
  }
  return design.sample.trials ? [readingOf(item, name, item.hypotheses, design, given, note)] : [];
}

function readingOf(item, name, hypotheses, design, given, note, alpha = given.rule.alpha) {
  const { power } = item.evidence;
  const own = verdictOf(decidedBy(hypotheses, design), power && power.at_claim);
  return {
    reading: name,
    estimate: significantOrNull(estimateOf(design)),
    interval: intervalOfDesign(design, hypotheses[0].method, decisionConfidence(alpha)),
    verdict: readingWithBaseline(own, item, given),
    note,
  };
}
