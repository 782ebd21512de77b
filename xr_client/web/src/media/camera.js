/** The shopper's camera, and why it may not come. */

/** @typedef {import('../state.js').CameraChoice} CameraChoice */

const WIDTH = 640;
const HEIGHT = 480;
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

/** @param {CameraChoice} choice @returns {MediaStreamConstraints} */
export function constraints({ deviceId, facing }) {
  const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: { ideal: facing ?? 'user' } };
  return {
    audio: false,
    video: { ...which, width: { ideal: WIDTH }, height: { ideal: HEIGHT }, frameRate: { ideal: FRAMES_PER_S } },
  };
}

/** @param {CameraChoice} choice @returns {Promise<MediaStream>} @throws {CameraError} */
export async function openCamera(choice) {
  try {
    const stream = await navigator.mediaDevices.getUserMedia(constraints(choice));
    for (const track of stream.getVideoTracks()) track.contentHint = 'motion';
    return stream;
  } catch (error) {
    throw fromDomError(/** @type {DOMException} */ (error));
  }
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
