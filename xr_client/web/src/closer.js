/** What a closer look compares: which sizes, and how roomy each would be. Knows nothing of the page's elements. */

/** @typedef {import('./net/mannequin.js').SizeFit} SizeFit */

/** The parts of the body that are told, the most telling first. */
const MEASURES = ['chest', 'waist', 'hip', 'thigh'];
const SKIN_CM = 1; // closer than this, a garment lies on the skin without being tight

/**
 * Three sizes with the chosen one in the middle, where there are as many.
 * @param {string[]} sizes  smallest first @param {string|null} chosen @returns {string[]}
 */
export function neighbours(sizes, chosen) {
  const at = Math.max(0, sizes.indexOf(chosen ?? ''));
  const first = Math.min(Math.max(0, at - 1), Math.max(0, sizes.length - 3));
  return sizes.slice(first, first + 3);
}

/**
 * @param {Record<string, number>} ease_cm  garment minus body
 * @returns {{measure: string, key: 'closer.room'|'closer.snug'|'closer.tight', cm: number}[]}
 */
export function easeLines(ease_cm) {
  return MEASURES.filter((measure) => measure in ease_cm).map((measure) => {
    const cm = Math.round(ease_cm[measure]);
    const key = cm > SKIN_CM ? 'closer.room' : cm >= -SKIN_CM ? 'closer.snug' : 'closer.tight';
    return { measure, key, cm: Math.abs(cm) };
  });
}
