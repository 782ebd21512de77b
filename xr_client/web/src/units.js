/** Heights in centimetres (whole numbers) and in feet and inches. */

export const MIN_HEIGHT_CM = 120;
export const MAX_HEIGHT_CM = 220;
const CM_PER_INCH = 2.54;

/** @param {number} cm @returns {{ft: number, inch: number}} to the nearest inch */
export function toFeet(cm) {
  const inches = Math.round(cm / CM_PER_INCH);
  return { ft: Math.floor(inches / 12), inch: inches % 12 };
}

/** @param {number} ft @param {number} inch @returns {number} whole centimetres */
export function fromFeet(ft, inch) {
  return Math.round((ft * 12 + inch) * CM_PER_INCH);
}

/** @param {unknown} value @returns {number|null} whole centimetres within the range, or null */
export function validHeight(value) {
  const cm = typeof value === 'string' && value.trim() === '' ? NaN : Math.round(Number(value));
  return cm >= MIN_HEIGHT_CM && cm <= MAX_HEIGHT_CM ? cm : null;
}
