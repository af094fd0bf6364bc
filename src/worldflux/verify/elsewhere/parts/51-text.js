/*
 * Numbers as sentences show them: grouped thousands, fixed decimals, or a few significant digits. All are rounded from
 * the exact value of the double, halves to even, as IEEE 754 asks of conversions (its section 5.12).
 */

/** Digits in groups of three: 1,234,567. */
function grouped(digits) {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** A count with its thousands grouped. */
function counted(count) {
  return grouped(String(count));
}

/** With so many decimals: 0.775. */
function fixed(number, places) {
  if (!Number.isFinite(number)) return unboundedText(number);
  const text = Decimal.ofDouble(number).toFixed(places);
  return Object.is(number, -0) ? `-${text}` : text;
}

/** With so many decimals and grouped thousands: 1,234.5. */
function groupedFixed(number, places) {
  const [whole, decimals] = fixed(number, places).split(".");
  return decimals === undefined ? grouped(whole) : `${grouped(whole)}.${decimals}`;
}

/** With its sign, whichever it is: +0.025. */
function signedFixed(number, places) {
  const text = fixed(number, places);
  return text.startsWith("-") ? text : `+${text}`;
}

function unboundedText(number) {
  return Number.isNaN(number) ? "nan" : number < 0 ? "-inf" : "inf";
}

/** With so many significant digits, no trailing zeros, and an exponent outside 10^-4 to 10^digits: C's %g. */
function general(number, digits = 6) {
  if (!Number.isFinite(number)) return unboundedText(number);
  if (number === 0) return Object.is(number, -0) ? "-0" : "0";
  const rounded = Decimal.ofDouble(number).rounded(digits);
  const scale = rounded.exponent + digitCount(rounded.coefficient) - 1;
  if (scale >= -4 && scale < digits) return rounded.toFixed(rounded.neededPlaces());
  const mantissa = new Decimal(rounded.coefficient, rounded.exponent - scale);
  const power = String(Math.abs(scale)).padStart(2, "0");
  return `${mantissa.toFixed(mantissa.neededPlaces())}e${scale < 0 ? "-" : "+"}${power}`;
}

/** Numbers with the same count of decimals, at least two: 0.75, 0.80, 0.05. */
function fixedPoint(...decimals) {
  const places = Math.max(2, ...decimals.map((decimal) => decimal.neededPlaces()));
  return decimals.map((decimal) => decimal.toFixed(places));
}
