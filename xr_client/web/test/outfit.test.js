import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_GARMENTS, MAX_UNDO, isUsual, putOn, remember, sameOutfit, sizeOf, slotsOf, takeOff, thumbnailOf, tuckedIn } from '../src/outfit.js';

const CATALOGUE = [
  ['tee', 'tshirt'],
  ['knit', 'sweater'],
  ['jeans', 'jeans'],
  ['skirt', 'skirt'],
  ['dress', 'dress'],
  ['coat', 'coat'],
  ['hat', 'hat'],
  ['scarf', 'scarf'],
  ['bag', 'bag'],
].map(([id, category]) => ({ id, category, name: {}, sizes: ['S', 'M'], thumbnail: '' }));
const wear = (...ids) => ids.reduce((outfit, id) => putOn(outfit, { id, size: null }, CATALOGUE), []);
const ids = (outfit) => outfit.map(({ id }) => id);

test('another_top_replaces_the_top_and_keeps_the_bottom', () => {
  assert.deepEqual(ids(wear('tee', 'jeans', 'knit')), ['jeans', 'knit']);
});

test('a_skirt_replaces_trousers_though_the_categories_differ', () => {
  assert.deepEqual(ids(wear('jeans', 'tee', 'skirt')), ['tee', 'skirt']);
});

test('a_dress_replaces_top_and_bottom_but_not_the_coat', () => {
  assert.deepEqual(ids(wear('coat', 'tee', 'jeans', 'dress')), ['coat', 'dress']);
  assert.deepEqual(ids(wear('dress', 'skirt')), ['skirt']);
});

test('the_same_garment_in_another_size_is_worn_once', () => {
  assert.deepEqual(putOn(wear('tee'), { id: 'tee', size: 'M' }, CATALOGUE), [{ id: 'tee', size: 'M' }]);
});

test('the_oldest_garment_comes_off_when_there_are_too_many', () => {
  const outfit = wear('tee', 'jeans', 'hat', 'scarf', 'bag');
  assert.equal(outfit.length, MAX_GARMENTS);
  assert.deepEqual(ids(outfit), ['jeans', 'hat', 'scarf', 'bag']);
});

test('a_category_without_a_slot_has_one_of_its_own', () => {
  assert.deepEqual(slotsOf('hat'), ['hat']);
  assert.deepEqual(slotsOf('polo'), slotsOf('hoodie'));
});

test('a_garment_chosen_before_the_catalogue_is_there_can_be_worn', () => {
  assert.deepEqual(ids(putOn([], { id: 'tee', size: null }, [])), ['tee']);
});

test('taking_off_leaves_the_rest_and_changes_nothing_in_place', () => {
  const outfit = wear('tee', 'jeans');
  assert.deepEqual(ids(takeOff(outfit, 'tee')), ['jeans']);
  assert.deepEqual(ids(outfit), ['tee', 'jeans']);
});

test('outfits_differ_by_garment_size_and_number', () => {
  assert.ok(sameOutfit(wear('tee', 'jeans'), wear('tee', 'jeans')));
  assert.ok(!sameOutfit(wear('tee'), wear('tee', 'jeans')));
  assert.ok(!sameOutfit([{ id: 'tee', size: 'S' }], [{ id: 'tee', size: null }]));
  assert.ok(!sameOutfit([{ id: 'tee', size: 'S', colourway: 'red' }], [{ id: 'tee', size: 'S' }]));
  assert.ok(!sameOutfit([{ id: 'tee', size: 'S', tucked: true }], [{ id: 'tee', size: 'S' }]));
});

test('a_top_is_tucked_only_where_there_is_a_waistband_and_it_can_be', () => {
  const tee = { ...CATALOGUE[0], tucked: false };
  assert.equal(tuckedIn(tee, wear('tee', 'jeans'), CATALOGUE), false);
  assert.equal(tuckedIn({ ...tee, tucked: true }, wear('tee', 'skirt'), CATALOGUE), true);
  assert.equal(tuckedIn(tee, [{ id: 'tee', size: null, tucked: true }, ...wear('jeans')], CATALOGUE), true);
  assert.equal(tuckedIn(tee, wear('tee', 'coat'), CATALOGUE), null);
  assert.equal(tuckedIn(tee, wear('jeans'), CATALOGUE), null);
  assert.equal(tuckedIn({ ...CATALOGUE[5], tucked: null }, wear('coat', 'jeans'), CATALOGUE), null);
  assert.equal(tuckedIn(CATALOGUE[4], wear('dress'), CATALOGUE), null);
});

test('history_forgets_the_oldest_outfit_first', () => {
  let history = [];
  for (let i = 0; i < MAX_UNDO + 5; i++) history = remember(history, [{ id: `g${i}`, size: null }]);
  assert.equal(history.length, MAX_UNDO);
  assert.equal(history[0][0].id, 'g5');
});

test('shown_size_is_the_shoppers_choice_else_the_servers', () => {
  const worn = [{ id: 'tee', size: 'M' }];
  assert.equal(sizeOf('tee', [{ id: 'tee', size: 'L' }], worn), 'L');
  assert.equal(sizeOf('tee', [{ id: 'tee', size: null }], worn), 'M');
  assert.equal(sizeOf('tee', [{ id: 'tee', size: null }], []), null);
  assert.equal(sizeOf('tee', [], worn), null);
});

test('a_size_that_nobody_chose_is_the_usual_one', () => {
  const left = [{ id: 'tee', size: null }];
  assert.equal(isUsual('tee', left, null), true);
  assert.equal(isUsual('tee', left, { size: null }), true); // the answer names none
  assert.equal(isUsual('tee', left, { size: 'L' }), false);
  assert.equal(isUsual('tee', [{ id: 'tee', size: 'S' }], null), false);
});

test('picture_of_a_garment_has_the_colour_in_which_it_is_worn', () => {
  const tee = { id: 'tee', thumbnail: 'tee.png', colourways: [{ id: 'red', name: {}, colour: '#f00', thumbnail: 'red.png' }] };
  assert.equal(thumbnailOf(tee, []), 'tee.png');
  assert.equal(thumbnailOf(tee, [{ id: 'tee', size: null, colourway: 'red' }]), 'red.png');
  assert.equal(thumbnailOf(tee, [{ id: 'tee', size: null }]), 'tee.png');
});
