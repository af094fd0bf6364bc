/*
 * Bounds of the mean of a score over a population of tasks: Student's t (1908, Biometrika 6, 1-25) below 20 tasks, from
 * there on the bias-corrected and accelerated bootstrap (Efron 1987, JASA 82, 171-185). Its resamples come from the
 * counter-based generator Philox 4x64-10 (Salmon et al. 2011, SC '11), so a seed gives the same ones everywhere.
 */

const FEWEST_FOR_BOOTSTRAP = 20;
const RESAMPLES = 9999;
const WORD = 2n ** 64n;

/**
 * Bounds of a mean over clusters.
 *
 * @param {number[]} values one for each task
 * @param {function(): bigint} seed of the resampling, asked for only where there is one
 */
function clusteredMeanInterval(values, confidence, seed) {
  if (values.length < FEWEST_FOR_BOOTSTRAP) return { method: "t", ...studentInterval(values, confidence) };
  return { method: "bca", ...bootstrapInterval(values, confidence, seed) };
}

function studentInterval(values, confidence) {
  const size = values.length;
  const mean = pairwiseSum(values) / size;
  const variance = pairwiseSum(values.map((value) => (value - mean) ** 2)) / (size - 1);
  const spread = (studentQuantile(size - 1, (1 + confidence) / 2) * Math.sqrt(variance)) / Math.sqrt(size);
  return { lower: mean - spread, upper: mean + spread };
}

function bootstrapInterval(values, confidence, seed) {
  if (values.every((value) => value === values[0])) return { lower: values[0], upper: values[0] };
  const means = resampledMeansOnce(values, seed());
  const levels = correctedLevels(values, means, confidence);
  const sorted = Float64Array.from(means).sort();
  return { lower: sampleQuantileOf(sorted, levels[0]), upper: sampleQuantileOf(sorted, levels[1]) };
}

/** Levels Phi(z0 + (z0 + z) / (1 - a (z0 + z))) of the two quantiles. */
function correctedLevels(values, means, confidence) {
  const observed = pairwiseSum(values) / values.length;
  const share = (means.filter((mean) => mean < observed).length + means.filter((mean) => mean <= observed).length) / 2;
  const edge = 0.5 / means.length;
  const bias = normalQuantile(Math.min(Math.max(share / means.length, edge), 1 - edge));
  const acceleration = accelerationOf(values.map((value) => value - observed));
  return [(1 - confidence) / 2, (1 + confidence) / 2].map((level) => {
    const shifted = bias + normalQuantile(level);
    return normalBelow(bias + shifted / Math.max(1 - acceleration * shifted, 1e-12));
  });
}

/** sum(d^3) / (6 sum(d^2)^1.5), of deviations brought to a scale of 1: what the jackknife gives for a mean. */
function accelerationOf(deviations) {
  const largest = deviations.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  const scaled = deviations.map((each) => each / largest);
  const cubes = scaled.reduce((sum, each) => sum + each ** 3, 0);
  const squares = scaled.reduce((sum, each) => sum + each ** 2, 0);
  return cubes / (6 * squares ** 1.5);
}

/** Linear interpolation between order statistics (Hyndman and Fan 1996, The American Statistician 50, type 7). */
function sampleQuantileOf(sorted, level) {
  const place = level * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  const [step, share] = [sorted[above] - sorted[below], place - below];
  return share < 0.5 ? sorted[below] + step * share : sorted[above] - step * (1 - share);
}

/**
 * Sum in the order in which array libraries add: eight running sums, halves above 128 numbers. Whether a resampled mean
 * equals the observed one hangs on the last bit, so the order is part of the method.
 */
function pairwiseSum(values, start = 0, size = values.length) {
  if (size < 8) {
    let sum = size ? values[start] : 0;
    for (let index = 1; index < size; index += 1) sum += values[start + index];
    return sum;
  }
  if (size > 128) {
    const half = (size >> 1) - ((size >> 1) % 8);
    return pairwiseSum(values, start, half) + pairwiseSum(values, start + half, size - half);
  }
  return eightfoldSum(values, start, size);
}

function eightfoldSum(values, start, size) {
  const sums = Array.from({ length: 8 }, (_, lane) => values[start + lane]);
  const whole = size - (size % 8);
  for (let index = 8; index < whole; index += 1) sums[index % 8] += values[start + index];
  let sum = sums[0] + sums[1] + (sums[2] + sums[3]) + (sums[4] + sums[5] + (sums[6] + sums[7]));
  for (let index = whole; index < size; index += 1) sum += values[start + index];
  return sum;
}

let lastResampling = { of: "", means: [] };

/** The same means for the same values and seed: intervals of several confidences read one set of resamples. */
function resampledMeansOnce(values, seed) {
  const of = `${seed} ${values.join(" ")}`;
  if (lastResampling.of !== of) lastResampling = { of, means: resampledMeans(values, seed) };
  return lastResampling.means;
}

/** Means of resamples with replacement; an index is the upper half of a word, scaled to the number of values. */
function resampledMeans(values, seed) {
  const size = values.length;
  const nextUpperHalf = philoxUpperHalves(seed);
  const drawn = new Float64Array(size);
  const means = [];
  for (let resample = 0; resample < RESAMPLES; resample += 1) {
    for (let place = 0; place < size; place += 1) drawn[place] = values[scaledIndex(nextUpperHalf(), size)];
    means.push(pairwiseSum(drawn) / size);
  }
  return means;
}

/** floor(upper * size / 2^32), exactly: sizes stay far below 2^21, so the product fits a double. */
function scaledIndex(upper, size) {
  return Math.floor((upper * size) / 2 ** 32);
}

/** A function that gives the upper 32 bits of one word after another of Philox 4x64-10. */
function philoxUpperHalves(seed) {
  const key = [seed % WORD, seed / WORD].flatMap((word) => [Number(word >> 32n), Number(word & 0xffffffffn)]);
  const block = new Uint32Array(8);
  let [counter, read] = [0, 8];
  return () => {
    if (read === 8) {
      counter += 1;
      philoxBlock(block, counter, key);
      read = 0;
    }
    read += 2;
    return block[read - 2];
  };
}

const PHILOX_M0 = [0xd2e7470e, 0xe14c6c93];
const PHILOX_M1 = [0xca5a8263, 0x95121157];
const PHILOX_W0 = [0x9e3779b9, 0x7f4a7c15];
const PHILOX_W1 = [0xbb67ae85, 0x84caa73b];

/** The four words of a block, as pairs of 32 bits, the high ones first; written in place, for there are very many. */
function philoxBlock(block, counter, key) {
  block.fill(0);
  block[0] = Math.floor(counter / 2 ** 32);
  block[1] = counter;
  const keys = Uint32Array.from(key);
  const [first, second] = [new Uint32Array(4), new Uint32Array(4)];
  for (let round = 0; round < 10; round += 1) {
    multiplyInto(first, PHILOX_M0, block[0], block[1]);
    multiplyInto(second, PHILOX_M1, block[4], block[5]);
    for (let half = 0; half < 2; half += 1) {
      block[half] = second[half] ^ block[2 + half] ^ keys[half];
      block[4 + half] = first[half] ^ block[6 + half] ^ keys[2 + half];
      block[2 + half] = second[2 + half];
      block[6 + half] = first[2 + half];
    }
    addInto(keys, 0, PHILOX_W0);
    addInto(keys, 2, PHILOX_W1);
  }
}

/** Add a word to the one that stands at a place, modulo 2^64. */
function addInto(words, place, [high, low]) {
  const sum = words[place + 1] + low;
  words[place + 1] = sum;
  words[place] += high + (sum > 0xffffffff ? 1 : 0);
}

/** The product of two words: 128 bits as four times 32, the highest first. */
function multiplyInto(product, [high, low], otherHigh, otherLow) {
  const second = upperProduct(low, otherLow) + lowerProduct(high, otherLow) + lowerProduct(low, otherHigh);
  const carried = Math.floor(second / 2 ** 32) + upperProduct(high, otherLow) + upperProduct(low, otherHigh);
  const third = carried + lowerProduct(high, otherHigh);
  product[0] = upperProduct(high, otherHigh) + Math.floor(third / 2 ** 32);
  product[1] = third;
  product[2] = second;
  product[3] = lowerProduct(low, otherLow);
}

/** The upper 32 bits of the product of two numbers of 32 bits. */
function upperProduct(one, other) {
  const low = (one & 0xffff) * other;
  return Math.floor(((one >>> 16) * other + Math.floor(low / 2 ** 16)) / 2 ** 16);
}

/** The lower 32 bits of it. */
function lowerProduct(one, other) {
  return Math.imul(one, other) >>> 0;
}
