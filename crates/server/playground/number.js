// Numbers for people: few digits, round steps, ticks.

const wide = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });
const two = new Intl.NumberFormat('en', { maximumSignificantDigits: 2 });
const few = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** Four digits are enough to look at. */
export function short(value) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(2);
  return size >= 10000 ? whole.format(value) : wide.format(value);
}

/** Two digits, for what is uncertain anyway. */
export const brief = (value) => two.format(value);

/** With its sign, for what is added. */
export const signed = (value) => (value < 0 ? '−' : '+') + few.format(Math.abs(value));

export function percent(share) {
  const plain = (share > 0.0995 && share < 0.995) || share === 0 || share === 1;
  return `${(share * 100).toFixed(plain ? 0 : 1)} %`;
}

export const count = (value) => whole.format(value);

/** The round number (1, 2 or 5 with zeros) at or below a hundredth of a range. */
export function stepOf(range) {
  if (!(range > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(range / 100));
  const lead = range / 100 / power;
  return Number(((lead >= 5 ? 5 : lead >= 2 ? 2 : 1) * power).toPrecision(1));
}

/** About so many round places between two numbers. */
export function ticks(low, high, wanted) {
  const span = high - low || 1;
  const raw = span / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((lead) => lead * power).find((step) => step >= raw * 0.999) ?? raw;
  const found = [];
  for (let place = Math.ceil(low / step - 1e-9); place * step <= high + step * 1e-9; place++) {
    found.push(Number((place * step).toPrecision(12)));
  }
  return found;
}

/** Where a value lies between two others, as a place between two pixels. */
export function scale(low, high, from, to) {
  const span = high - low || 1;
  return (value) => from + ((value - low) / span) * (to - from);
}

/** The share of the training rows below a value, from the quantiles at every 5 %. */
export function rank(quantiles, value) {
  const steps = quantiles.length - 1;
  if (steps < 1 || value <= quantiles[0]) return 0;
  if (value >= quantiles[steps]) return 1;
  // Among equal quantiles, their middle.
  let low = 0;
  while (quantiles[low + 1] < value) low++;
  let high = low;
  while (high < steps && quantiles[high + 1] <= value) high++;
  const width = quantiles[high + 1] - quantiles[high];
  const above = (high + (width > 0 ? (value - quantiles[high]) / width : 0)) / steps;
  return high > low ? ((low + 1) / steps + above) / 2 : above;
}
