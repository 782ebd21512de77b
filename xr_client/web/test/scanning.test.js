import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Scanning, secondsLeft } from '../src/scanning.js';
import { Store } from '../src/state.js';

const SAY = { en: 'Turn sideways', zh: '请侧身' };
const CHEST = { name: 'chest_depth', value: 24, error: 0.9, low: 23, high: 25, unit: 'cm', source: 'camera' };

function room(start = {}) {
  const sent = [];
  const done = [];
  const store = new Store({ phase: 'live', height_cm: 172, ...start });
  const outside = { send: (wish) => sent.push(wish), start: async () => done.push('start'), look: () => done.push('look'), token: async () => null };
  const scanning = new Scanning(store, outside);
  store.addEventListener('found', (event) => done.push(event.detail));
  return { store, sent, done, scanning };
}
const heard = (step, more = {}) => ({ step, hint: null, say: SAY, progress: 0, measures: [], clothes_cm: null, ...more });

test('a_scan_goes_from_ready_to_what_was_found', () => {
  const { store, sent, done, scanning } = room();
  scanning.begin();
  assert.equal(store.state.scan.step, 'ready');
  scanning.start('loose');
  assert.deepEqual(sent, [{ action: 'start', height_cm: 172, height_source: 'tape', clothes: 'loose' }]);
  scanning.heard(heard('front', { hint: 'hold', progress: 0.2 }));
  assert.equal(secondsLeft(store.state.scan), 3);
  scanning.heard(heard('side', { hint: 'turn_sideways', progress: 0.5 }));
  assert.equal(secondsLeft(store.state.scan), null);
  assert.deepEqual(store.state.scan.say, SAY);
  scanning.heard(heard('done', { progress: 1, measures: [CHEST], clothes_cm: 1.5 }));
  assert.equal(store.state.scan, null);
  assert.deepEqual(done, ['look', 'look', { measures: [CHEST], clothes_cm: 1.5 }]);
});

test('a_cancelled_scan_hears_nothing_more', () => {
  const { store, sent, done, scanning } = room();
  scanning.begin();
  scanning.start('fitted');
  scanning.cancel();
  assert.deepEqual(sent.at(-1), { action: 'cancel' });
  scanning.heard(heard('done', { measures: [CHEST] }));
  assert.equal(store.state.scan, null);
  assert.ok(!done.some((one) => typeof one === 'object'));
});

test('before_it_runs_there_is_nothing_to_cancel_at_the_server', () => {
  const { sent, scanning } = room();
  scanning.begin();
  scanning.cancel();
  assert.deepEqual(sent, []);
});

test('without_a_camera_it_is_opened_first_and_the_guide_waits', () => {
  const { store, sent, done, scanning } = room({ phase: 'idle' });
  scanning.begin();
  assert.deepEqual(done, ['start']);
  store.set({ phase: 'connecting' });
  scanning.start('fitted');
  assert.deepEqual(sent, []);
  store.set({ phase: 'live' });
  assert.equal(store.state.scan.step, 'ready');
  store.set({ phase: 'failed' });
  assert.equal(store.state.scan, null);
});

test('a_lost_connection_ends_a_scan_that_runs_and_says_so', () => {
  const { store, scanning } = room();
  scanning.begin();
  scanning.start('fitted');
  store.set({ phase: 'reconnecting' });
  assert.deepEqual([store.state.scan.step, store.state.scan.hint], ['refused', 'interrupted']);
  scanning.start('fitted');
  assert.equal(store.state.scan.step, 'refused', 'not before it is live again');
});

test('without_a_height_nothing_is_sent', () => {
  const { sent, scanning } = room({ height_cm: null });
  scanning.begin();
  scanning.start('fitted');
  assert.deepEqual(sent, []);
});
