import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Memory } from '../src/storage.js';

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
const VALUES = { height_cm: 168, unit: 'ft', language: 'zh', split: 'synced' };

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
  assert.deepEqual(next.load(), VALUES);
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
  for (const text of ['{', '7', 'null', '"x"']) assert.deepEqual(new Memory(shelf({ 'lookglass.v1': text })).load(), {});
  const odd = JSON.stringify({ height_cm: 9000, unit: 'yard', language: 3, split: 'half' });
  assert.deepEqual(new Memory(shelf({ 'lookglass.v1': odd })).load(), {});
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
