/** Figures, sources and names in the shopper's language and units. */
import { MEASURES } from '../../measures.js';
import { difference, figure } from '../../typed.js';

/**
 * @typedef {import('../../i18n/i18n.js').Messages} Messages
 * @typedef {import('../../typed.js').System} System
 * @typedef {import('../../net/size.js').Figure} Figure
 */

export const SOURCES = /** @type {Record<string, string>} */ ({
  told: 'source.told',
  tape: 'source.tape',
  measured: 'source.measured',
  camera: 'source.camera',
  scan: 'source.scan',
  estimated: 'source.estimated',
});

export const SITS = /** @type {Record<string, string>} */ ({
  'does not close': 'sits.open',
  tight: 'sits.tight',
  snug: 'sits.snug',
  'as cut': 'sits.as_cut',
  loose: 'sits.loose',
  wide: 'sits.wide',
});
const LENGTH_SITS = /** @type {Record<string, string>} */ ({
  tight: 'sits.too_short',
  snug: 'sits.short',
  loose: 'sits.long',
  wide: 'sits.too_long',
});
const LENGTHS = ['shoulder', 'sleeve', 'inseam', 'length'];

export const POINTS = /** @type {Record<string, string>} */ ({
  chest: 'point.chest',
  waist: 'point.waist',
  hip: 'point.hip',
  thigh: 'point.thigh',
  upper_arm: 'point.upper_arm',
  neck: 'point.neck',
  shoulder: 'point.shoulder',
  sleeve: 'point.sleeve',
  inseam: 'point.inseam',
  length: 'point.length',
});

export class Words {
  /** @param {Messages} messages @param {System} system */
  constructor(messages, system) {
    this.messages = messages;
    this.system = system;
  }

  /** @param {string} key @param {Record<string, string|number>} [values] */
  t(key, values) {
    return this.messages.t(key, values);
  }

  /** @param {string} name  of a measure @returns {string} */
  measure(name) {
    return MEASURES[name] ? this.t(MEASURES[name].key) : name;
  }

  /** @param {string} name @param {Figure} one @returns {string} the value alone */
  value(name, { value, unit }) {
    const { key, values } = figure(name, unit, value, this.system);
    return this.t(key, values);
  }

  /** @param {string} name @param {Figure} one @returns {string} the middle 80 % */
  interval(name, { low, high, unit }) {
    const ends = [low, high].map((end) => {
      const { key, values } = figure(name, unit, end, this.system, 0);
      return this.t(key, values);
    });
    return ends[0] === ends[1] ? ends[0] : this.t('figure.from_to', { low: ends[0], high: ends[1] });
  }

  /** The key of the unit of lengths and girths. @returns {string} */
  get length() {
    return this.system === 'ft' ? 'unit.in' : 'unit.cm';
  }

  /** @param {number|null} cm @returns {string} without its unit */
  number(cm) {
    return cm === null ? this.t('panel.none') : String(figure('', 'cm', cm, this.system).values.value);
  }

  /** @param {number} cm  garment less body @returns {string} with its sign */
  ease(cm) {
    const { key, values } = difference(cm, this.system);
    return this.t(key, values);
  }

  /** @param {number|null} cm  a difference @param {number} [digits] @returns {string} with its sign, without its unit */
  bare(cm, digits = 1) {
    return cm === null ? this.t('panel.none') : String(difference(cm, this.system, digits).values.value);
  }

  /** @param {number} share @returns {string} */
  percent(share) {
    return this.t('figure.percent', { value: Math.round(100 * share) });
  }

  /** @param {string} point @param {string} sits @returns {string} */
  sits(point, sits) {
    return this.t((LENGTHS.includes(point) ? LENGTH_SITS[sits] : undefined) ?? SITS[sits] ?? 'panel.none');
  }

  /** @param {Figure} one @param {number|string} [given]  as it was told @returns {string} where a figure came from, and from what it was reckoned */
  origin({ source, from }, given) {
    if (source === 'told' && given !== undefined) return this.t('source.told_as', { value: given });
    const own = this.t(SOURCES[source] ?? 'source.estimated');
    if (source !== 'estimated' || from.length === 0) return own;
    const list = from.slice(0, 3).map(([name]) => this.measure(name).toLowerCase()); // what tells most comes first
    return this.t('source.from', { list: new Intl.ListFormat(this.messages.language, { type: 'conjunction' }).format(list) });
  }

  /** @param {import('../../bodies.js').Body} body @param {import('../../bodies.js').Body[]} bodies @returns {string} */
  bodyName(body, bodies) {
    if (body.name) return body.name;
    const place = bodies.findIndex(({ id }) => id === body.id);
    return place <= 0 ? this.t('bodies.me') : this.t('bodies.number', { number: place + 1 });
  }

  /** @param {{added: number, same: number, left: number}} counts @returns {string} what became of bodies that were taken */
  taken({ added, same, left }) {
    const said = [['bodies.imported', added], ['bodies.same', same], ['bodies.full', left]];
    return said.filter(([, count]) => count).map(([key, count]) => this.t(String(key), { count })).join(' ');
  }
}
