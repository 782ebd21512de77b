import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_ATTEMPTS, reconnectDelayMs, waitOr } from '../src/net/reconnect.js';

test('the_first_two_attempts_do_not_wait_for_luck', () => {
  assert.equal(reconnectDelayMs(0, () => 1), 0);
  assert.equal(reconnectDelayMs(1, () => 1), 300);
});

test('waits_grow_and_stay_below_four_seconds', () => {
  const delays = Array.from({ length: MAX_ATTEMPTS }, (_, attempt) => reconnectDelayMs(attempt, () => 0.999));
  for (let i = 1; i < delays.length; i++) assert.ok(delays[i] >= delays[i - 1]);
  assert.ok(Math.max(...delays) <= 4000);
});

test('jitter_spreads_shoppers_over_a_second', () => {
  assert.equal(reconnectDelayMs(3, () => 1) - reconnectDelayMs(3, () => 0), 1000);
});

test('after_the_last_attempt_it_gives_up', () => {
  assert.equal(reconnectDelayMs(MAX_ATTEMPTS), null);
  assert.equal(reconnectDelayMs(MAX_ATTEMPTS + 5), null);
});

test('a_wait_ends_by_itself', async () => {
  await waitOr(1, new EventTarget(), 'online');
});

test('a_wait_ends_at_once_when_the_network_is_back', async () => {
  const wake = new EventTarget();
  const waiting = waitOr(1_000_000, wake, 'online');
  wake.dispatchEvent(new Event('online'));
  await waiting; // would outlast the test run otherwise
});
