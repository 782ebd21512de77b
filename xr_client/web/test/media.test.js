import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constraints, fromDomError, missing } from '../src/media/camera.js';
import { FrameGauge } from '../src/media/gauge.js';
import { MAX_SIDE_PX, fitted } from '../src/media/photo.js';

const RTC = () => {};
const CAMERA = { mediaDevices: { getUserMedia() {} } };

test('a_page_on_plain_http_is_told_apart_from_an_old_browser', () => {
  assert.equal(missing({ RTCPeerConnection: RTC, isSecureContext: false, navigator: {} }, true), 'insecure');
  assert.equal(missing({ RTCPeerConnection: RTC, isSecureContext: true, navigator: {} }, true), 'unsupported');
  assert.equal(missing({ isSecureContext: true, navigator: CAMERA }, true), 'unsupported');
  assert.equal(missing({ RTCPeerConnection: RTC, isSecureContext: true, navigator: CAMERA }, true), null);
});

test('a_demo_needs_no_camera', () => {
  assert.equal(missing({ RTCPeerConnection: RTC, isSecureContext: false, navigator: {} }, false), null);
});

test('each_refusal_of_the_browser_has_its_own_help', () => {
  const names = { NotAllowedError: 'denied', NotFoundError: 'no_camera', NotReadableError: 'in_use', TypeError: 'camera' };
  for (const [name, code] of Object.entries(names)) assert.equal(fromDomError({ name }).code, code);
});

test('a_named_camera_is_asked_for_exactly_and_sound_never', () => {
  assert.deepEqual(constraints({ deviceId: 'abc' }).video.deviceId, { exact: 'abc' });
  assert.deepEqual(constraints({ facing: 'environment' }).video.facingMode, { ideal: 'environment' });
  assert.deepEqual(constraints({}).video.facingMode, { ideal: 'user' });
  assert.equal(constraints({}).audio, false);
});

test('a_large_photo_shrinks_and_keeps_its_shape', () => {
  assert.deepEqual(fitted(4000, 3000), { width: MAX_SIDE_PX, height: 1200 });
  assert.deepEqual(fitted(3000, 4000), { width: 1200, height: MAX_SIDE_PX });
});

test('photo_sides_are_even_and_never_zero', () => {
  assert.deepEqual(fitted(641, 479), { width: 642, height: 480 });
  assert.deepEqual(fitted(1, 1), { width: 2, height: 2 });
  assert.deepEqual(fitted(9000, 1), { width: MAX_SIDE_PX, height: 2 });
});

test('gauge_tells_frames_a_second_and_forgets', () => {
  const gauge = new FrameGauge();
  assert.equal(gauge.rate(0), 0);
  for (let i = 0; i <= 60; i++) gauge.count((i * 1000) / 30);
  assert.ok(Math.abs(gauge.rate(2000) - 30) < 1e-6);
  assert.equal(gauge.rate(9000), 0);
});
