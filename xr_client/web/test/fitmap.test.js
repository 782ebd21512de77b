import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FitView, asSent, awaitsPair, isSplit, marksOf, pairOf, seenPanes, seenX, spaced, tellingMost } from '../src/fitmap.js';
import { Store } from '../src/state.js';

const FIT = { body: 'told', scale: [], panes: [{ place: [0, 0, 0.5, 1], garments: [] }, { place: [0.5, 0, 1, 1], garments: [] }] };

function view() {
  const sent = [];
  const store = new Store({ phase: 'live', outfit: [{ id: 'tee', size: 'M' }] });
  const fitView = new FitView(store, { map: () => sent.push('map'), compare: () => sent.push('compare') });
  sent.length = 0;
  return { store, sent, fitView };
}

test('a_size_is_compared_with_the_next_larger_one_or_the_last_two', () => {
  assert.deepEqual(pairOf(['S', 'M', 'L'], 'M'), ['M', 'L']);
  assert.deepEqual(pairOf(['S', 'M', 'L'], 'L'), ['M', 'L']);
  assert.deepEqual(pairOf(['XS', 'S', 'M', 'L', 'XL', 'XXL'], null), ['M', 'L']);
  assert.equal(pairOf(['one'], 'one'), null);
});

test('left_is_what_the_shopper_sees_left', () => {
  const compare = { garment: 'tee', sizes: ['M', 'L'] };
  assert.deepEqual(asSent(compare, false).sizes, ['M', 'L']);
  assert.deepEqual(asSent(compare, true).sizes, ['L', 'M']);
  assert.deepEqual(compare.sizes, ['M', 'L']);
  assert.equal(seenX(0.25, true), 0.75);
  assert.equal(seenPanes(FIT, true)[0], FIT.panes[1]);
});

test('the_server_is_told_when_a_wish_or_the_mirror_changes', () => {
  const { store, sent, fitView } = view();
  fitView.showMap(true);
  fitView.showPair({ garment: 'tee', sizes: ['M', 'L'] });
  store.set({ mirror: !store.state.mirror });
  assert.deepEqual(sent, ['map', 'compare', 'compare']);
});

test('a_mirror_is_no_news_where_nothing_is_compared', () => {
  const { store, sent } = view();
  store.set({ mirror: !store.state.mirror });
  assert.deepEqual(sent, []);
});

test('a_garment_that_is_taken_off_is_no_longer_compared', () => {
  const { store, fitView } = view();
  fitView.showPair({ garment: 'tee', sizes: ['M', 'L'] });
  store.set({ outfit: [] });
  assert.equal(store.state.compare, null);
});

test('what_the_server_says_counts_only_while_it_is_wanted', () => {
  const { store, fitView } = view();
  fitView.heard(FIT);
  assert.equal(store.state.fit, null);
  fitView.showMap(true);
  fitView.heard(FIT);
  assert.equal(store.state.fit, FIT);
  fitView.showMap(false);
  assert.equal(store.state.fit, null);
});

const region = (point, off_cm, at) => ({ point, off_cm, at, sits: 'as cut', ease_cm: 8 });
const worn = (id, size, ...regions) => ({ id, size, closes: true, regions });
const ONE = { body: 'told', scale: [], panes: [{ place: [0, 0, 1, 1], garments: [
  worn('jeans', 'M', region('waist', 1, [0.5, 0.6])),
  worn('tee', 'M', region('chest', 2, [0.4, 0.4]), region('shoulder', 0, [0.3, 0.3]), region('hip', 3, null)),
] }] };
const TWO = { body: 'told', scale: [], panes: [
  { place: [0, 0, 0.5, 1], garments: [worn('tee', 'L', region('chest', 6, [0.2, 0.4]), region('waist', 5, [0.2, 0.5]))] },
  { place: [0.5, 0, 1, 1], garments: [worn('tee', 'M', region('chest', 2, [0.7, 0.42]), region('waist', 1, null))] },
] };
const PAIR = { garment: 'tee', sizes: ['M', 'L'] };

test('numbers_on_the_picture_are_those_of_the_garment_in_question_from_above', () => {
  const state = { fit: ONE, compare: null, mirror: false, focus: 'tee' };
  assert.deepEqual(marksOf(state).map(({ point, spots }) => [point, spots]), [['shoulder', [[0.3, 0.3]]], ['chest', [[0.4, 0.4]]]]);
  assert.deepEqual(marksOf({ ...state, focus: 'jeans' }).map(({ point }) => point), ['waist']);
  assert.deepEqual(marksOf({ ...state, mirror: true })[0].spots, [[0.7, 0.3]]);
  assert.deepEqual(marksOf({ ...state, fit: null }), []);
});

test('of_two_sizes_either_number_stands_on_the_side_where_its_size_is_seen', () => {
  const [chest, ...more] = marksOf({ fit: TWO, compare: PAIR, mirror: true, focus: null });
  assert.equal(more.length, 0, 'what is seen of one alone is not compared');
  assert.deepEqual(chest.said.map(({ off_cm }) => off_cm), [2, 6]);
  assert.ok(chest.spots[0][0] < 0.5 && chest.spots[1][0] > 0.5);
});

test('a_pair_is_awaited_until_the_server_says_that_both_sizes_are_seen', () => {
  const state = { compare: PAIR, mirror: true };
  assert.ok(awaitsPair({ ...state, fit: null }) && !isSplit({ fit: null }));
  assert.ok(awaitsPair({ ...state, fit: ONE }) && !isSplit({ fit: ONE }));
  assert.ok(!awaitsPair({ ...state, fit: TWO }) && isSplit({ fit: TWO }));
  assert.ok(awaitsPair({ ...state, fit: TWO, mirror: false }), 'the other way round');
  assert.ok(awaitsPair({ fit: TWO, mirror: true, compare: { garment: 'tee', sizes: ['S', 'L'] } }));
  assert.ok(!awaitsPair({ fit: ONE, mirror: true, compare: null }));
});

test('lines_that_have_room_stay_in_place_and_others_make_way_within_their_column', () => {
  assert.deepEqual(spaced([100, 200], 30, 0, 400), [100, 200]);
  assert.deepEqual(spaced([100, 100, 100, 300], 30, 0, 400), [70, 100, 130, 300]);
  for (const wanted of [[100, 104, 110], [390, 391, 399, 400], [0, 0, 0, 0], [-50, 500]]) {
    const places = spaced(wanted, 30, 10, 380);
    places.forEach((at, i) => assert.ok(at >= 10 && at <= 380 && (i === 0 || at - places[i - 1] >= 30), `${wanted}: ${places}`));
  }
  const crowded = spaced(Array(9).fill(50), 30, 0, 160);
  assert.deepEqual([crowded[0], crowded[8]], [0, 160]);
});

test('where_there_is_no_room_for_all_those_that_tell_most_are_kept_in_their_order', () => {
  const marks = marksOf({ fit: ONE, compare: null, mirror: false, focus: 'tee' });
  assert.deepEqual(tellingMost(marks, 1).map(({ point }) => point), ['chest']);
  assert.deepEqual(tellingMost(marks, 5), marks);
  assert.deepEqual(tellingMost(marks, -1), []);
});
