import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Orbit, PITCH_DEG, SLOW, dragged, onCircle } from '../src/orbit.js';
import { Store } from '../src/state.js';
import { sideOf, stepped } from '../src/ui/orbit.js';
import { hintKey } from '../src/ui/status.js';

const START = { yaw_deg: 0, pitch_deg: 6 };

/** @returns {{store: Store, orbit: Orbit, sent: any[]}} */
function begin() {
  const sent = [];
  const store = new Store({ phase: 'live', outfit: [{ id: 'tee', size: 'M' }] });
  return { store, sent, orbit: new Orbit(store, (look) => sent.push(look)) };
}

test('what_is_under_the_finger_follows_it', () => {
  const right = dragged(START, { x: 0.25, y: 0 }, false);
  assert.equal(right.yaw_deg, 270); // the near side goes right: its own right side comes into view
  assert.equal(dragged(START, { x: 0.25, y: 0 }, true).yaw_deg, 90); // in a flipped picture the other one
  assert.ok(dragged(START, { x: 0, y: 0.2 }, false).pitch_deg > START.pitch_deg);
  assert.equal(dragged(START, { x: 0, y: 9 }, false).pitch_deg, PITCH_DEG.max);
  assert.equal(dragged(START, { x: 0, y: -9 }, false).pitch_deg, PITCH_DEG.min);
});

test('directions_are_those_of_a_circle', () => {
  assert.deepEqual([-90, 0, 360, 725, -720].map(onCircle), [270, 0, 0, 5, 0]);
  assert.deepEqual([0, 44, 90, 180, 270, 350].map(sideOf), [
    'orbit.front', 'orbit.front', 'orbit.left', 'orbit.back', 'orbit.right', 'orbit.front',
  ]);
});

test('keys_walk_round_and_lead_to_front_and_back', () => {
  const from = { ...START, mirror: false };
  assert.equal(stepped('ArrowRight', from).yaw_deg, 15);
  assert.equal(stepped('ArrowRight', { ...from, mirror: true }).yaw_deg, 345);
  assert.equal(stepped('ArrowUp', from).pitch_deg, 11);
  assert.equal(stepped('ArrowDown', { ...from, pitch_deg: -9 }).pitch_deg, PITCH_DEG.min);
  assert.equal(stepped('End', from).yaw_deg, 180);
  assert.deepEqual(stepped('Home', { yaw_deg: 99, pitch_deg: 40, mirror: true }), START);
  assert.equal(stepped('a', from), null);
});

test('a_drag_sends_the_newest_angle_and_no_more_than_twenty_a_second', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const { orbit, sent } = begin();
    orbit.show('orbit');
    for (let yaw = 1; yaw <= 30; yaw += 1) orbit.turn({ yaw_deg: yaw, pitch_deg: 6 });
    assert.equal(sent.length, 1);
    mock.timers.tick(60);
    assert.deepEqual(sent.map(({ yaw_deg }) => yaw_deg), [0, 30]);
  } finally {
    mock.timers.reset();
  }
});

test('before_the_mirror_nothing_turns', () => {
  const { orbit, sent, store } = begin();
  orbit.turn({ yaw_deg: 90, pitch_deg: 6 });
  assert.equal(store.state.yaw_deg, 0);
  assert.deepEqual(sent, []);
});

test('orbit_begins_at_the_front_and_the_replay_keeps_the_angle', () => {
  const { orbit, sent, store } = begin();
  store.set({ yaw_deg: 200, pitch_deg: 40 });
  orbit.show('orbit');
  assert.deepEqual(sent.at(-1), { mode: 'orbit', ...START, speed: 1 });
  orbit.turn({ yaw_deg: -30, pitch_deg: 10 });
  orbit.show('replay');
  orbit.setSlow(true);
  assert.deepEqual(sent.at(-1), { mode: 'replay', yaw_deg: 330, pitch_deg: 10, speed: SLOW });
  orbit.show('mirror');
  assert.equal(sent.at(-1).mode, 'mirror');
  orbit.reset();
});

test('shopper_is_told_when_there_is_nothing_to_replay', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const { orbit, store } = begin();
    let told = 0;
    store.addEventListener('no_past', () => (told += 1));
    orbit.show('orbit');
    orbit.shown('orbit');
    orbit.show('replay');
    mock.timers.tick(3000);
    assert.equal(told, 1);
    assert.equal(store.state.wantedLook, 'orbit');
    orbit.show('replay');
    orbit.shown('replay');
    mock.timers.tick(3000);
    assert.equal(told, 1);
  } finally {
    mock.timers.reset();
  }
});

test('a_lost_connection_comes_back_before_the_mirror', () => {
  const { orbit, store } = begin();
  orbit.show('orbit');
  orbit.shown('orbit');
  orbit.reset();
  assert.deepEqual([store.state.look, store.state.wantedLook], ['mirror', 'mirror']);
});

test('framing_help_is_for_the_mirror_alone', () => {
  const { store } = begin();
  const away = { ...store.state, hint: 'nobody', wantedLook: 'orbit' };
  assert.equal(hintKey(away), 'hint.moving');
  assert.equal(hintKey({ ...away, look: 'orbit' }), 'hint.drag');
  assert.equal(hintKey({ ...away, look: 'orbit', yaw_deg: 20 }), null);
  assert.equal(hintKey({ ...away, wantedLook: 'mirror' }), 'hint.nobody');
});
