/** Which size, how sure that is, why, and how every size would sit. */
import { sizeOf, slotsOf } from '../../outfit.js';
import { bodyOf } from '../../sizing.js';
import { arrowKeys, icon, make, press } from '../dom.js';
import { questionTitle } from './question.js';
import { button, segments } from './parts.js';
import { POINTS } from './words.js';

/**
 * @typedef {import('./dialog.js').SizeDialog} SizeDialog
 * @typedef {import('../../net/size.js').Answer} Answer
 */

const RUNS = 0.15; // of a size: less is not worth saying, as in the server's reasons
const VERDICTS = /** @type {Record<string, string>} */ ({
  sure: 'verdict.sure',
  between: 'verdict.between',
  nearest: 'verdict.nearest', // it may not fit: the reason says where
  unsure: 'verdict.unsure',
  'none fits': 'verdict.none_fits',
});

/** @param {SizeDialog} dialog @returns {{title: string, nodes: Node[]}} */
export function resultView(dialog) {
  const { words, store } = dialog;
  const { advice, bodies } = store.state;
  const body = bodyOf(store.state);
  const kept = words.t(store.state.keep ? 'bodies.kept_here' : 'bodies.not_kept');
  const nodes = [bodyLine(dialog), ...(advice ? answerNodes(dialog, advice) : nothingNodes(dialog)), ...doors(dialog)];
  if (body && bodies.length > 0) nodes.push(make('p', { className: 'muted', textContent: kept }));
  return { title: words.t('size.title'), nodes };
}

/** Whose size it is, and the way to the others. @param {SizeDialog} dialog */
function bodyLine(dialog) {
  const { words, store, sizing } = dialog;
  const name = words.bodyName(sizing.body, store.state.bodies);
  return make('div', { className: 'who-line' }, [
    make('button', { type: 'button', className: 'pill', data: { key: 'bodies' }, onclick: () => dialog.show({ kind: 'bodies' }) }, [
      icon('i-person'),
      make('span', { textContent: name }),
    ]),
    button(words.t('size.figures'), () => dialog.show({ kind: 'figures' }), 'pill', { data: { key: 'figures' }, disabled: !store.state.advice }),
  ]);
}

/** @param {SizeDialog} dialog @param {Answer} advice @returns {HTMLElement[]} */
function answerNodes(dialog, advice) {
  const { words, store, sizing } = dialog;
  const garment = store.state.catalogue.find(({ id }) => id === advice.garment);
  if (!garment || !advice.chances) return [make('p', { textContent: words.t('size.no_garment') }), ...letters(dialog, advice)];
  const shown = shownSize(dialog, advice, garment.id);
  const { size } = advice;
  const preferences = /** @type {[import('../../bodies.js').Preference, string][]} */ ([
    ['snug', words.t('prefer.snug')], ['regular', words.t('prefer.regular')], ['loose', words.t('prefer.loose')],
  ]);
  return [
    headline(dialog, advice, garment.name[words.messages.language] ?? garment.id),
    shares(dialog, advice, shown),
    make('p', { className: 'reason', id: 'size-reason', textContent: advice.reason ?? '' }),
    ...runsLine(dialog, advice),
    ...doubtLines(dialog, advice),
    segments(words.t('prefer.label'), preferences, sizing.body.preference, async (preference) => {
      const complaint = await dialog.try(() => sizing.change(() => ({ preference })));
      if (complaint === null) return;
      dialog.redraw(); // as it was
      dialog.say(complaint);
    }),
    ...surer(dialog, advice),
    easeTable(dialog, advice, shown),
    make('div', { className: 'answers' }, [
      button(words.t(size === shown ? 'size.wear' : 'size.try', { size: shown }), () => dialog.wear(garment.id, shown), 'primary', { id: 'size-wear', data: { key: 'wear' } }),
    ]),
  ];
}

/**
 * The size whose numbers are shown: the advised one; where none is, the one that is worn, for an end of the chart may be the likeliest.
 * @param {SizeDialog} dialog @param {Answer} advice @param {string} garment @returns {string}
 */
function shownSize(dialog, { chances = {}, size }, garment) {
  const { outfit, worn } = dialog.store.state;
  const likeliest = Object.entries(chances).reduce((best, one) => (one[1] > best[1] ? one : best))[0];
  return [dialog.size, size, sizeOf(garment, outfit, worn)].find((one) => one && one in chances) ?? likeliest;
}

/**
 * The verdict in words; a second size is named by the server's verdict alone, which knows whether there is one.
 * @param {import('./words.js').Words} words @param {Pick<Answer, 'verdict'|'size'|'chances'>} advice @returns {string}
 */
export function verdictWords(words, { verdict = 'unsure', size, chances = {} }) {
  const [other] = Object.entries(chances).filter(([name]) => name !== size).sort((a, b) => b[1] - a[1])[0] ?? [''];
  return words.t(VERDICTS[verdict], { size: size ?? '', other });
}

/** @param {SizeDialog} dialog @param {Answer} advice @param {string} garment */
function headline({ words }, advice, garment) {
  const { verdict = 'unsure', size, chances = {}, none_fits = 0 } = advice;
  const share = verdict === 'none fits' ? none_fits : size ? chances[size] : null;
  return make('div', { className: 'headline', data: { verdict } }, [
    ...(size ? [make('b', { className: 'letter', textContent: size })] : []),
    make('div', {}, [
      make('strong', { textContent: verdictWords(words, advice) }),
      make('span', { className: 'muted', textContent: share === null ? garment : `${garment} · ${words.percent(share)}` }),
    ]),
  ]);
}

/** The distribution over the sizes; a tap on one shows its numbers. @param {SizeDialog} dialog @param {Answer} advice @param {string} shown */
function shares(dialog, { chances = {}, none_fits = 0, size, sold_out }, shown) {
  const { words } = dialog;
  const row = make('div', { className: 'shares', attrs: { role: 'group', 'aria-label': words.t('size.shares') } });
  for (const [name, share] of Object.entries(chances)) {
    const bar = make('i');
    bar.style.height = `${Math.max(2, 100 * share)}%`;
    const one = make('button', { type: 'button', data: { choice: name, key: `share-${name}` } }, [
      make('span', { textContent: words.percent(share) }),
      make('span', { className: 'track', attrs: { 'aria-hidden': 'true' } }, [bar]),
      make('b', { textContent: name }),
    ]);
    const gone = sold_out?.includes(name) ? [words.t('size.sold_out')] : [];
    one.append(...gone.map((textContent) => make('small', { textContent })));
    one.setAttribute('aria-label', [words.t('size.share', { size: name, percent: words.percent(share) }), ...gone].join(', '));
    one.classList.toggle('likeliest', name === size);
    press(one, name === shown);
    one.onclick = () => dialog.look(name);
    row.append(one);
  }
  arrowKeys(row);
  if (none_fits >= 0.01) row.append(make('p', { className: 'none', textContent: words.t('size.none', { percent: words.percent(none_fits) }) }));
  return row;
}

/** @param {SizeDialog} dialog @param {Answer} advice */
function runsLine({ words }, { runs }) {
  if (!runs || Math.abs(runs.sizes) < RUNS) return [];
  const key = runs.sizes > 0 ? 'runs.small' : 'runs.large';
  return [make('p', { className: 'runs', textContent: words.t(key, { count: runs.count }) })];
}

/** Values that do not go well with the others: used, but worth another look. @param {SizeDialog} dialog @param {Answer} advice */
function doubtLines(dialog, { doubts, figures }) {
  const { words } = dialog;
  return doubts.map(({ name, likely }) => {
    const { unit } = figures[name];
    const about = words.value(name, { value: likely, low: likely, high: likely, unit, source: '', from: [] });
    const text = words.t('size.doubt', { name: words.measure(name), likely: about });
    return make('p', { className: 'doubt' }, [
      icon('i-alert'), make('span', { textContent: text }),
      button(words.t('figure.correct'), () => dialog.correct(name), 'link', { data: { key: `doubt-${name}` } }),
    ]);
  });
}

/**
 * What would tell most, as the server says, of what was not asked a moment ago; what is doubted has a line of its own.
 * @param {SizeDialog} dialog @param {Answer} advice
 */
function surer(dialog, { ask = [], doubts }) {
  const { words } = dialog;
  const doubted = doubts.map(({ name }) => name);
  const open = ask.filter((name) => name !== 'sex' && !dialog.asked.includes(name) && !doubted.includes(name));
  return open.slice(0, 1).map((name) => {
    const text = words.t('size.surer', { name: words.measure(name) });
    return button(text, () => dialog.correct(name), 'quiet', { data: { key: 'surer' }, title: questionTitle(name, words) });
  });
}

/** @param {SizeDialog} dialog @param {Answer} advice @param {string} size */
function easeTable(dialog, { fit = {} }, size) {
  const { words } = dialog;
  const head = ['table.point', 'table.body', 'table.garment', 'table.ease', 'table.sits'];
  const rows = (fit[size] ?? []).map((one) =>
    make('tr', { data: { sits: one.sits } }, [
      make('th', { scope: 'row', textContent: POINTS[one.point] ? words.t(POINTS[one.point]) : one.point }),
      ...[words.number(one.body_cm), words.number(one.garment_cm), words.bare(one.ease_cm)].map((textContent) => make('td', { textContent })),
      make('td', { className: 'sits' }, [...(one.sits === 'does not close' ? [icon('i-alert')] : []), words.sits(one.point, one.sits)]),
    ]),
  );
  const table = make('table', {}, [
    make('caption', { textContent: words.t('table.caption', { size, unit: words.t(words.length) }) }),
    make('thead', {}, [make('tr', {}, head.map((key) => make('th', { scope: 'col', textContent: words.t(key) })))]),
    make('tbody', {}, rows),
  ]);
  const details = make('details', { className: 'numbers', open: dialog.numbers }, [
    make('summary', { textContent: words.t('size.numbers', { size }), data: { key: 'numbers' } }),
    table,
  ]);
  details.ontoggle = () => {
    dialog.numbers = details.open;
  };
  return details;
}

/** The standards' letters, which say little: no garment was made after them. @param {SizeDialog} dialog @param {Answer} advice */
function letters({ words }, { labels }) {
  const told = Object.entries(labels).map(([standard, size]) => `${standard}: ${size}`);
  return told.length ? [make('p', { className: 'muted', textContent: words.t('size.letters', { list: told.join(' · ') }) })] : [];
}

/** The tape that alone tells most: of what hangs from the waist that, else the chest's. @param {SizeDialog} dialog */
function tapeButton(dialog) {
  const { words, store } = dialog;
  const { catalogue, focus } = store.state;
  const name = slotsOf(catalogue.find(({ id }) => id === focus)?.category ?? '').join() === 'lower' ? 'navel_waist' : 'chest';
  return button(words.t('size.one_tape', { name: words.measure(name).toLowerCase() }), () => dialog.correct(name), 'quiet', { data: { key: 'tape' } });
}

/** Nothing is known yet: which ways there are. @param {SizeDialog} dialog */
function nothingNodes(dialog) {
  const { words, sizing } = dialog;
  const empty = sizing.body.known.length === 0;
  return [
    make('p', { textContent: words.t(empty ? 'size.nothing' : 'size.no_answer') }),
    button(words.t('size.begin'), () => dialog.begin(), 'primary', { data: { key: 'begin' } }),
    tapeButton(dialog),
  ];
}

/** The other ways to figures, as far as this shop offers them. @param {SizeDialog} dialog */
function doors(dialog) {
  const { words, store } = dialog;
  const { offers } = store.state;
  if (!offers?.includes('scan')) return [];
  return [
    make('div', { className: 'doors' }, [
      make('button', { type: 'button', className: 'quiet', data: { key: 'camera' }, onclick: () => dialog.measureByCamera() }, [
        icon('i-camera'), make('span', { textContent: words.t('size.camera') }),
      ]),
      make('button', { type: 'button', className: 'quiet', data: { key: 'file' }, onclick: () => dialog.openScanFile() }, [
        icon('i-person'), make('span', { textContent: words.t('size.scan_file') }),
      ]),
    ]),
  ];
}
