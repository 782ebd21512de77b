/**
 * The body's dimensions as the server knows them: names, units, and what adults have (pipelines/sizing/measures.py; a test holds
 * the two together). Nothing is decided by these ranges: they are the ends of sliders.
 *
 * @typedef {'cm'|'kg'|'years'} Unit
 * @typedef {{key: string, unit: Unit, low: number, high: number}} Measure
 */

/** @param {string} key @param {number} low @param {number} high @param {Unit} [unit] @returns {Measure} */
const of = (key, low, high, unit = 'cm') => ({ key, unit, low, high });

export const MEASURES = /** @type {Record<string, Measure>} */ ({
  age: of('measure.age', 16, 100, 'years'),
  height: of('measure.height', 130, 220),
  weight: of('measure.weight', 32, 220, 'kg'),
  neck: of('measure.neck', 24, 60),
  shoulder_girth: of('measure.shoulder_girth', 75, 175),
  chest: of('measure.chest', 65, 170),
  underbust: of('measure.underbust', 52, 160),
  waist: of('measure.waist', 50, 180),
  navel_waist: of('measure.navel_waist', 50, 185),
  hip: of('measure.hip', 70, 180),
  thigh: of('measure.thigh', 35, 100),
  calf: of('measure.calf', 24, 65),
  upper_arm: of('measure.upper_arm', 17, 60),
  wrist: of('measure.wrist', 11, 26),
  shoulder_width: of('measure.shoulder_width', 29, 60),
  biacromial: of('measure.biacromial', 27, 52),
  sleeve: of('measure.sleeve', 40, 80),
  inseam: of('measure.inseam', 55, 110),
  back_waist: of('measure.back_waist', 26, 62),
  back_navel: of('measure.back_navel', 30, 66),
  nape_height: of('measure.nape_height', 105, 195),
  upper_arm_length: of('measure.upper_arm_length', 22, 46),
  forearm_length: of('measure.forearm_length', 17, 37),
  thigh_length: of('measure.thigh_length', 28, 58),
  calf_length: of('measure.calf_length', 26, 56),
  shoulder_breadth: of('measure.shoulder_breadth', 32, 75),
  chest_breadth: of('measure.chest_breadth', 19, 56),
  waist_breadth: of('measure.waist_breadth', 18, 66),
  hip_breadth: of('measure.hip_breadth', 24, 66),
  chest_depth: of('measure.chest_depth', 14, 52),
  waist_depth: of('measure.waist_depth', 11, 60),
  hip_depth: of('measure.hip_depth', 13, 55),
});

/** What is shown of every body, most people's own figures first; the others where they were given. */
export const SHOWN = /** @type {const} */ ([
  'height', 'weight', 'age', 'chest', 'underbust', 'waist', 'navel_waist', 'hip', 'thigh', 'inseam', 'shoulder_width', 'sleeve',
  'upper_arm', 'neck',
]);

/** What tells something of a body's girths; the others are bones and years. */
const BONES = new Set(['age', 'height']);

/** @param {{name: string}[]} known @returns {boolean} whether more is known than how tall and how old */
export const tellsGirths = (known) => known.some(({ name }) => !BONES.has(name));
