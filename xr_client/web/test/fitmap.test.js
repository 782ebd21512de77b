import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FitView, asSent, pairOf, seenPanes, seenX } from '../src/fitmap.js';
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
