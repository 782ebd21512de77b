import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INITIAL, Store } from '../src/state.js';

test('store_keeps_old_snapshots_when_it_changes', () => {
  const store = new Store();
  const before = store.state;
  store.set({ phase: 'live' });
  assert.equal(before.phase, 'idle');
  assert.equal(store.state.phase, 'live');
  assert.throws(() => {
    store.state.phase = 'idle';
  }, TypeError);
});

test('store_names_exactly_the_keys_that_changed', () => {
  const store = new Store();
  const seen = [];
  store.addEventListener('change', (event) => seen.push([...event.detail.changed]));
  assert.equal(store.set({ phase: 'idle', hint: null }), false);
  assert.equal(store.set({ phase: 'live', hint: null, rtt_ms: 12 }), true);
  assert.deepEqual(seen, [['phase', 'rtt_ms']]);
});

test('store_refuses_a_key_it_does_not_know', () => {
  assert.throws(() => new Store().set({ phaze: 'live' }), /phaze/);
});

test('store_starts_from_what_was_remembered', () => {
  assert.deepEqual(new Store({ height_cm: 171 }).state, { ...INITIAL, height_cm: 171 });
});

test('watcher_is_called_at_once_and_only_for_its_keys', () => {
  const store = new Store();
  const seen = [];
  const stop = store.watch(['height_cm'], ({ height_cm }) => seen.push(height_cm));
  store.set({ hint: 'nobody' });
  store.set({ height_cm: 180 });
  stop();
  store.set({ height_cm: 190 });
  assert.deepEqual(seen, [null, 180]);
});
