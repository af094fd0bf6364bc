/*
 * Forensic findings: runs that differ less or more than independent episodes would, and infrastructure errors that
 * gather in one task or one run. They follow from the cells alone.
 */

const FEWEST_RUNS_COMPARED = 4;
const MOST_RUNS_COMPARED = 200;
const SMALLEST_VARIANCE = 5;
const ALMOST_IMPOSSIBLE = 0.001;
const UNLIKELY = 0.01;
const SMALLEST_SHOWN_CHANCE = 1e-99;
const MOST_FORENSIC_FINDINGS = 20;
const JACOBI_SWEEPS = 60;

function trialsIn({ success = 0, failure = 0 }) {
  return success + failure;
}

/** A chance with the two digits that anybody reads of it. */
function chanceText(chance, relation = "=") {
  return chance > SMALLEST_SHOWN_CHANCE
    ? `p ${relation} ${general(chance, 2)}`
    : `p < ${general(SMALLEST_SHOWN_CHANCE)}`;
}

function forensicFindings({ cells }) {
  return [
    ...dispersionFindings(cells),
    ...concentrationFindings("task", (cell) => cell.task, cells),
    ...concentrationFindings("the run with seed", (cell) => String(cell.seed), cells),
  ];
}

function* dispersionFindings(cells) {
  const found = runDispersion(countsOfRuns(cells.filter((cell) => trialsIn(cell.counts) > 0)));
  if (found === null) return;
  const [[fewest, most], [least, highest]] = [extremes(found.successes), extremes(found.expected)];
  const arithmetic =
    `successes ${counted(fewest)} to ${counted(most)} where ${groupedFixed(least, 1)} to ${groupedFixed(highest, 1)} ` +
    `were expected, chi-square ${general(found.statistic, 4)} with ${found.degrees} degrees of freedom`;
  if (found.alike < ALMOST_IMPOSSIBLE) {
    const message =
      `The ${found.runs} runs are more alike than independent episodes would be (${arithmetic}, ` +
      `${chanceText(found.alike, "<=")}); runs from the same starts do that, and so do copied or invented numbers.`;
    yield findingOf("forensics.underdispersed", "warning", message);
  }
  if (found.unlike < ALMOST_IMPOSSIBLE) {
    const message =
      `The ${found.runs} runs differ more than chance makes of equal ones (${arithmetic}, ` +
      `${chanceText(found.unlike)}); pooled, they give too narrow an interval.`;
    yield findingOf("forensics.overdispersed", "info", message);
  }
}

/** Successes and trials of each task (rows) in each run (columns); 0 of 0 where a run lacks a task. */
function countsOfRuns(cells) {
  const runs = [...new Set(cells.map((cell) => cell.seed))];
  const table = new Map();
  for (const { task, seed, counts } of cells) {
    if (!table.has(task))
      table.set(
        task,
        runs.map(() => [0, 0]),
      );
    table.get(task)[runs.indexOf(seed)] = [counts.success, trialsIn(counts)];
  }
  return [...table.values()];
}

/**
 * Average partial association of runs and outcomes, each task its own stratum (Landis, Heyman and Koch 1978, Int. Stat.
 * Review 46): d' S^- d with hypergeometric moments, chi-square with R - 1 degrees of freedom. The chance of being as
 * alike is bounded: the root of the statistic is raised by the covering radius of the lattice A_n (Conway and Sloane
 * 1988, ch. 4).
 * @returns {object|null} null where nothing can be said
 */
function runDispersion(table) {
  const runs = table.length > 0 ? table[0].length : 0;
  if (runs < FEWEST_RUNS_COMPARED || runs > MOST_RUNS_COMPARED) return null;
  const { expected, covariance } = hypergeometricMoments(table, runs);
  const axes = principalAxes(covariance).slice(1); // one variance is 0: the deviations of all runs sum to nothing
  if (axes[0].value < SMALLEST_VARIANCE) return null;
  const successes = expected.map((_, run) => sumOf(table.map((row) => row[run][0])));
  const deviations = successes.map((count, run) => withoutNoise(count - expected[run], expected[run]));
  const statistic = sumOf(axes.map(({ value, vector }) => dotProduct(vector, deviations) ** 2 / value));
  const half = Math.floor(runs / 2);
  const radius = Math.sqrt((half * (runs - half)) / runs / axes[0].value);
  return {
    runs,
    successes,
    expected,
    statistic,
    degrees: runs - 1,
    alike: lowerGamma((runs - 1) / 2, (Math.sqrt(Math.max(0, statistic)) + radius) ** 2 / 2),
    unlike: upperGamma((runs - 1) / 2, Math.max(0, statistic) / 2),
  };
}

/** What is left of equal numbers is the noise of floats, of which every machine has its own. */
function withoutNoise(deviation, size) {
  return Math.abs(deviation) <= 1e-12 * size ? 0 : deviation;
}

function dotProduct(left, right) {
  return left.reduce((sum, value, index) => sum + value * right[index], 0);
}

/** Mean and covariance of the runs' successes, given each task's over all runs. */
function hypergeometricMoments(table, runs) {
  const expected = new Array(runs).fill(0);
  const covariance = expected.map(() => new Array(runs).fill(0));
  for (const row of table) {
    const [successes, total] = [sumOf(row.map((each) => each[0])), sumOf(row.map((each) => each[1]))];
    if (total <= 1) continue; // a single episode tells nothing about differences
    const rate = successes / total;
    const spread = (rate * (total - successes)) / (total - 1);
    for (let one = 0; one < runs; one += 1) {
      expected[one] += rate * row[one][1];
      covariance[one][one] += spread * row[one][1];
      for (let other = 0; other < runs; other += 1) {
        covariance[one][other] -= (row[one][1] * row[other][1] * spread) / total;
      }
    }
  }
  return { expected, covariance };
}

/** Eigenvalues and vectors of a symmetric matrix, smallest first (cyclic Jacobi rotations; Golub and Van Loan, 8.5). */
function principalAxes(symmetric) {
  const matrix = symmetric.map((row) => row.slice());
  const vectors = matrix.map((row, index) => row.map((_, column) => (index === column ? 1 : 0)));
  const size = matrix.length;
  for (let sweep = 0; sweep < JACOBI_SWEEPS && !isDiagonal(matrix); sweep += 1) {
    for (let one = 0; one < size; one += 1) {
      for (let other = one + 1; other < size; other += 1) rotatePair(matrix, vectors, one, other);
    }
  }
  return matrix
    .map((row, index) => ({ value: row[index], vector: vectors.map((each) => each[index]) }))
    .sort((left, right) => left.value - right.value);
}

function isDiagonal(matrix) {
  let [outside, inside] = [0, 0];
  matrix.forEach((row, index) => {
    row.forEach((value, column) => {
      if (index === column) inside += value * value;
      else outside += value * value;
    });
  });
  return outside <= 1e-30 * inside;
}

function rotatePair(matrix, vectors, one, other) {
  if (matrix[one][other] === 0) return;
  const theta = (matrix[other][other] - matrix[one][one]) / (2 * matrix[one][other]);
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  const turn = (row, left, right) => {
    [row[left], row[right]] = [cosine * row[left] - sine * row[right], sine * row[left] + cosine * row[right]];
  };
  for (const row of matrix) turn(row, one, other);
  for (let column = 0; column < matrix.length; column += 1) {
    const [first, second] = [matrix[one][column], matrix[other][column]];
    matrix[one][column] = cosine * first - sine * second;
    matrix[other][column] = sine * first + cosine * second;
  }
  for (const row of vectors) turn(row, one, other);
}

/** log of the gamma function at a multiple of one half, by its recurrence. */
function logGammaOfHalves(shape) {
  let [sum, at] = [shape % 1 === 0 ? 0 : 0.5 * Math.log(Math.PI), shape % 1 === 0 ? 1 : 0.5];
  for (; at < shape; at += 1) sum += Math.log(at);
  return sum;
}

/** Regularised incomplete gamma function P(shape, x) for halves: the series DLMF 8.7.1, or by the other tail. */
function lowerGamma(shape, x) {
  if (x <= 0) return 0;
  if (x >= shape + 1) return 1 - gammaFraction(shape, x);
  let [term, sum] = [1 / shape, 1 / shape];
  for (let index = 1; term > sum * 1e-17; index += 1) {
    term *= x / (shape + index);
    sum += term;
  }
  return sum * Math.exp(shape * Math.log(x) - x - logGammaOfHalves(shape));
}

function upperGamma(shape, x) {
  return x < shape + 1 ? 1 - lowerGamma(shape, x) : gammaFraction(shape, x);
}

/** Q(shape, x) for large x: the continued fraction DLMF 8.9.2 by Lentz's method. */
function gammaFraction(shape, x) {
  let above = 1 / 1e-300;
  let below = 1 / (x + 1 - shape);
  let value = below;
  for (let index = 1; index < 10000; index += 1) {
    const [factor, term] = [-index * (index - shape), x + 2 * index + 1 - shape];
    below = 1 / (term + factor * below);
    above = term + factor / above;
    const step = below * above;
    value *= step;
    if (Math.abs(step - 1) < 1e-16) break;
  }
  return value * Math.exp(shape * Math.log(x) - x - logGammaOfHalves(shape));
}

/** Groups in which infrastructure errors gather: Fisher's exact test against all others, Holm-adjusted. */
function concentrationFindings(kind, nameOf, cells) {
  const groups = [...groupedBy(cells, nameOf, [])].map(([name, members]) => ({
    name,
    errors: sumOf(members.map(({ counts }) => counts.infra_error)),
    executed: sumOf(members.map(({ counts }) => counts.infra_error + trialsIn(counts))),
  }));
  const [errors, executed] = [sumOf(groups.map((group) => group.errors)), sumOf(groups.map((group) => group.executed))];
  if (errors === 0 || groups.length < 2) return [];
  const adjusted = holmAdjusted(groups.map((group) => chanceOfSoMany(group.errors, errors, group.executed, executed)));
  return groups
    .map((group, index) => ({ ...group, chance: adjusted[index] }))
    .filter((group) => group.chance < UNLIKELY)
    .sort((left, right) => left.chance - right.chance)
    .slice(0, MOST_FORENSIC_FINDINGS)
    .map((group) => {
      const here = `${counted(group.errors)} of ${counted(group.executed)} episodes there`;
      const elsewhere = `${counted(errors - group.errors)} of ${counted(executed - group.executed)} elsewhere`;
      const message =
        `Infrastructure errors gather in ${kind} ${group.name}: ${here}, ${elsewhere} ` +
        `(Fisher's exact test, Holm-adjusted ${chanceText(group.chance)}).`;
      return findingOf("forensics.errors_concentrated", "warning", message);
    });
}

/** P(X >= count), X hypergeometric: `drawn` of `total` are drawn, `marked` of `total` are marked. */
function chanceOfSoMany(count, marked, drawn, total) {
  const [lowest, highest] = [Math.max(0, drawn + marked - total), Math.min(drawn, marked)];
  if (count <= lowest) return 1;
  // Summed away from the mean, where the terms fall.
  if (count > (drawn * marked) / total) return Math.min(1, fallingSum(count, highest, 1, { marked, drawn, total }));
  return 1 - Math.min(1, fallingSum(count - 1, lowest, -1, { marked, drawn, total }));
}

function fallingSum(from, to, step, { marked, drawn, total }) {
  let whole = 0;
  for (let count = from; step * count <= step * to; count += step) {
    const ways = logChoose(marked, count) + logChoose(total - marked, drawn - count) - logChoose(total, drawn);
    whole += Math.exp(ways);
    if (Math.exp(ways) <= whole * 1e-17) break;
  }
  return whole;
}

function logChoose(of, some) {
  return some === 0 || some === of ? 0 : -Math.log(of + 1) - logBeta(of - some + 1, some + 1);
}
