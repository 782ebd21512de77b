import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as messages from '../src/net/messages.js';

const GOOD = [
  { v: 1, type: 'welcome', session: 's', resume: 's.k' },
  { v: 1, type: 'answer', sdp: 'v=0' },
  { v: 1, type: 'error', code: 'busy', message: 'later' },
  { v: 1, type: 'bye', reason: 'server_ends' },
  {
    v: 1, type: 'state', garments: [{ id: 'tee', size: 'M' }, { id: 'jeans', size: null }], height_cm: null, mirror: false,
    delivery: 'composed', people: 3, others: [null, [{ id: 'tee', size: 'L' }]], look: 'orbit',
    fit_map: true, compare: { garment: 'tee', sizes: ['M', 'L'] },
  },
  {
    v: 1, type: 'fit', body: 'told', scale: [{ off_cm: -9, colour: '#103e94' }],
    panes: [{
      place: [0, 0, 0.5, 1],
      garments: [{
        id: 'tee', size: 'M', closes: true,
        regions: [{
          point: 'chest', sits: 'snug', ease_cm: 6, intended_cm: 8, off_cm: -2, strain: 0, inferred: false, at: [0.25, 0.4],
        }],
      }],
    }],
  },
  { v: 1, type: 'stats', t_s: 1.5, fps: 30, dropped: 0, stage_ms: { pose: 13.1 }, hint: null, people: [{ id: 1, above: [0.25, 0.1] }] },
  { v: 1, type: 'pong', t_ms: 12.25 },
];

test('every_message_of_the_contract_is_read', () => {
  for (const { v, ...rest } of GOOD) assert.deepEqual(messages.parseServerMessage(JSON.stringify({ v, ...rest })), rest);
});

test('view_says_who_composes', () => {
  assert.deepEqual(JSON.parse(messages.view('layer')), { v: 1, type: 'view', mirror: false, delivery: 'layer' });
});

test('a_missing_key_is_refused_by_name', () => {
  for (const message of GOOD) {
    for (const key of Object.keys(message).filter((name) => name !== 'v' && name !== 'type')) {
      const { [key]: _, ...rest } = message;
      assert.throws(() => messages.parseServerMessage(JSON.stringify(rest)), new RegExp(`${key} is missing`));
    }
  }
});

test('a_value_of_the_wrong_kind_is_refused_by_name', () => {
  for (const message of GOOD) {
    for (const key of Object.keys(message).filter((name) => name !== 'v' && name !== 'type')) {
      const wrong = JSON.stringify({ ...message, [key]: [[1]] });
      assert.throws(() => messages.parseServerMessage(wrong), new RegExp(`${key} is wrong`));
    }
  }
});

test('unknown_types_keys_and_versions_are_refused', () => {
  const refused = (value) => assert.throws(() => messages.parseServerMessage(JSON.stringify(value)), messages.ProtocolError);
  refused({ v: 2, type: 'pong', t_ms: 1 });
  refused({ type: 'pong', t_ms: 1 });
  refused({ v: 1, type: 'dance' });
  refused({ v: 1, type: 'toString' });
  refused({ v: 1, type: 'pong', t_ms: 1, extra: 1 });
  refused([]);
  refused(null);
  assert.throws(() => messages.parseServerMessage('{'), messages.ProtocolError);
  assert.throws(() => messages.parseServerMessage(new ArrayBuffer(4)), messages.ProtocolError);
});

test('wear_leaves_an_open_size_to_the_server', () => {
  const sent = JSON.parse(messages.wear([{ id: 'tee', size: null }, { id: 'jeans', size: 'L' }]));
  assert.deepEqual(sent, { v: 1, type: 'wear', garments: [{ id: 'tee' }, { id: 'jeans', size: 'L' }] });
});

test('wear_says_how_a_top_is_worn_once_the_shopper_has_said_so', () => {
  const sent = JSON.parse(messages.wear([{ id: 'tee', size: null, tucked: true }, { id: 'knit', size: null, tucked: false }]));
  assert.deepEqual(sent.garments, [{ id: 'tee', tucked: true }, { id: 'knit', tucked: false }]);
});

test('people_says_nothing_of_those_who_are_not_there', () => {
  const others = [[{ id: 'tee', size: null, colourway: 'red' }], null];
  assert.deepEqual(JSON.parse(messages.people(3, others)), {
    v: 1, type: 'people', most: 3, others: [[{ id: 'tee', colourway: 'red' }], null],
  });
  assert.deepEqual(JSON.parse(messages.people(1, others)).others, []);
});

test('candidate_carries_only_the_fields_of_the_contract', () => {
  const found = { candidate: 'candidate:1 1 udp 1 10.0.0.1 9 typ host', sdpMid: '0', sdpMLineIndex: 0, foundation: '1' };
  assert.deepEqual(Object.keys(JSON.parse(messages.candidate(found)).candidate), ['candidate', 'sdpMid', 'sdpMLineIndex']);
  assert.equal(JSON.parse(messages.candidate(null)).candidate, null);
});
