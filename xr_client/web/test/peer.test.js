import assert from 'node:assert/strict';
import { test } from 'node:test';
import { glassMs, tellCaptureTime } from '../src/net/peer.js';

const CAPTURE = 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time';

test('capture_time_is_asked_for_and_nothing_else_changes', () => {
  const known = [
    { uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', direction: 'sendrecv' },
    { uri: CAPTURE, direction: 'stopped' },
    { uri: 'urn:other', direction: 'stopped' },
  ];
  let asked = [];
  tellCaptureTime({ getHeaderExtensionsToNegotiate: () => known, setHeaderExtensionsToNegotiate: (all) => (asked = all) });
  assert.deepEqual(
    asked.map(({ direction }) => direction),
    ['sendrecv', 'sendrecv', 'stopped'],
  );
});

test('a_browser_that_cannot_be_asked_is_left_alone', () => {
  tellCaptureTime({});
});

test('glass_to_glass_is_delivery_minus_capture_on_one_clock', () => {
  const source = { timestamp: 1_795_706_350_578, captureTimestamp: 1_795_706_350_507 + 2_208_988_800_000 };
  assert.equal(glassMs([source]), 71);
  assert.equal(glassMs([{ timestamp: 1 }]), null);
  assert.equal(glassMs([]), null);
});
