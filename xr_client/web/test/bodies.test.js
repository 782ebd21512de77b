import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BodiesError, KEEP_DAYS, MAX_BODIES, MAX_KNOWN, checkedBodies, checkedKnown, cleanName, expiry, exported, imported, joined, newBody, told,
} from '../src/bodies.js';

const NOW = Date.UTC(2026, 10, 26);
const DAY_MS = 86_400_000;
const body = (more = {}) => ({ id: 'b1', name: 'Ada', sex: 'female', preference: 'snug', known: [{ name: 'height', value: "5'7\"" }], used_ms: NOW, ...more });

test('what_is_told_again_takes_the_place_of_what_was_told', () => {
  const known = told(told([{ name: 'height', value: 170 }], { name: 'weight', value: '60 kg' }), { name: 'height', value: 171 });
  assert.deepEqual(known, [{ name: 'weight', value: '60 kg' }, { name: 'height', value: 171 }]);
});

test('good_bodies_pass_whole', () => {
  const known = [{ name: 'chest_depth', value: 24.5, source: 'camera', error: 0.9 }, { name: 'height', value: '1米72' }];
  const bodies = [body({ known }), body({ id: 'b2', name: '', sex: null, preference: 'regular' })];
  assert.deepEqual(checkedBodies(JSON.parse(JSON.stringify(bodies)), NOW), bodies);
});

test('hostile_bodies_are_left_out_or_made_harmless', () => {
  const hostile = [
    null, 7, 'x', [], {}, { known: 'x' },
    body({ id: '<img>', name: '<script>alert(1)</script>\u0000\u202e'.repeat(9), sex: 'x', preference: {}, used_ms: 1e300 }),
    body({ known: [{ name: '__proto__', value: 1 }, { name: 'height', value: 1e308 }, { name: 'weight', value: -5 }, { name: 'hip', value: 'x'.repeat(41) }] }),
  ];
  const [first, second, ...more] = checkedBodies(hostile, NOW);
  assert.equal(more.length, 0);
  assert.equal(first.id, 'b1');
  assert.equal(first.name.length, 40);
  assert.doesNotMatch(first.name, /[\u0000\u202e]/);
  assert.deepEqual([first.sex, first.preference, first.used_ms], [null, 'regular', NOW]);
  assert.deepEqual(second.known, []);
  assert.notEqual(first.id, second.id);
});

test('no_more_is_taken_than_there_is_room_for', () => {
  assert.equal(checkedBodies(Array.from({ length: 99 }, () => body()), NOW).length, MAX_BODIES);
  const many = Array.from({ length: 99 }, (_, i) => ({ name: `a${'b'.repeat(i % 30)}`, value: 5 }));
  assert.ok(checkedKnown(many).length <= MAX_KNOWN);
  const full = Array.from({ length: MAX_BODIES - 1 }, (_, i) => body({ id: `b${i + 1}` }));
  const { bodies, ...counts } = joined(full, [body({ name: 'Ben' }), body({ name: 'Cy' })], NOW);
  assert.deepEqual(counts, { added: 1, same: 0, left: 1 });
  assert.equal(bodies.length, MAX_BODIES);
  assert.equal(new Set(bodies.map(({ id }) => id)).size, MAX_BODIES);
});

test('a_body_is_forgotten_a_year_after_its_last_use', () => {
  const old = body({ used_ms: NOW - (KEEP_DAYS + 1) * DAY_MS });
  assert.deepEqual(checkedBodies([old], NOW), []);
  assert.equal(checkedBodies([body({ used_ms: NOW - (KEEP_DAYS - 1) * DAY_MS })], NOW).length, 1);
  assert.equal(expiry(body()).getTime(), NOW + KEEP_DAYS * DAY_MS);
});

test('a_file_brings_bodies_back', () => {
  const old = body({ used_ms: NOW - 900 * DAY_MS });
  assert.deepEqual(imported(exported([old]), NOW), [body()]);
});

test('a_file_that_holds_no_bodies_is_refused_with_a_reason', () => {
  for (const [text, code] of [
    ['{', 'bodies.file_odd'], ['null', 'bodies.file_odd'], ['{"kind":"other","bodies":[]}', 'bodies.file_odd'],
    ['{"kind":"lookglass-bodies","bodies":[null]}', 'bodies.file_odd'], ['x'.repeat(200_000), 'bodies.file_large'],
  ]) {
    assert.throws(() => imported(text, NOW), (error) => error instanceof BodiesError && error.code === code);
  }
});

test('names_are_short_and_printable_and_ids_are_new', () => {
  assert.equal(cleanName('  Ada\n\u200b '), 'Ada');
  assert.equal([...cleanName('😀'.repeat(60))].length, 40);
  assert.equal(cleanName({ toString: () => 'x' }), '');
  assert.equal(newBody([body({ id: 'b7' })], NOW).id, 'b8');
});

test('who_is_here_already_is_not_taken_twice', () => {
  const here = [body(), body({ id: 'b2', name: '', sex: null, known: [{ name: 'weight', value: '70 kg' }, { name: 'height', value: 180 }] })];
  const file = imported(exported(here), NOW);
  assert.deepEqual(joined(here, file, NOW), { bodies: here, added: 0, same: 2, left: 0 });
  const elsewhere = [{ ...here[1], id: 'b9', name: 'Ben', known: [...here[1].known].reverse() }];
  assert.deepEqual(joined(here, elsewhere, NOW), { bodies: [here[0], { ...here[1], name: 'Ben' }], added: 0, same: 1, left: 0 });
});

test('of_the_same_person_what_is_known_here_stays_and_the_rest_is_added', () => {
  const older = body({ sex: 'male', known: [{ name: 'height', value: 170 }, { name: 'hip', value: '99 cm' }] });
  const { bodies, same } = joined([body({ sex: null })], [older], NOW);
  assert.equal(same, 1);
  assert.deepEqual(bodies, [body({ sex: 'male', known: [{ name: 'height', value: "5'7\"" }, { name: 'hip', value: '99 cm' }] })]);
});

test('the_first_body_of_another_phone_is_somebody_else', () => {
  const here = [body({ name: '', known: [{ name: 'height', value: 160 }] })];
  const { bodies, added } = joined(here, [body({ name: '', known: [{ name: 'height', value: 190 }] }), body({ name: 'Eve' })], NOW);
  assert.equal(added, 2);
  assert.deepEqual(bodies.map(({ id }) => id), ['b1', 'b2', 'b3']);
  const two = joined([body()], [body({ id: 'b2', name: 'Eve' })], NOW);
  assert.equal(two.added, 1, 'the same figures under another name');
});
