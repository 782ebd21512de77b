import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Store } from '../src/state.js';
import { MAX_QUESTIONS, Sizing, bodyOf, nextQuestion } from '../src/sizing.js';
import { MeasureError } from '../src/net/size.js';

const NOW = Date.UTC(2026, 10, 26);
const figures = { height: { value: 170.6, low: 169, high: 172, unit: 'cm', source: 'told', from: [] } };

/** A server that answers at once, refuses a height of 17, and remembers what it was asked. */
function counter(start = {}) {
  const questions = [];
  const ask = async (question) => {
    questions.push(question);
    if (question.known.some(({ value }) => value === 17)) throw new MeasureError('17 cm: adults have 130 to 220');
    return { figures, doubts: [], labels: {}, garment: question.garment, verdict: 'unsure', ask: ['navel_waist'] };
  };
  const store = new Store(start);
  return { store, questions, sizing: new Sizing(store, { ask, now: () => NOW }) };
}
const known = (...names) => ({ known: names.map((name) => ({ name, value: 1 })), sex: null });

test('height_and_weight_are_asked_first_then_shapes_then_what_the_server_wants', () => {
  assert.equal(nextQuestion(null, null, []), 'height');
  assert.equal(nextQuestion(known('height'), { verdict: 'unsure', ask: ['weight'] }, ['height']), 'weight');
  assert.equal(nextQuestion(known('height', 'weight'), { verdict: 'between', ask: ['navel_waist'] }, ['height', 'weight']), 'kind');
  const asked = ['height', 'weight', 'kind'];
  assert.equal(nextQuestion(known('height', 'weight'), { verdict: 'between', ask: ['navel_waist'] }, asked), 'navel_waist');
  assert.equal(nextQuestion(known('height', 'weight'), { verdict: 'between', ask: [] }, asked), null);
});

test('nobody_is_asked_more_than_four_questions_whatever_they_know', () => {
  const asked = [];
  const ask = ['weight', 'chest', 'hip', 'navel_waist'];
  for (let name = nextQuestion(null, null, asked); name; name = nextQuestion(null, { verdict: 'unsure', ask }, asked)) asked.push(name);
  assert.deepEqual(asked, ['height', 'weight', 'kind', 'chest']);
  assert.equal(asked.length, MAX_QUESTIONS);
});

test('who_knows_no_weight_is_asked_for_what_tells_most_instead', () => {
  const told = { ...known('height'), sex: 'female' };
  const answer = { verdict: 'unsure', ask: ['weight', 'sex', 'navel_waist', 'chest'] };
  assert.equal(nextQuestion(told, answer, ['height', 'weight']), 'navel_waist');
  assert.equal(nextQuestion(known('height'), answer, ['height', 'weight']), 'kind'); // a tap, before a tape
  assert.equal(nextQuestion(known('height'), answer, ['height', 'weight', 'kind']), 'navel_waist');
});

test('a_weight_that_would_tell_nothing_is_not_asked_for', () => {
  const told = { ...known('height', 'chest'), sex: 'male' };
  assert.equal(nextQuestion(told, { verdict: 'between', ask: ['navel_waist'] }, []), 'navel_waist');
  assert.equal(nextQuestion(told, { verdict: 'between', ask: [] }, []), null);
});

test('a_sure_answer_ends_the_questions', () => {
  for (const verdict of ['sure', 'none fits']) assert.equal(nextQuestion(known('height'), { verdict, ask: [] }, ['height']), null);
});

test('what_is_told_makes_a_body_and_an_answer', async () => {
  const { store, questions, sizing } = counter({ focus: 'tee' });
  await sizing.tell({ name: 'height', value: '172 cm' });
  assert.deepEqual(bodyOf(store.state).known, [{ name: 'height', value: '172 cm' }]);
  assert.equal(store.state.advice.garment, 'tee');
  assert.deepEqual(questions[0], { known: [{ name: 'height', value: '172 cm' }], sex: null, preference: 'regular', garment: 'tee', language: 'en' });
});

test('what_the_server_refuses_changes_nothing', async () => {
  const { store, sizing } = counter();
  await sizing.tell({ name: 'weight', value: '60 kg' });
  const before = store.state;
  await assert.rejects(sizing.tell({ name: 'height', value: 17 }), MeasureError);
  assert.equal(store.state, before);
  await sizing.tell({ name: 'height', value: '172 cm' });
  assert.equal(bodyOf(store.state).known.length, 2, 'a refusal does not stop what comes after');
});

test('changes_that_come_together_both_hold', async () => {
  const { store, sizing } = counter();
  await Promise.all([sizing.tell({ name: 'height', value: 172 }), sizing.change(() => ({ sex: 'male' })), sizing.change(() => ({ preference: 'loose' }))]);
  const { known, sex, preference } = bodyOf(store.state);
  assert.deepEqual([known.length, sex, preference], [1, 'male', 'loose']);
});

test('a_height_alone_is_told_as_a_height_and_more_as_a_body', async () => {
  const { store, sizing } = counter();
  await sizing.tell({ name: 'height', value: '172 cm' }, { name: 'age', value: '40' });
  sizing.apply();
  assert.deepEqual([store.state.height_cm, store.state.told], [171, null]);
  await sizing.tell({ name: 'weight', value: '60 kg' });
  sizing.apply();
  assert.deepEqual(store.state.told.known.map(({ name }) => name), ['height', 'age', 'weight']);
  const { told } = store.state;
  sizing.apply();
  assert.equal(store.state.told, told, 'the same is not told twice');
});

test('an_age_alone_is_no_question', async () => {
  const { store, questions, sizing } = counter();
  await sizing.tell({ name: 'age', value: '40' });
  assert.equal(questions.length, 0);
  assert.equal(store.state.advice, null);
});

test('another_garment_or_language_is_asked_about_and_late_answers_are_dropped', async () => {
  const { store, questions, sizing } = counter({ focus: 'tee' });
  await sizing.tell({ name: 'height', value: 172 });
  store.set({ focus: 'skirt' });
  store.set({ language: 'zh' });
  await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual(questions.slice(1).map(({ garment, language }) => [garment, language]), [['skirt', 'en'], ['skirt', 'zh']]);
  assert.equal(store.state.advice.garment, 'skirt');
  store.set({ person: 1 });
  assert.equal(questions.length, 3, 'of others nothing is known');
  await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(store.state.advice, null);
});

test('bodies_are_added_chosen_removed_and_brought_back', async () => {
  const { store, sizing } = counter();
  await sizing.tell({ name: 'height', value: 172 }, { name: 'weight', value: 60 });
  assert.ok(sizing.add('Ben'));
  assert.equal(bodyOf(store.state).name, 'Ben');
  assert.equal(store.state.told, null, 'of Ben nothing is known');
  await sizing.choose('b1');
  assert.equal(store.state.told.known.length, 2);
  await sizing.remove('b1');
  assert.deepEqual([store.state.bodies.length, store.state.body, store.state.told], [1, 'b2', null]);
  await sizing.undo();
  assert.deepEqual([store.state.bodies.length, store.state.body], [2, 'b1']);
  assert.equal(store.state.told.known.length, 2);
  sizing.clear();
  assert.deepEqual([store.state.bodies, store.state.told, store.state.height_cm], [[], null, null]);
});

test('what_a_program_tells_is_worn_at_once_and_what_a_shopper_tells_when_the_dialog_closes', async () => {
  const { store, sizing } = counter();
  await sizing.tell({ name: 'height', value: 172 }, { name: 'weight', value: 60 });
  assert.equal(store.state.told, null);
  await sizing.learn({ name: 'hip', value: 98 });
  assert.deepEqual(store.state.told.known.map(({ name }) => name), ['height', 'weight', 'hip']);
});

test('a_program_sets_a_height_at_once', async () => {
  const { store, sizing } = counter();
  sizing.setHeight(181);
  assert.equal(store.state.height_cm, 181);
  sizing.setHeight(null);
  assert.equal(store.state.height_cm, null);
  assert.deepEqual(bodyOf(store.state).known, []);
});

test('where_no_answer_comes_what_is_worn_stays', async () => {
  const store = new Store();
  let down = false;
  const ask = async () => {
    if (down) throw new Error('network');
    return { figures };
  };
  const sizing = new Sizing(store, { ask, now: () => NOW });
  await sizing.tell({ name: 'height', value: 172 });
  sizing.apply();
  down = true;
  await sizing.restore();
  assert.equal(store.state.height_cm, 171);
  await assert.rejects(sizing.tell({ name: 'weight', value: 60 }));
  assert.equal(bodyOf(store.state).known.length, 1);
});
