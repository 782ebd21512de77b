/** The shopper's camera, and why it may not come. */

/** @typedef {import('../state.js').CameraChoice} CameraChoice */

const SMALL = { width: { ideal: 640 }, height: { ideal: 480 } };
const LARGE = { width: { ideal: 1280 }, height: { ideal: 960 } };
const SENT_SIDE_PX = 640; // what is larger is sent smaller
const FRAMES_PER_S = 30;

/** A camera that could not be had; `code` is one that the page has help for. */
export class CameraError extends Error {
  /** @param {'insecure'|'unsupported'|'denied'|'no_camera'|'in_use'|'camera'} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

const CODES = /** @type {Record<string, CameraError['code']>} */ ({
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  NotFoundError: 'no_camera',
  OverconstrainedError: 'no_camera',
  NotReadableError: 'in_use',
  AbortError: 'in_use',
});

/** @param {{name?: string}} error  what getUserMedia threw @returns {CameraError} */
export function fromDomError(error) {
  return new CameraError(CODES[error.name ?? ''] ?? 'camera');
}

/**
 * What keeps this browser from a live picture, before anything is asked.
 * @param {{RTCPeerConnection?: unknown, isSecureContext?: boolean, navigator: {mediaDevices?: {getUserMedia?: unknown}}}} scope
 * @param {boolean} camera  whether a camera is needed @returns {CameraError['code']|null}
 */
export function missing(scope, camera) {
  if (typeof scope.RTCPeerConnection !== 'function') return 'unsupported';
  if (!camera || scope.navigator.mediaDevices?.getUserMedia) return null;
  return scope.isSecureContext ? 'unsupported' : 'insecure';
}

/**
 * @param {CameraChoice} choice @param {boolean} [large]  the page shows the camera's own picture @returns {MediaStreamConstraints}
 */
export function constraints({ deviceId, facing }, large = false) {
  const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: { ideal: facing ?? 'user' } };
  return {
    audio: false,
    video: { ...which, ...(large ? LARGE : SMALL), frameRate: { ideal: FRAMES_PER_S } },
  };
}

/** @param {CameraChoice} choice @param {boolean} [large] @returns {Promise<MediaStream>} @throws {CameraError} */
export async function openCamera(choice, large) {
  try {
    const stream = await navigator.mediaDevices.getUserMedia(constraints(choice, large));
    for (const track of stream.getVideoTracks()) track.contentHint = 'motion';
    return stream;
  } catch (error) {
    throw fromDomError(/** @type {DOMException} */ (error));
  }
}

/** @param {MediaStreamTrack} track  of an open camera @param {boolean} large @returns {Promise<void>} */
export async function resizeCamera(track, large) {
  const frameRate = { ideal: FRAMES_PER_S };
  await track.applyConstraints({ ...(large ? LARGE : SMALL), frameRate }).catch(() => {}); // it stays as it is
}

/** @param {MediaStreamTrack} track @returns {number} by how much its pictures are made smaller before they are sent */
export function sentScale(track) {
  const { width = 0, height = 0 } = track.getSettings();
  return Math.max(1, Math.max(width, height) / SENT_SIDE_PX);
}

/** @param {MediaStream} stream @returns {boolean} whether a mirror is what the shopper expects to see */
export function looksBack(stream) {
  return stream.getVideoTracks()[0]?.getSettings().facingMode === 'environment';
}

/** @returns {Promise<import('../state.js').CameraDevice[]>} with labels once permission was given */
export async function listCameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter((device) => device.kind === 'videoinput' && device.deviceId !== '')
    .map(({ deviceId, label }) => ({ deviceId, label }));
}

/** @param {MediaStream|null} stream */
export function stopStream(stream) {
  stream?.getTracks().forEach((track) => track.stop());
}
