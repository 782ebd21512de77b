import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_ATTEMPTS, patienceMs, reconnectDelayMs, waitOr } from '../src/net/reconnect.js';

test('the_first_two_attempts_do_not_wait_for_luck', () => {
  assert.equal(reconnectDelayMs(0, () => 1), 0);
  assert.equal(reconnectDelayMs(1, () => 1), 300);
});

test('waits_grow_and_stay_below_four_seconds', () => {
  const delays = Array.from({ length: MAX_ATTEMPTS }, (_, attempt) => reconnectDelayMs(attempt, () => 0.999));
  for (let i = 1; i < delays.length; i++) assert.ok(delays[i] >= delays[i - 1]);
  assert.ok(Math.max(...delays) <= 4000);
});

test('jitter_spreads_shoppers_over_half_a_second', () => {
  assert.equal(reconnectDelayMs(3, () => 1) - reconnectDelayMs(3, () => 0), 500);
});

test('while_the_network_may_be_gone_two_of_three_attempts_are_short', () => {
  const patience = Array.from({ length: MAX_ATTEMPTS }, (_, attempt) => patienceMs(attempt));
  assert.equal(patience[0], 4000); // the first of all: nothing says that the network is gone
  assert.equal(patience.filter((ms) => ms < 2000).length, (MAX_ATTEMPTS * 2) / 3);
});

test('the_first_fifteen_seconds_hold_five_attempts_however_unlucky', () => {
  let passed_ms = 0;
  for (let attempt = 1; attempt <= 5; attempt++) passed_ms += reconnectDelayMs(attempt, () => 1) + patienceMs(attempt);
  assert.ok(passed_ms < 15000, String(passed_ms));
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
