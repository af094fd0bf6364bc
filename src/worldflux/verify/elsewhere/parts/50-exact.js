/*
 * Exact numbers: decimals as documents state them, fractions, and the way from either to the nearest double.
 *
 * A claim says 0.80 and means the decimal number, not the double beside it. So thresholds are subtracted, and bounds
 * compared with counts, in decimals; task rates with equal weights are fractions.
 */

/** Digits that a sum, product or quotient of decimals keeps, where nothing else is said (IEEE 754-2008 decimal128+). */
const DECIMAL_DIGITS = 28;

/** Ten to a power, as a whole number. */
function tenTo(power) {
  return 10n ** BigInt(power);
}

/** Size of a whole number without its sign. */
function bigAbs(number) {
  return number < 0n ? -number : number;
}

/** Number of decimal digits of a whole number; 1 for 0. */
function digitCount(number) {
  return bigAbs(number).toString().length;
}

/** A whole number divided by a positive one, rounded to the nearest, halves to even. */
function dividedHalfEven(number, divisor) {
  const size = bigAbs(number);
  let quotient = size / divisor;
  const twice = 2n * (size % divisor);
  if (twice > divisor || (twice === divisor && quotient % 2n === 1n)) quotient += 1n;
  return number < 0n ? -quotient : quotient;
}

/** The largest whole number whose square is at most `number` (Newton's iteration from above). */
function wholeRoot(number) {
  if (number < 2n) return number;
  let root = 1n << BigInt((number.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + number / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/**
 * A decimal number, coefficient times ten to the exponent. As in the General Decimal Arithmetic Specification
 * (Cowlishaw 2009) 0.80 and 0.8 are equal numbers that are written differently, and results are rounded half to even.
 */
class Decimal {
  /**
   * @param {bigint} coefficient with its sign
   * @param {number} exponent of ten
   */
  constructor(coefficient, exponent) {
    this.coefficient = coefficient;
    this.exponent = exponent;
  }

  /** The whole number `count`. */
  static whole(count) {
    return new Decimal(BigInt(count), 0);
  }

  /**
   * The decimal that a document states: the shortest decimal form of its double, written with at least one decimal as
   * floating-point numbers are (1.0), without an exponent from 0.0001 up to 10^16.
   */
  static stated(number) {
    const [mantissa, power] = number.toExponential().split("e");
    const digits = mantissa.replace("-", "").replace(".", "");
    const scale = Number(power);
    const sign = number < 0 ? -1n : 1n;
    let exponent = scale - (digits.length - 1);
    let coefficient = sign * BigInt(digits);
    if (scale >= -4 && scale < 16 && exponent > -1) {
      coefficient *= tenTo(exponent + 1);
      exponent = -1;
    }
    return new Decimal(coefficient, exponent);
  }

  /** The decimal that a double is exactly. */
  static ofDouble(number) {
    const { numerator, denominator } = Fraction.ofDouble(number);
    const power = denominator.toString(2).length - 1; // the denominator is a power of two
    return new Decimal(numerator * 5n ** BigInt(power), -power);
  }

  /** The same rounded to so many digits. */
  rounded(digits) {
    const excess = digitCount(this.coefficient) - digits;
    if (excess <= 0) return this;
    const coefficient = dividedHalfEven(this.coefficient, tenTo(excess));
    return new Decimal(coefficient, this.exponent + excess).rounded(digits);
  }

  /** Both coefficients at the smaller exponent. */
  static aligned(one, other) {
    const exponent = Math.min(one.exponent, other.exponent);
    const scaled = (number) => number.coefficient * tenTo(number.exponent - exponent);
    return [scaled(one), scaled(other), exponent];
  }

  plus(other, digits = DECIMAL_DIGITS) {
    const [mine, its, exponent] = Decimal.aligned(this, other);
    return new Decimal(mine + its, exponent).rounded(digits);
  }

  negated() {
    return new Decimal(-this.coefficient, this.exponent);
  }

  minus(other, digits = DECIMAL_DIGITS) {
    return this.plus(other.negated(), digits);
  }

  times(other, digits = DECIMAL_DIGITS) {
    return new Decimal(this.coefficient * other.coefficient, this.exponent + other.exponent).rounded(digits);
  }

  /** This divided by 1 or 100: exact, with no more decimals than it had unless they are needed. */
  dividedByScale(scale) {
    let coefficient = this.coefficient;
    let exponent = this.exponent - (scale === 100 ? 2 : 0);
    while (exponent < this.exponent && coefficient % 10n === 0n) {
      coefficient /= 10n;
      exponent += 1;
    }
    return new Decimal(coefficient, exponent);
  }

  /** Square root of a number of 0 or more, rounded to so many digits. */
  squareRoot(digits) {
    if (this.coefficient === 0n) return new Decimal(0n, 0);
    const missing = Math.max(0, 2 * digits + 2 - digitCount(this.coefficient));
    const shift = missing + (Math.abs(this.exponent - missing) % 2);
    const scaled = this.coefficient * tenTo(shift);
    const root = wholeRoot(scaled);
    // One digit more, which is never a lone 5: what was cut off is told by a last digit of 1.
    const sticky = root * root === scaled ? 0n : 1n;
    return new Decimal(root * 10n + sticky, (this.exponent - shift) / 2 - 1).rounded(digits);
  }

  /** Below 0, 0 or above 0, as this is smaller than, equal to or larger than the other. */
  compare(other) {
    const [mine, its] = Decimal.aligned(this, other);
    return mine < its ? -1 : mine > its ? 1 : 0;
  }

  equals(other) {
    return this.compare(other) === 0;
  }

  isZero() {
    return this.coefficient === 0n;
  }

  /** Whether this lies strictly between 0 and 1. */
  isInsideUnit() {
    return this.coefficient > 0n && this.compare(Decimal.whole(1)) < 0;
  }

  /** The largest whole number that is not above this. */
  floor() {
    if (this.exponent >= 0) return this.coefficient * tenTo(this.exponent);
    const divisor = tenTo(-this.exponent);
    const quotient = this.coefficient / divisor;
    return this.coefficient < 0n && this.coefficient % divisor !== 0n ? quotient - 1n : quotient;
  }

  /** The smallest whole number that is not below this. */
  ceiling() {
    return -this.negated().floor();
  }

  /** The nearest double. */
  toNumber() {
    return Number(`${this.coefficient}e${this.exponent}`);
  }

  toFraction() {
    if (this.exponent >= 0) return new Fraction(this.coefficient * tenTo(this.exponent), 1n);
    return new Fraction(this.coefficient, tenTo(-this.exponent));
  }

  /** Decimals after the point that this needs, trailing zeros not counted. */
  neededPlaces() {
    let [coefficient, exponent] = [this.coefficient, this.exponent];
    if (coefficient === 0n) return 0;
    while (coefficient % 10n === 0n) {
      coefficient /= 10n;
      exponent += 1;
    }
    return Math.max(0, -exponent);
  }

  /** With so many decimals after the point, halves to even. */
  toFixed(places) {
    const shift = this.exponent + places;
    const scaled =
      shift >= 0 ? this.coefficient * tenTo(shift) : dividedHalfEven(this.coefficient, tenTo(-shift));
    const digits = bigAbs(scaled).toString().padStart(places + 1, "0");
    const sign = this.coefficient < 0n ? "-" : "";
    const point = digits.length - places;
    return sign + digits.slice(0, point) + (places ? `.${digits.slice(point)}` : "");
  }

  /** As the specification's to-scientific-string writes it: with an exponent only far from the point. */
  toString() {
    const digits = bigAbs(this.coefficient).toString();
    const scale = this.exponent + digits.length - 1;
    if (this.exponent <= 0 && scale >= -6) return this.toFixed(-this.exponent);
    const sign = this.coefficient < 0n ? "-" : "";
    const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
    return `${sign}${mantissa}E${scale < 0 ? "-" : "+"}${Math.abs(scale)}`;
  }
}

/** Greatest common divisor (Euclid). */
function commonDivisor(one, other) {
  let [a, b] = [bigAbs(one), bigAbs(other)];
  while (b) [a, b] = [b, a % b];
  return a;
}

/** A fraction of whole numbers in lowest terms, its denominator positive. */
class Fraction {
  constructor(numerator, denominator = 1n) {
    const divisor = commonDivisor(numerator, denominator) * (denominator < 0n ? -1n : 1n);
    this.numerator = numerator / divisor;
    this.denominator = denominator / divisor;
  }

  /** The quotient of two counts. */
  static of(numerator, denominator = 1) {
    return new Fraction(BigInt(numerator), BigInt(denominator));
  }

  /** The fraction that a finite double is exactly. */
  static ofDouble(number) {
    const bits = new DataView(new ArrayBuffer(8));
    bits.setFloat64(0, number);
    const raw = bits.getBigUint64(0);
    const stored = (raw >> 52n) & 0x7ffn;
    const mantissa = (raw & 0xfffffffffffffn) | (stored ? 1n << 52n : 0n);
    const power = (stored || 1n) - 1075n;
    const signed = raw >> 63n ? -mantissa : mantissa;
    return power >= 0n ? new Fraction(signed << power, 1n) : new Fraction(signed, 1n << -power);
  }

  plus(other) {
    const numerator = this.numerator * other.denominator + other.numerator * this.denominator;
    return new Fraction(numerator, this.denominator * other.denominator);
  }

  times(other) {
    return new Fraction(this.numerator * other.numerator, this.denominator * other.denominator);
  }

  dividedBy(count) {
    return new Fraction(this.numerator, this.denominator * BigInt(count));
  }

  compare(other) {
    const [mine, its] = [this.numerator * other.denominator, other.numerator * this.denominator];
    return mine < its ? -1 : mine > its ? 1 : 0;
  }

  /** The nearest double. A quotient of 64 bits and more, its last bit telling of a remainder, rounds as all would. */
  toNumber() {
    const width = (number) => bigAbs(number).toString(2).length;
    const shift = Math.max(0, 64 - width(this.numerator) + width(this.denominator));
    const scaled = bigAbs(this.numerator) << BigInt(shift);
    const quotient = scaled / this.denominator;
    const sticky = scaled % this.denominator === 0n ? 0n : 1n;
    const size = Number(quotient | sticky) / 2 ** shift;
    return this.numerator < 0n ? -size : size;
  }

  /** The nearest fraction whose denominator is at most `limit`: the last two convergents' family decides. */
  nearestWithin(limit) {
    const bound = BigInt(limit);
    if (this.denominator <= bound) return this;
    let [before, last] = [[0n, 1n], [1n, 0n]];
    let [rest, divisor] = [this.numerator, this.denominator];
    for (;;) {
      const whole = rest / divisor;
      const next = [before[0] + whole * last[0], before[1] + whole * last[1]];
      if (next[1] > bound) break;
      [before, last, rest, divisor] = [last, next, divisor, rest - whole * divisor];
    }
    const steps = (bound - before[1]) / last[1];
    const between = new Fraction(before[0] + steps * last[0], before[1] + steps * last[1]);
    const convergent = new Fraction(last[0], last[1]);
    const distance = (one) => bigFractionDistance(one, this);
    return distance(convergent).compare(distance(between)) <= 0 ? convergent : between;
  }
}

/** How far two fractions lie apart. */
function bigFractionDistance(one, other) {
  const gap = one.plus(new Fraction(-other.numerator, other.denominator));
  return new Fraction(bigAbs(gap.numerator), gap.denominator);
}

/** Mean of fractions. */
function meanOfFractions(values) {
  return values.reduce((sum, value) => sum.plus(value), Fraction.of(0)).dividedBy(values.length);
}

/** A computed number as documents carry it: rounded to twelve significant digits, halves to even. */
function significant(number) {
  if (!Number.isFinite(number) || number === 0) return number;
  return Decimal.ofDouble(number).rounded(12).toNumber();
}

/** `significant`, or null for null. */
function significantOrNull(number) {
  return number === null ? null : significant(number);
}
