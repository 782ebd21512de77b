/**
 * The fit map's numbers on the picture, each with its name and a line to its place on the cloth: in a column beside the shopper; of two
 * sizes in a column between them, either number on its own side.
 */
import { heightOf, marksOf, spaced, tellingMost } from '../fitmap.js';
import { byId, make } from './dom.js';
import { svg } from './size/parts.js';
import { POINTS, Words } from './size/words.js';

/**
 * @typedef {import('../state.js').State} State
 * @typedef {import('../fitmap.js').Mark} Mark
 * @typedef {{left: number, right: number, top: number, bottom: number}} Room
 */

const GAP_PX = 4;
const BESIDE = 0.34; // of the picture's height, from the middle of the shopper to the column
const DOT_PX = 3.5;

/** @param {import('../state.js').Store} store @param {import('../i18n/i18n.js').Messages} messages */
export function bindFitMarks(store, messages) {
  const show = () => showMarks(store.state, new Words(messages, store.state.unit));
  store.watch(['fit', 'mirror', 'unit', 'language', 'compare', 'focus', 'phase'], show);
  const sizes = new ResizeObserver(show);
  for (const id of ['fit-marks', 'stage']) sizes.observe(byId(id));
}

/** @param {Readonly<State>} state @param {Words} words */
function showMarks(state, words) {
  const frame = byId('fit-marks');
  const [room, { clientWidth: width, clientHeight: height }] = [roomIn(frame), frame];
  const inside = (/** @type {[number, number]} */ [x, y]) =>
    x * width > room.left && x * width < room.right && y * height > room.top && y * height < room.bottom;
  const seen = marksOf(state).filter(({ spots }) => spots.every(inside));
  const all = seen.map((mark) => line(mark, words));
  const leaders = svg('svg');
  frame.replaceChildren(leaders, ...all);
  const wide = Math.max(...all.map(({ offsetWidth }) => offsetWidth));
  const high = Math.max(...all.map(({ offsetHeight }) => offsetHeight));
  const marks = tellingMost(seen, Math.floor((room.bottom - room.top + GAP_PX) / (high + GAP_PX)));
  if (marks.length === 0) return frame.replaceChildren();
  const x = columnX(marks, { width, height }, room, wide);
  const places = spaced(marks.map((mark) => height * heightOf(mark)), high + GAP_PX, room.top + high / 2, room.bottom - high / 2);
  const lines = all.filter((_, i) => marks.includes(seen[i]));
  frame.replaceChildren(leaders, ...lines);
  lines.forEach((one, i) => {
    Object.assign(one.style, { left: `${x}px`, top: `${places[i]}px`, width: `${wide}px` });
    marks[i].spots.forEach(([u, v], half) => {
      const side = marks[i].spots.length === 2 && half === 0 ? -1 : 1;
      leaders.append(...leader([x + (side * wide) / 2, places[i]], [u * width, v * height]));
    });
  });
}

/** What of the picture lies on the stage, between the bars, px of the picture. @param {HTMLElement} frame @returns {Room} */
function roomIn(frame) {
  const [own, stage] = [frame, byId('stage')].map((one) => one.getBoundingClientRect());
  const heads = ['brand', 'pair-bar', 'hint'].map((id) => byId(id).getBoundingClientRect().bottom); // 0 while it is hidden
  const foot = byId('outfit-tools').getBoundingClientRect().top;
  return {
    left: Math.max(own.left, stage.left) - own.left,
    right: Math.min(own.right, stage.right) - own.left,
    top: Math.max(own.top, ...heads) + GAP_PX - own.top,
    bottom: Math.min(own.bottom, foot) - GAP_PX - own.top,
  };
}

/**
 * @param {Mark[]} marks @param {{width: number, height: number}} picture @param {Room} room @param {number} wide  px
 * @returns {number} the middle of the column, px
 */
function columnX(marks, { width, height }, room, wide) {
  if (marks[0].spots.length === 2) return width / 2;
  const middle = (width * marks.reduce((sum, { spots: [[x]] }) => sum + x, 0)) / marks.length;
  return Math.max(room.left + wide / 2 + GAP_PX, middle - BESIDE * height);
}

/** @param {Mark} mark @param {Words} words */
function line({ point, said }, words) {
  const name = POINTS[point] ? words.t(POINTS[point]) : point;
  return make('p', { data: { point } }, [
    make('span', { textContent: name }),
    ...said.map(({ off_cm, sits }) => // what does not close has a cross besides its colour
      make('b', { textContent: words.bare(off_cm, Math.abs(off_cm) < 10 ? 1 : 0) + (sits === 'does not close' ? ' ✕' : ''), data: { sits } })),
  ]);
}

/** @param {[number, number]} from @param {[number, number]} to @returns {SVGElement[]} */
function leader([x1, y1], [x2, y2]) {
  const ends = { x1, y1, x2, y2 };
  return [svg('line', { ...ends, class: 'halo' }), svg('line', ends), svg('circle', { cx: x2, cy: y2, r: DOT_PX })];
}
