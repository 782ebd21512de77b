/**
 * Figures as people write and read them. The server reads what was typed (docs/sizing.md); here a bare number only gets the unit that
 * the field shows.
 *
 * @typedef {'cm'|'ft'|'jin'} System  centimetres and kilograms; feet, inches and pounds; centimetres and jin
 * @typedef {import('./measures.js').Unit} Unit
 */
import { toFeet } from './units.js';

const CM_PER_INCH = 2.54;
const KG_PER_POUND = 0.45359237;
const KG_PER_JIN = 0.5;
const BARE = /^\s*\d{1,4}([.,]\d{1,4})?\s*$/;
const TWO = /^\s*([3-8])\s+(\d{1,2})\s*$/;
const MOST_METRES = 3; // a bare 1.72 is in metres: nobody is that few centimetres tall
const MOST_FEET = 8; // a bare 5 or 5.5 is in feet, a bare 67 in inches

/**
 * @param {string} name  of the measure @param {Unit} unit  its own @param {string} text @param {System} system
 * @returns {string} what goes to the server
 */
export function withUnit(name, unit, text, system) {
  const two = name === 'height' && system === 'ft' ? TWO.exec(text) : null;
  if (two) return `${two[1]}'${two[2]}"`;
  if (!BARE.test(text)) return text.trim();
  const bare = text.trim().replace(',', '.');
  if (unit === 'kg') return bare + { cm: ' kg', ft: ' lb', jin: '斤' }[system];
  if (unit === 'cm' && system === 'ft') return bare + (name === 'height' && Number(bare) <= MOST_FEET ? ' ft' : ' in');
  if (inMetres(name, bare, system)) return `${bare} m`;
  return unit === 'cm' ? `${bare} cm` : bare;
}

/** @param {string} name @param {string|number} bare @param {System} system */
const inMetres = (name, bare, system) => name === 'height' && system !== 'ft' && Number(bare) < MOST_METRES;

/**
 * @param {string} name @param {Unit} unit @param {number} value  in `unit` @param {System} system @param {number} [digits]
 * @returns {{key: string, values: Record<string, string|number>}} message and what fills it
 */
export function figure(name, unit, value, system, digits = unit === 'cm' && name !== 'height' ? 1 : 0) {
  if (unit === 'years') return { key: 'figure.years', values: { value: Math.round(value) } };
  if (unit === 'kg') {
    const [key, one] = WEIGHTS[system];
    return { key, values: { value: (value / one).toFixed(digits) } };
  }
  if (system !== 'ft') return { key: 'figure.cm', values: { value: value.toFixed(digits) } };
  if (name === 'height') return { key: 'figure.ft', values: toFeet(value) };
  return { key: 'figure.in', values: { value: (value / CM_PER_INCH).toFixed(digits) } };
}

const WEIGHTS = /** @type {Record<System, [string, number]>} */ ({
  cm: ['figure.kg', 1],
  ft: ['figure.lb', KG_PER_POUND],
  jin: ['figure.jin', KG_PER_JIN],
});

/**
 * @param {number} cm  a difference, such as ease @param {System} system @param {number} [digits]
 * @returns {{key: string, values: {value: string}}} with its sign
 */
export function difference(cm, system, digits = 1) {
  const ft = system === 'ft';
  const value = ft ? cm / CM_PER_INCH : cm;
  const text = Math.abs(value).toFixed(digits);
  const sign = Number(text) === 0 ? '' : value > 0 ? '+' : '−';
  return { key: ft ? 'figure.in' : 'figure.cm', values: { value: sign + (sign ? text : '0') } };
}

/**
 * The same quantity after a change of units; what is no bare number is left to the server.
 * @param {string} name @param {Unit} unit @param {string} text @param {System} from @param {System} to @returns {string}
 */
export function converted(name, unit, text, from, to) {
  if (!BARE.test(text) || unit === 'years') return text;
  const bare = Number(text.replace(',', '.'));
  if (unit === 'kg') return fieldText(name, unit, bare * WEIGHTS[from][1], to);
  if (inMetres(name, bare, from)) return fieldText(name, unit, 100 * bare, to);
  const inches = name === 'height' && bare <= MOST_FEET ? 12 * bare : bare;
  return fieldText(name, unit, from === 'ft' ? inches * CM_PER_INCH : bare, to);
}

/**
 * What the field shows of a slider: bare, in the unit beside it.
 * @param {string} name @param {Unit} unit @param {number} value @param {System} system @returns {string}
 */
export function fieldText(name, unit, value, system) {
  if (unit === 'kg') return (value / WEIGHTS[system][1]).toFixed(0);
  if (unit === 'cm' && system === 'ft') {
    const { ft, inch } = toFeet(value);
    return name === 'height' ? `${ft}'${inch}"` : (value / CM_PER_INCH).toFixed(1);
  }
  return value.toFixed(0);
}
