import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INITIAL } from '../src/state.js';
import { cameraChoices } from '../src/ui/cameras.js';
import { FAILURES, wordsFor } from '../src/ui/cover.js';
import { MAX_LOSS, coverSize, uprightSize, wholeHeight } from '../src/ui/fit.js';
import { estimatedDelay } from '../src/ui/panel.js';
import { Words } from '../src/ui/size/words.js';
import { hintKey, statusKey } from '../src/ui/status.js';

const state = (patch) => ({ ...INITIAL, ...patch });
const PHONE = { width: 360, height: 550 };

test('a_portrait_picture_fills_a_phone', () => {
  const { width, height } = coverSize({ width: 480, height: 640 }, PHONE);
  assert.equal(height, PHONE.height);
  assert.ok(width >= PHONE.width);
});

test('a_wide_picture_on_a_phone_loses_no_more_than_allowed', () => {
  const { width, height } = coverSize({ width: 640, height: 480 }, PHONE);
  assert.ok(Math.abs(1 - PHONE.width / width - MAX_LOSS) < 0.01);
  assert.ok(Math.abs(width / height - 640 / 480) < 0.01);
  assert.ok(height > 270); // larger than if it were shown whole
});

test('a_picture_of_the_same_shape_fills_exactly', () => {
  assert.deepEqual(coverSize({ width: 640, height: 480 }, { width: 880, height: 660 }), { width: 880, height: 660 });
});

test('who_is_measured_sees_head_and_feet_on_every_stage', () => {
  for (const stage of [PHONE, { width: 1366, height: 768 }, { width: 880, height: 660 }]) {
    for (const picture of [{ width: 640, height: 480 }, { width: 480, height: 640 }]) {
      const { width, height } = wholeHeight(coverSize(picture, stage), stage);
      assert.ok(height <= stage.height);
      assert.ok(Math.abs(width / height - picture.width / picture.height) < 0.01);
    }
  }
  assert.deepEqual(wholeHeight({ width: 320, height: 240 }, PHONE), { width: 320, height: 240 });
});

test('an_avatar_is_seen_from_head_to_foot_on_every_stage', () => {
  for (const picture of [{ width: 640, height: 480 }, { width: 480, height: 640 }]) {
    for (const stage of [PHONE, { width: 880, height: 660 }, { width: 900, height: 300 }]) {
      const { width, height } = uprightSize(picture, stage);
      assert.equal(height, stage.height);
      assert.ok(Math.abs(width / height - picture.width / picture.height) < 0.01);
    }
  }
});

test('every_failure_says_something_and_an_unknown_one_too', () => {
  for (const failure of Object.keys(FAILURES)) assert.equal(wordsFor(state({ phase: 'failed', failure })), FAILURES[failure]);
  assert.equal(wordsFor(state({ phase: 'failed', failure: 'origin' })), FAILURES.page);
  assert.equal(wordsFor(state({ phase: 'failed', failure: 'no such' })), FAILURES.unexpected);
  assert.equal(wordsFor(state({ phase: 'failed', failure: null })), FAILURES.unexpected);
});

test('nothing_covers_the_live_picture_or_a_photo', () => {
  assert.equal(wordsFor(state({ phase: 'live' })), null);
  assert.equal(wordsFor(state({ phase: 'photo' })), null);
});

test('framing_help_comes_before_the_invitation_to_choose', () => {
  assert.equal(hintKey(state({ phase: 'live', hint: 'step_back' })), 'hint.step_back');
  assert.equal(hintKey(state({ phase: 'live' })), 'hint.choose');
  const asked = { phase: 'live', outfit: [{ id: 'tee', size: null }] };
  assert.equal(hintKey(state(asked)), 'hint.fitting');
  assert.equal(hintKey(state({ ...asked, hint: 'nobody' })), 'hint.nobody');
  assert.equal(hintKey(state({ ...asked, worn: [{ id: 'tee', size: 'M' }] })), null);
  assert.equal(hintKey(state({ ...asked, worn: [{ id: 'tee', size: 'M' }], hint: 'own_trousers' })), 'hint.own_trousers');
  assert.equal(hintKey(state({ ...asked, worn: [{ id: 'tee', size: 'M' }], hint: 'own_top' })), 'hint.own_top');
  assert.equal(hintKey(state({ phase: 'reconnecting', hint: 'step_back' })), null);
  assert.equal(hintKey(state({ phase: 'live', hint: 'a hint of tomorrow' })), null);
  assert.equal(hintKey(state({ phase: 'live', hint: 'covered' })), 'hint.covered');
  assert.equal(hintKey(state({ phase: 'live', hint: 'covered', silent: true })), 'hint.silent'); // the browser knows better
  assert.equal(hintKey(state({ phase: 'live', hint: 'nobody', notice: 'refused' })), 'notice.refused');
  const compare = { garment: 'tee', sizes: ['M', 'L'] };
  assert.equal(hintKey(state({ ...asked, worn: [{ id: 'tee', size: 'M' }], compare })), 'hint.fitting');
});

test('status_tells_demo_and_a_busy_photo_apart', () => {
  assert.equal(statusKey(state({ phase: 'live', source: 'demo' })), 'status.demo');
  assert.equal(statusKey(state({ phase: 'live', source: 'camera' })), 'status.live');
  assert.equal(statusKey(state({ phase: 'photo', photoBusy: true })), 'status.photo_busy');
});

test('front_and_back_are_offered_only_where_a_device_has_both', () => {
  const t = (key, values) => key + (values ? values.number : '');
  const two = [{ deviceId: 'a', label: 'Integrated' }, { deviceId: 'b', label: '' }];
  assert.deepEqual(cameraChoices(two, false, t).map(({ name }) => name), ['Integrated', 'camera.unnamed2']);
  assert.equal(cameraChoices(two, true, t).length, 4);
  assert.equal(cameraChoices(two.slice(1), true, t).length, 1);
});

test('delay_counts_the_worker_once', () => {
  const picture = { frames_per_s: 25, jitter_buffer_ms: 10 };
  const server = (stage_ms) => ({ fps: 25, dropped: 0, hint: null, stage_ms });
  assert.equal(estimatedDelay(state({ rtt_ms: 5, picture, server: server({ pose: 13, render: 5 }) })), 5 + 18 + 10 + 40);
  assert.equal(estimatedDelay(state({ rtt_ms: 5, picture, server: server({ pose: 13, total: 30 }) })), 5 + 30 + 10 + 40);
  assert.equal(estimatedDelay(state({ picture, server: server({}) })), null);
  assert.equal(estimatedDelay(state({ picture: { ...picture, glass_ms: 71 } })), 71); // measured: no estimate is needed
});

test('of_bodies_that_were_taken_is_said_what_became_of_them', () => {
  const words = new Words({ t: (key, { count }) => `${key} ${count}` }, 'cm');
  assert.equal(words.taken({ added: 2, same: 1, left: 0 }), 'bodies.imported 2 bodies.same 1');
  assert.equal(words.taken({ added: 0, same: 0, left: 3 }), 'bodies.full 3');
});
