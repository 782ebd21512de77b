/** One question about the shopper's body: large, skippable, in the units that people use. */
import { MEASURES } from '../../measures.js';
import { converted, fieldText, withUnit } from '../../typed.js';
import { MAX_QUESTIONS } from '../../sizing.js';
import { make } from '../dom.js';
import { keypad } from './keypad.js';
import { howTo } from './outline.js';
import { button, segments } from './parts.js';

/**
 * @typedef {import('./dialog.js').SizeDialog} SizeDialog
 * @typedef {import('./words.js').Words} Words
 * @typedef {import('../../typed.js').System} System
 */

const LATE_MS = 400; // an answer that takes longer is worth a word
const TITLES = /** @type {Record<string, string>} */ ({ height: 'ask.height', weight: 'ask.weight', kind: 'ask.kind' });
const WHY = /** @type {Record<string, string>} */ ({
  height: 'ask.height.why',
  weight: 'ask.weight.why',
  kind: 'ask.kind.why',
  chest: 'ask.chest.how',
  navel_waist: 'ask.waist.how',
  hip: 'ask.hip.how',
});
const EXAMPLES = /** @type {Record<string, string>} */ ({ height: 'ask.height.example', weight: 'ask.weight.example' });
const UNITS = /** @type {Record<string, [System, string][]>} */ ({
  cm: [['cm', 'unit.cm'], ['ft', 'unit.ft']],
  girth: [['cm', 'unit.cm'], ['ft', 'unit.in']],
  kg: [['cm', 'unit.kg'], ['ft', 'unit.lb'], ['jin', 'unit.jin']],
});
const USUAL = /** @type {Record<string, number>} */ ({ height: 170, weight: 68, chest: 96, navel_waist: 86, hip: 100, age: 35 });

/** @param {string} name @param {Words} words @returns {string} */
export const questionTitle = (name, words) =>
  TITLES[name] ? words.t(TITLES[name]) : words.t('ask.measure', { name: words.measure(name) });

/**
 * @param {SizeDialog} dialog @param {{name: string, number: number|null}} question  without a number it corrects a figure
 * @returns {{title: string, nodes: Node[], first: HTMLElement}}
 */
export function questionView(dialog, { name, number }) {
  const { words } = dialog;
  const parts = name === 'kind' ? kindFields(dialog) : measureFields(dialog, name);
  const error = make('p', { className: 'error', id: 'size-error', attrs: { role: 'alert' } });
  const next = make('button', { type: 'submit', className: 'primary', textContent: words.t(number ? 'ask.next' : 'ask.save') });
  const skip = button(words.t(number ? 'ask.skip' : 'ask.cancel'), () => dialog.skip());
  const form = make('form', { className: 'question', noValidate: true, data: { question: name } }, [
    ...(number ? [progress(words, number)] : []),
    ...(WHY[name] ? [make('p', { textContent: words.t(WHY[name]) })] : []),
    ...parts.nodes,
    error,
    ...keepChoice(dialog, number),
    make('div', { className: 'answers' }, [next, skip]),
  ]);
  parts.first.setAttribute('aria-describedby', error.id);
  form.onsubmit = async (event) => {
    event.preventDefault();
    next.disabled = true;
    const late = setTimeout(() => { next.textContent = words.t('scan.waiting'); }, LATE_MS);
    const complaint = await dialog.answer(parts.read);
    clearTimeout(late);
    next.textContent = words.t(number ? 'ask.next' : 'ask.save');
    next.disabled = false;
    error.textContent = complaint ?? '';
    if (complaint !== null && parts.first instanceof HTMLInputElement) {
      parts.first.setAttribute('aria-invalid', 'true');
      parts.first.focus();
    }
  };
  return { title: questionTitle(name, words), nodes: [form], first: parts.first };
}

/** @param {Words} words @param {number} number */
function progress(words, number) {
  const dots = Array.from({ length: MAX_QUESTIONS }, (_, i) => make('i', { className: i < number ? 'done' : '' }));
  const text = words.t('ask.progress', { number, most: MAX_QUESTIONS });
  return make('p', { className: 'progress' }, [make('span', { attrs: { 'aria-hidden': 'true' } }, dots), text]);
}

/** @param {SizeDialog} dialog @param {number|null} number  asked once, before anything is kept */
function keepChoice(dialog, number) {
  if (dialog.store.state.keep !== null || number !== 1) return [];
  const box = make('input', { type: 'checkbox', checked: dialog.keep, id: 'size-keep' });
  box.onchange = () => {
    dialog.keep = box.checked;
  };
  return [make('label', { className: 'check' }, [box, make('span', { textContent: dialog.words.t('bodies.keep') })])];
}

/**
 * A field in which anything may be typed, a choice of units, and a slider for whoever has no keys at hand.
 * @param {SizeDialog} dialog @param {string} name
 */
function measureFields(dialog, name) {
  const { words, sizing } = dialog;
  const { unit, low, high } = MEASURES[name];
  const known = sizing.body.known.find((one) => one.name === name);
  const figure = dialog.store.state.advice?.figures[name];
  const start = figure?.value ?? USUAL[name] ?? (low + high) / 2;
  const given = known && typeof known.value === 'string' ? known.value : known && figure ? fieldText(name, unit, figure.value, words.system) : '';
  const field = make('input', { type: 'text', id: 'size-field', autocomplete: 'off', value: given, enterKeyHint: 'next', maxLength: 40 });
  field.setAttribute('aria-label', questionTitle(name, words));
  field.placeholder = EXAMPLES[name] ? words.t(EXAMPLES[name]) : fieldText(name, unit, start, words.system);
  const slide = make('input', { type: 'range', min: String(low), max: String(high), step: '0.5', value: String(start) });
  slide.setAttribute('aria-label', words.t('ask.slider', { name: words.measure(name) }));
  slide.oninput = () => {
    field.value = fieldText(name, unit, Number(slide.value), words.system);
  };
  const units = UNITS[name === 'height' || unit === 'kg' ? unit : unit === 'cm' ? 'girth' : 'none'] ?? [];
  const chosen = units.some(([value]) => value === words.system) ? words.system : 'cm';
  const mark = (/** @type {System} */ system) => (name === 'height' && system === 'ft' ? "'" : '.');
  let keys = keypad(field, words, mark(chosen));
  const choose = (/** @type {System} */ system) => {
    field.value = converted(name, unit, field.value, words.system, system);
    dialog.client.setUnit(system);
    words.system = system;
    const others = keypad(field, words, mark(system));
    keys.replaceWith(others);
    keys = others;
    field.focus();
  };
  const options = units.map(([value, key]) => /** @type {[System, string]} */ ([value, words.t(key)]));
  const choice = units.length ? [segments(words.t('unit.label'), options, chosen, choose)] : [];
  const read = () => ({ known: { name, value: withUnit(name, unit, field.value, words.system) }, empty: field.value.trim() === '' });
  const picture = howTo(name);
  return { nodes: [...(picture ? [picture] : []), ...choice, make('div', { className: 'field' }, [field]), keys, slide], first: field, read };
}

/** Whose shapes to compare with, and the age; each may stay open. @param {SizeDialog} dialog */
function kindFields(dialog) {
  const { words, sizing } = dialog;
  let sex = /** @type {'female'|'male'|'open'} */ (sizing.body.sex ?? 'open');
  const options = /** @type {[typeof sex, string][]} */ ([
    ['female', words.t('ask.kind.female')],
    ['male', words.t('ask.kind.male')],
    ['open', words.t('ask.kind.open')],
  ]);
  const row = segments(words.t('ask.kind'), options, sex, (value) => {
    sex = value;
  });
  const age = make('input', { type: 'text', inputMode: 'numeric', autocomplete: 'off', maxLength: 40, placeholder: words.t('ask.optional') });
  const known = sizing.body.known.find(({ name }) => name === 'age');
  age.value = known ? String(known.value) : '';
  const line = make('label', { className: 'line' }, [make('span', { textContent: words.measure('age') }), age]);
  const read = () => ({
    sex: sex === 'open' ? null : sex,
    ...(age.value.trim() && { known: { name: 'age', value: age.value.trim() } }),
    empty: false,
  });
  return { nodes: [row, line, keypad(age, words, '.')], first: /** @type {HTMLElement} */ (row.querySelector('[aria-pressed="true"]')), read };
}
