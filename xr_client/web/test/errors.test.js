import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromClose, fromRefusal, fromStatus } from '../src/net/errors.js';

test('each_close_code_of_the_contract_has_its_meaning', () => {
  const codes = { 4401: 'token', 4403: 'origin', 1007: 'protocol', 1008: 'busy', 1009: 'protocol', 1013: 'busy', 1006: 'network' };
  for (const [close, code] of Object.entries(codes)) assert.equal(fromClose(Number(close)).code, code);
});

test('only_what_cannot_heal_is_final', () => {
  assert.ok(fromClose(4403).final && fromClose(1007).final && fromRefusal('offer.audio').final);
  assert.ok(!fromClose(1013).final && !fromClose(1006).final && !fromStatus(503).final && !fromStatus(401).final);
});

test('refusals_by_name_are_told_apart', () => {
  const names = { token: 'token', 'offer.too_large': 'protocol', schema: 'protocol', seats: 'busy', 'rate.offers': 'busy' };
  for (const [name, code] of Object.entries(names)) assert.equal(fromRefusal(name).code, code);
});
