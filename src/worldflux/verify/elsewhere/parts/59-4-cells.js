/*
 * The cells again, from the lines of episode_results.jsonl: counts of every task and run, sums of scores, complete
 * blocks, and trials that share an initial state.
 */

const HIGHEST_EPISODE_INDEX = 50_000_000;
const LARGEST_SCORE_SUM = 1e300;
/** More parts than doubles that do not overlap can have: 2,100 bits in pieces of 53. */
const EXACT_PARTS = 64;
const SUCCESS_CODE = 1 + OUTCOME_NAMES.indexOf("success");
const FAILURE_CODE = 1 + OUTCOME_NAMES.indexOf("failure");

/** Stored initial states of a task, by benchmark: after so many indices they come again. From its released suites. */
const STORED_STATES = { libero: 50 };

/**
 * Sum of doubles, rounded once (Shewchuk 1997, Discrete & Computational Geometry 18, 305-363): what is left over by
 * each addition is kept, so the order does not matter.
 */
class ExactSum {
  constructor() {
    this.parts = new Float64Array(EXACT_PARTS); // the first `length`: none overlapping another, rising in size
    this.length = 0;
  }

  add(value) {
    const { parts } = this;
    let rest = value;
    let kept = 0;
    for (let place = 0; place < this.length; place += 1) {
      const part = parts[place];
      const isSmaller = Math.abs(rest) < Math.abs(part);
      const sum = rest + part;
      const left = isSmaller ? rest - (sum - part) : part - (sum - rest);
      if (left) parts[kept++] = left;
      rest = sum;
    }
    parts[kept] = rest;
    this.length = kept + 1;
  }

  /** The sum, rounded half to even. */
  get value() {
    const parts = [...this.parts.subarray(0, this.length)];
    let sum = parts.length ? parts.pop() : 0;
    let left = 0;
    while (parts.length && left === 0) {
      const part = parts.pop();
      const next = sum + part;
      left = part - (next - sum);
      sum = next;
    }
    // A remainder of exactly half a unit is a tie only if nothing of its sign lies below it.
    if (parts.length && Math.sign(left) === Math.sign(parts[parts.length - 1])) {
      const twice = left * 2;
      const beyond = sum + twice;
      if (twice === beyond - sum) return beyond;
    }
    return sum;
  }
}

/** Sum of a list, rounded once. */
function exactSum(values) {
  const sum = new ExactSum();
  for (const value of values) sum.add(value);
  return sum.value;
}

/** Count, sum and sum of squares of one score. */
class ScoreMoments {
  constructor() {
    this.count = 0;
    this.sum = new ExactSum();
    this.squares = new ExactSum();
  }

  add(value) {
    const square = value * value;
    if (square > LARGEST_SCORE_SUM) throw new NumbersError("a score is too large to be added up");
    this.count += 1;
    this.sum.add(value);
    this.squares.add(square);
  }

  shown() {
    return { count: this.count, sum: significant(this.sum.value), sum_of_squares: significant(this.squares.value) };
  }
}

/**
 * One task in one run: an outcome code for each episode index, 0 where there is none, and the moments of its scores.
 */
class EpisodeCell {
  constructor(task, seed) {
    Object.assign(this, { task, seed, codes: new Uint8Array(64), length: 0, scores: new Map() });
  }

  enter(episode) {
    const index = episode.episode_index;
    if (index > HIGHEST_EPISODE_INDEX) throw new NumbersError(`${index} cannot be an episode's index`);
    if (index >= this.codes.length) this.grow(index + 1);
    if (this.codes[index]) {
      const run = `the run with seed ${this.seed}`;
      throw new NumbersError(`episode ${index} of task ${JSON.stringify(this.task)} in ${run} comes twice`);
    }
    this.codes[index] = 1 + OUTCOME_NAMES.indexOf(episode.outcome);
    this.length = Math.max(this.length, index + 1);
    for (const name of ["sum_reward", "max_reward"]) if (name in episode) this.score(name).add(episode[name]);
    if ("score" in episode && "score_kind" in episode) this.score(episode.score_kind).add(episode.score);
  }

  grow(needed) {
    const codes = new Uint8Array(Math.max(needed, 2 * this.codes.length));
    codes.set(this.codes);
    this.codes = codes;
  }

  score(name) {
    if (!this.scores.has(name)) this.scores.set(name, new ScoreMoments());
    return this.scores.get(name);
  }

  /** Codes in the order of the index, without the gaps. */
  observed() {
    return this.codes.subarray(0, this.length).filter((code) => code);
  }

  shown(planned) {
    const observed = this.observed();
    const counts = countsOfCodes(observed);
    const sums = Object.fromEntries([...this.scores].map(([name, moments]) => [name, moments.shown()]));
    const partly = planned > 0 && planned < observed.length;
    return {
      task: this.task,
      seed: this.seed,
      counts,
      planned,
      ...(partly ? { in_plan: countsOfCodes(observed.subarray(0, planned)) } : {}),
      gaps: this.length - observed.length,
      sums,
    };
  }
}

function countsOfCodes(codes) {
  const counts = new Array(OUTCOME_NAMES.length + 1).fill(0);
  for (const code of codes) counts[code] += 1;
  return Object.fromEntries(OUTCOME_NAMES.map((name, index) => [name, counts[index + 1]]));
}

/** See `WorldfluxNumbers.cellsOf`. */
function countEpisodes(lines, auditInput, protocol) {
  const cells = new EpisodeCells();
  let episodes = 0;
  for (const line of lines) {
    cells.of(line.task, line.run_seed).enter(line);
    episodes += 1;
  }
  const plan = planOf(auditInput, protocol);
  const starts = startNumbers(auditInput, protocol);
  return {
    cells: cells.inOrder(plan).map((cell) => cell.shown(plan.has(cell) ? plan.perTask : 0)),
    blocks: countBlocks(cells, plan, starts),
    repeated_starts: countRepeatedStarts(cells, plan, starts),
    episodes,
  };
}

/** Cells by task and run seed. */
class EpisodeCells {
  constructor() {
    this.byTask = new Map();
  }

  /** The cell of a task and a run, made where there is none. */
  of(task, seed) {
    if (!this.byTask.has(task)) this.byTask.set(task, new Map());
    const runs = this.byTask.get(task);
    if (!runs.has(seed)) runs.set(seed, new EpisodeCell(task, seed));
    return runs.get(seed);
  }

  /** The cell of a task and a run, or an empty one that is not kept. */
  find(task, seed) {
    const runs = this.byTask.get(task);
    return (runs && runs.get(seed)) || new EpisodeCell(task, seed);
  }

  /** Planned runs and tasks first, in the order of the plan; the others by name and number. */
  inOrder({ tasks, seeds }) {
    const places = (list) => new Map(list.map((entry, place) => [entry, place]));
    const [ofTask, ofSeed] = [places(tasks), places(seeds)];
    const place = (map, entry) => (map.has(entry) ? map.get(entry) : map.size);
    const cells = [...this.byTask.values()].flatMap((runs) => [...runs.values()]);
    return cells.sort(
      (one, other) =>
        place(ofSeed, one.seed) - place(ofSeed, other.seed) ||
        place(ofTask, one.task) - place(ofTask, other.task) ||
        compareTexts(one.task, other.task) ||
        one.seed - other.seed,
    );
  }
}

/** Order of two texts by their code points. */
function compareTexts(one, other) {
  const [mine, its] = [[...one], [...other]];
  const index = mine.findIndex((letter, place) => letter !== its[place]);
  if (index < 0) return mine.length - its.length;
  return index >= its.length ? 1 : mine[index].codePointAt(0) - its[index].codePointAt(0);
}

/** What the protocol plans, and whether the path of each block was asked for. */
function planOf({ tasks, requested }, { execution }) {
  const { seeds, episodes_per_task: perTask } = execution;
  const [plannedTasks, plannedSeeds] = [new Set(tasks), new Set(seeds)];
  const has = (cell) => plannedTasks.has(cell.task) && plannedSeeds.has(cell.seed);
  return { tasks, seeds, perTask, has, pathAskedFor: Boolean(requested.savi) || "stopping_rule" in execution };
}

/**
 * Numbers of the initial states: environment seeds from a run's start seed on, or indices of stored states, which come
 * again after `modulo` of them (0: they do not).
 *
 * @returns {{ofRun: function(number, number): ?number[], ofEpisode: function(number, number): number}} of the first
 * episodes of a run as [start, stop], or null where they are not known; and of one episode
 */
function startNumbers(auditInput, protocol) {
  const { start_key: key } = auditInput.run.benchmark;
  if (key === "unknown") return { ofRun: () => null, ofEpisode: () => null };
  if (key === "environment_seed") return seededStarts(auditInput, protocol);
  const modulo = storedStates(key, auditInput, protocol);
  return {
    ofRun: (seed, episodes) => [0, modulo ? Math.min(episodes, modulo) : episodes],
    ofEpisode: (seed, index) => (modulo ? index % modulo : index),
  };
}

function storedStates(key, auditInput, protocol) {
  if (key === "index_modulo_batch") return Number(auditInput.run.evaluator.batch_size) || 0;
  const name = protocol.benchmark.name.trim().toLowerCase().replace(/[\s_-]+/g, "_");
  return Object.keys(STORED_STATES).includes(name) ? STORED_STATES[name] : 0;
}

function seededStarts(auditInput, protocol) {
  const { execution } = protocol;
  const onePerRun = execution.seed_semantics === "episode_seed";
  const runs = auditInput.run.runs.filter((run) => "start_seed" in run).map((run) => [run.run_seed, run.start_seed]);
  const first = new Map(onePerRun ? execution.seeds.map((seed) => [seed, seed]) : runs);
  const ofRun = (seed, episodes) => {
    if (!first.has(seed)) return null;
    const start = first.get(seed);
    return [start, start + (onePerRun ? Math.min(episodes, 1) : episodes)];
  };
  return { ofRun, ofEpisode: (seed, index) => first.get(seed) + (onePerRun ? 0 : index) };
}

/** Tells of each range of whole numbers which parts did not come before; ranges are [start, stop]. */
class FreshNumbers {
  constructor() {
    this.seen = []; // rising, none touching another
  }

  /** Parts of a range that are in none added before. */
  add([start, stop]) {
    if (start >= stop) return [];
    const met = this.seen.filter(([first, last]) => last >= start && first <= stop);
    const fresh = [];
    let from = start;
    for (const [first, last] of met) {
      if (first > from) fresh.push([from, first]);
      from = Math.max(from, last);
    }
    if (from < stop) fresh.push([from, stop]);
    const joined = [Math.min(start, ...met.map(([first]) => first)), Math.max(stop, ...met.map(([, last]) => last))];
    const others = this.seen.filter(([first, last]) => last < start || first > stop);
    this.seen = [...others, joined].sort((one, other) => one[0] - other[0]);
    return fresh;
  }
}

function lengthOfRanges(ranges) {
  return ranges.reduce((sum, [start, stop]) => sum + stop - start, 0);
}

/** Complete blocks of each planned run: the j-th block holds the j-th episode of each planned task. */
function countBlocks(cells, plan, starts) {
  const runs = plan.seeds.map((seed) => {
    const codes = plan.tasks.map((task) => cells.find(task, seed).codes);
    const complete = codes.reduce((least, each) => leadingTrials(each, least), plan.perTask);
    return { seed, codes, complete };
  });
  const inFull = plan.pathAskedFor || runs.some((run) => run.complete < plan.perTask);
  const before = new FreshNumbers();
  return runs.map(({ seed, codes, complete }) => {
    const numbers = starts.ofRun(seed, complete);
    const offset = numbers ? numbers[0] : 0;
    const fresh = numbers ? before.add(numbers).map(([from, to]) => [from - offset, to - offset]) : [[0, complete]];
    const repeated = complete - lengthOfRanges(fresh);
    const shown = { seed, tasks: plan.tasks.length, complete, repeated };
    return inFull ? { ...shown, successes: blockSuccesses(codes, fresh) } : shown;
  });
}

/** Number of leading episodes that are a success or a failure, `most` at the most. */
function leadingTrials(codes, most) {
  let leading = 0;
  while (leading < most && (codes[leading] === SUCCESS_CODE || codes[leading] === FAILURE_CODE)) leading += 1;
  return leading;
}

function blockSuccesses(codes, ranges) {
  const counts = [];
  for (const [start, stop] of ranges) {
    for (let index = start; index < stop; index += 1) {
      counts.push(codes.reduce((sum, each) => sum + (each[index] === SUCCESS_CODE ? 1 : 0), 0));
    }
  }
  return counts.join(" ");
}

/** Shares of successes per initial state, for each task whose trials share states. */
function countRepeatedStarts(cells, plan, starts) {
  const possible = plan.tasks.filter((task) => canShareStates(task, cells, plan, starts));
  const averaged = possible.map((task) => averagedStates(task, cells, plan, starts));
  return averaged.filter((entry) => entry.starts < entry.trials);
}

/** Whether two episodes of a task can have one state, told from ranges alone. */
function canShareStates(task, cells, plan, starts) {
  const before = new FreshNumbers();
  let [episodes, fresh] = [0, 0];
  for (const seed of plan.seeds) {
    const { length } = cells.find(task, seed);
    const numbers = starts.ofRun(seed, length);
    if (!numbers && length) return false;
    if (!numbers) continue;
    episodes += length;
    fresh += lengthOfRanges(before.add(numbers));
  }
  return fresh < episodes;
}

function averagedStates(task, cells, plan, starts) {
  const states = new Map();
  let trials = 0;
  for (const seed of plan.seeds) {
    for (const { index, success } of plannedTrials(cells.find(task, seed), plan.perTask)) {
      const number = starts.ofEpisode(seed, index);
      const [successes, count] = states.get(number) || [0, 0];
      states.set(number, [successes + success, count + 1]);
      trials += 1;
    }
  }
  const shares = [...states.values()].map(([successes, count]) => successes / count);
  return {
    task,
    starts: shares.length,
    trials,
    sum: significant(exactSum(shares)),
    sum_of_squares: significant(exactSum(shares.map((share) => share * share))),
  };
}

/** Successes and failures among the first `planned` episodes that were observed, by index. */
function plannedTrials({ codes, length }, planned) {
  const trials = [];
  let seen = 0;
  for (let index = 0; index < length && seen < planned; index += 1) {
    if (!codes[index]) continue;
    seen += 1;
    if (codes[index] === SUCCESS_CODE || codes[index] === FAILURE_CODE) {
      trials.push({ index, success: codes[index] === SUCCESS_CODE ? 1 : 0 });
    }
  }
  return trials;
}
