import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Memory } from '../src/storage.js';

const NOW = Date.UTC(2026, 10, 26);
const BODY = { id: 'b1', name: 'Ada', sex: 'female', preference: 'snug', known: [{ name: 'height', value: '168 cm' }], used_ms: NOW };
const VALUES = { bodies: [BODY], body: 'b1', unit: 'ft', language: 'zh', split: 'synced' };

/** A Storage that keeps its items in a Map. */
function shelf(items = {}) {
  const map = new Map(Object.entries(items));
  return {
    map,
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => map.set(key, value),
    removeItem: (key) => map.delete(key),
  };
}
const holding = (value) => new Memory(shelf({ 'lookglass.v1': typeof value === 'string' ? value : JSON.stringify(value) }));

test('nothing_is_written_without_consent', () => {
  const storage = shelf();
  new Memory(storage).save(VALUES);
  assert.equal(storage.map.size, 0);
});

test('values_come_back_on_the_next_visit_after_consent', () => {
  const storage = shelf();
  const first = new Memory(storage);
  first.allow(true);
  first.save({ ...VALUES, token: 'secret', outfit: ['tee'] });
  const next = new Memory(storage);
  assert.ok(next.allowed);
  assert.deepEqual(next.load(NOW), VALUES);
  assert.ok(![...storage.map.values()].join().includes('secret'));
});

test('a_no_deletes_what_was_kept', () => {
  const storage = shelf();
  const memory = new Memory(storage);
  memory.allow(true);
  memory.save(VALUES);
  memory.allow(false);
  memory.save(VALUES);
  assert.equal(storage.map.size, 0);
});

test('damaged_or_impossible_values_are_left_out', () => {
  for (const text of ['{', '7', 'null', '"x"', '[]']) assert.deepEqual(holding(text).load(NOW), {});
  assert.deepEqual(holding({ bodies: 'x', body: 7, height_cm: 9000, unit: 'yard', language: 3, split: 'half' }).load(NOW), {});
  assert.deepEqual(holding(`{"bodies": [], "unit": "cm", "more": "${'x'.repeat(300_000)}"}`).load(NOW), {});
});

test('a_height_that_was_kept_before_there_were_bodies_becomes_one', () => {
  const { bodies, body } = holding({ height_cm: 171, unit: 'cm' }).load(NOW);
  assert.deepEqual(bodies.map(({ known }) => known), [[{ name: 'height', value: 171 }]]);
  assert.equal(body, bodies[0].id);
});

test('a_body_that_is_no_longer_there_is_not_chosen', () => {
  assert.equal(holding({ ...VALUES, body: 'b9' }).load(NOW).body, 'b1');
});

test('a_browser_without_storage_forgets_and_does_not_fail', () => {
  const full = {
    getItem: () => null,
    removeItem: () => {},
    setItem: () => {
      throw new Error('quota');
    },
  };
  for (const storage of [null, full]) {
    const memory = new Memory(storage);
    memory.allow(true);
    memory.save(VALUES);
    assert.deepEqual(memory.load(), {});
  }
});
