import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Control } from '../src/net/control.js';

/** A data channel that keeps what is sent, and a clock that stands still until it is set. */
function rig() {
  const sent = [];
  const clock = { ms: 0 };
  const channel = { readyState: 'open', send: (text) => sent.push(JSON.parse(text)), close: () => {} };
  const control = new Control(channel, () => clock.ms);
  const events = [];
  for (const type of ['message', 'rtt', 'odd', 'lost']) {
    control.addEventListener(type, ({ detail }) => events.push([type, detail]));
  }
  return { control, channel, clock, sent, events };
}

test('a_pong_gives_the_round_trip', () => {
  const { control, clock, sent, events } = rig();
  clock.ms = 100;
  control.tick();
  clock.ms = 142;
  control.receive(JSON.stringify({ v: 1, type: 'pong', t_ms: sent[0].t_ms }));
  assert.deepEqual(sent, [{ v: 1, type: 'ping', t_ms: 100 }]);
  assert.deepEqual(events, [['rtt', 42]]);
});

test('a_silent_server_is_noticed', () => {
  const { control, clock, events } = rig();
  for (clock.ms = 1000; clock.ms <= 2000; clock.ms += 1000) control.tick();
  assert.deepEqual(events, []);
  clock.ms = 3000;
  control.tick();
  assert.deepEqual(events, [['lost', 'silent']]);
});

test('pictures_are_a_sign_of_life_too', () => {
  const { control, clock, events } = rig();
  for (clock.ms = 1000; clock.ms <= 9000; clock.ms += 1000) {
    control.heard();
    control.tick();
  }
  assert.deepEqual(events, []);
});

test('a_page_that_slept_gives_the_server_time_to_answer', () => {
  const { control, clock, events } = rig();
  control.tick();
  clock.ms = 600_000;
  control.tick();
  clock.ms += 1000;
  control.tick();
  assert.deepEqual(events, []);
});

test('a_message_outside_the_protocol_is_told_and_does_no_harm', () => {
  const { control, events } = rig();
  control.receive('{"v":1,"type":"dance"}');
  control.receive('{"v":1,"type":"bye","reason":"x"}');
  assert.equal(events[0][0], 'odd');
  assert.deepEqual(events[1], ['message', { type: 'bye', reason: 'x' }]);
});

test('nothing_is_sent_while_the_channel_is_not_open', () => {
  const { control, channel, sent } = rig();
  channel.readyState = 'connecting';
  control.wear([]);
  control.body(170);
  assert.deepEqual(sent, []);
});
