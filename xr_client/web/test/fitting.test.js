import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fitting } from '../src/fitting.js';
import { clothesOf } from '../src/outfit.js';
import { Store } from '../src/state.js';

const CATALOGUE = [['tee', 'tshirt'], ['knit', 'sweater'], ['jeans', 'jeans']].map(([id, category]) => ({
  id, category, name: {}, sizes: ['S', 'M'], thumbnail: '',
}));

function rig() {
  const store = new Store({ catalogue: CATALOGUE, catalogueState: 'ready' });
  const fitting = new Fitting(store);
  const ids = (person) => clothesOf(store.state, person).outfit.map(({ id }) => id);
  return { store, fitting, ids };
}

test('who_has_no_outfit_of_their_own_wears_what_the_first_wears', () => {
  const { store, fitting, ids } = rig();
  fitting.tap('tee');
  fitting.setPeople(3);
  assert.deepEqual([0, 1, 2].map(ids), [['tee'], ['tee'], ['tee']]);
  assert.deepEqual(store.state.others, [null, null]);
});

test('what_may_be_worn_next_is_told_once_and_only_for_the_shopper_before_a_live_picture', () => {
  const { store } = rig();
  const told = [];
  const fitting = new Fitting(store, (outfit) => told.push(outfit));
  fitting.foresee('tee');
  assert.deepEqual(told, []);
  store.set({ phase: 'live' });
  fitting.foresee('tee');
  fitting.foresee('tee');
  assert.deepEqual(told, [[{ id: 'tee', size: null }]]);
  fitting.tap('tee');
  fitting.foresee('tee'); // worn, and would come off
  fitting.foresee('knit', 'S'); // no size of it can be pressed
  assert.equal(told.length, 1);
  fitting.foresee('tee', 'S');
  fitting.foresee('jeans');
  assert.deepEqual(told.slice(1), [[{ id: 'tee', size: 'S' }], [{ id: 'tee', size: null }, { id: 'jeans', size: null }]]);
  fitting.chooseSize('tee', 'S');
  fitting.foresee('tee', 'S');
  fitting.setPeople(2);
  fitting.choosePerson(1);
  fitting.foresee('knit');
  assert.equal(told.length, 3);
});

test('the_next_garment_is_for_whoever_was_chosen', () => {
  const { store, fitting, ids } = rig();
  fitting.tap('tee');
  fitting.setPeople(3);
  fitting.choosePerson(1);
  assert.equal(store.state.focus, 'tee');
  fitting.tap('knit');
  fitting.choosePerson(2);
  fitting.takeOff();
  assert.deepEqual([0, 1, 2].map(ids), [['tee'], ['knit'], []]);
  fitting.choosePerson(1);
  fitting.chooseSize('knit', 'S');
  assert.deepEqual(store.state.others, [[{ id: 'knit', size: 'S' }], []]);
  assert.deepEqual(store.state.outfit, [{ id: 'tee', size: null }]);
});

test('a_top_is_tucked_in_and_taken_out_again', () => {
  const { store, fitting } = rig();
  fitting.tap('jeans');
  fitting.tap('tee');
  fitting.tuck('tee', true);
  assert.deepEqual(store.state.outfit, [{ id: 'jeans', size: null }, { id: 'tee', size: null, tucked: true }]);
  fitting.undo();
  assert.equal(store.state.outfit[1].tucked, undefined);
});

test('undo_goes_back_to_whoever_was_changed', () => {
  const { store, fitting, ids } = rig();
  fitting.setPeople(2);
  fitting.tap('tee');
  fitting.choosePerson(1);
  fitting.tap('jeans');
  fitting.choosePerson(0);
  fitting.undo();
  assert.equal(store.state.person, 1);
  assert.deepEqual([0, 1].map(ids), [['tee'], ['tee']]);
  fitting.undo();
  assert.deepEqual([store.state.person, ids(0)], [0, []]);
});

test('clothes_of_who_has_left_are_forgotten_and_the_choice_goes_back', () => {
  const { store, fitting } = rig();
  fitting.setPeople(3);
  fitting.choosePerson(2);
  fitting.tap('tee');
  fitting.setPeople(2);
  assert.equal(store.state.person, 1);
  assert.deepEqual(store.state.others, [null, null]);
  fitting.undo();
  assert.ok(store.state.person < store.state.people);
});

test('there_are_one_to_three_people', () => {
  const { fitting } = rig();
  for (const people of [0, 4, 1.5]) assert.throws(() => fitting.setPeople(people), RangeError);
  assert.throws(() => fitting.choosePerson(1), RangeError);
});

test('sizes_of_the_others_are_the_servers_word_on_them', () => {
  const { store, fitting } = rig();
  fitting.setPeople(2);
  fitting.choosePerson(1);
  fitting.tap('tee');
  store.set({ worn: [], othersWorn: [[{ id: 'tee', size: 'M' }]] });
  assert.deepEqual(clothesOf(store.state).worn, [{ id: 'tee', size: 'M' }]);
});
