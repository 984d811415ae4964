// The rows that a form can start from: those of the training data that the artifact kept, the most typical one first, and the
// middle of each feature.

import { rank } from './number.js';

/** Each as `[name, values by position]`. */
export function startingRows(model) {
  const kept = model.examples.map((row) => ({ row, far: distance(model, row) })).sort((a, b) => a.far - b.far);
  // An imported model has no rows, and one made up of its bounds.
  if (model.provenance.rows_train === 0) return kept.map(({ row }) => ['an example', row]);
  const named = kept.map(({ row }, place) => [place === 0 ? 'a typical row' : `training row ${place + 1}`, row]);
  return [...named, ['the middle of all', middles(model)]];
}

/** How far a row is from the middle of the training data, from 0 to 1 for each feature: numbers by their rank, levels by their share. */
function distance({ features }, row) {
  const distances = features.map(({ distribution: { quantiles, levels } }, place) => {
    const value = row[place];
    if (value === null) return 1;
    if (quantiles?.length) return Math.abs(rank(quantiles, value) - 0.5) * 2;
    const all = levels?.reduce((sum, { rows }) => sum + rows, 0) ?? 0;
    return all > 0 ? 1 - (levels.find((level) => level.value === value)?.rows ?? 0) / all : 1;
  });
  return distances.reduce((sum, one) => sum + one, 0);
}

/** The median of each number and the most frequent level of everything else. */
function middles({ features }) {
  return features.map(({ schema, distribution: { quantiles, levels } }) => {
    const whole = [schema.type].flat().includes('integer');
    if (quantiles?.length) {
      const median = quantiles[(quantiles.length - 1) / 2];
      return whole ? Math.round(median) : Number(median.toPrecision(6));
    }
    return levels?.[0]?.value ?? schema.examples?.[0] ?? null;
  });
}
