/** One RTCPeerConnection: the camera goes out, the composed picture and the control channel come back. */
import { sentScale } from '../media/camera.js';
import { Control } from './control.js';

const MAX_BITRATE = 2_500_000;
const DISCONNECTED_GRACE_MS = 3000;
const CAPTURE_TIME = 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time';
const UNIX_EPOCH_NTP_MS = 2_208_988_800_000;

/** Emits `picture` (MediaStream) and `lost` (reason). */
export class Peer extends EventTarget {
  /** @param {MediaStream} stream  the camera, one video track */
  constructor(stream) {
    super();
    this.connection = new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle' });
    this.control = new Control(this.connection.createDataChannel('control', { ordered: true }));
    const [track] = stream.getVideoTracks();
    this.transceiver = this.connection.addTransceiver(track, {
      direction: 'sendrecv',
      streams: [stream],
      sendEncodings: [{ maxBitrate: MAX_BITRATE, scaleResolutionDownBy: sentScale(track) }],
    });
    preferLowDelay(this.transceiver.receiver);
    tellCaptureTime(this.transceiver);
    this.connection.ontrack = (event) => this.#emit('picture', new MediaStream([event.track]));
    this.connection.onconnectionstatechange = () => this.#watch();
  }

  /** @param {import('./signalling.js').Signalling} signalling @returns {Promise<void>} once the answer is set */
  async connect(signalling) {
    // Candidates found before the offer is on its way wait for it.
    let ready = (/** @type {RTCIceCandidate|null} */ found) => {
      early.push(found);
    };
    /** @type {(RTCIceCandidate|null)[]} */
    const early = [];
    this.connection.onicecandidate = (event) => ready(event.candidate);
    await this.connection.setLocalDescription(await this.connection.createOffer());
    await this.#keepFrameRate();
    const answer = signalling.offer(/** @type {RTCSessionDescription} */ (this.connection.localDescription).sdp);
    ready = (found) => signalling.candidate(found);
    early.forEach(ready);
    await this.connection.setRemoteDescription({ type: 'answer', sdp: await answer });
  }

  /** @param {MediaStreamTrack} track  another camera; no new negotiation is needed @returns {Promise<void>} */
  async replaceTrack(track) {
    await this.transceiver.sender.replaceTrack(track);
    await this.scale();
  }

  /** The camera's pictures have another size now. */
  async scale() {
    const { sender } = this.transceiver;
    if (!sender.track) return;
    const parameters = sender.getParameters();
    for (const encoding of parameters.encodings) encoding.scaleResolutionDownBy = sentScale(sender.track);
    await sender.setParameters(parameters).catch(() => {}); // sent as large as it is, then
  }

  /**
   * Of the way back.
   * @returns {Promise<{dropped: number, jitter_buffer_ms: number|null, glass_ms: number|null, codec: string|null}|null>}
   */
  async receiverStats() {
    const report = await this.transceiver.receiver.getStats();
    const inbound = [...report.values()].find((entry) => entry.type === 'inbound-rtp');
    if (!inbound) return null;
    const emitted = inbound.jitterBufferEmittedCount;
    return {
      dropped: inbound.framesDropped ?? 0,
      jitter_buffer_ms: emitted ? (1000 * inbound.jitterBufferDelay) / emitted : null,
      glass_ms: glassMs(this.transceiver.receiver.getSynchronizationSources()),
      codec: report.get(inbound.codecId)?.mimeType?.replace('video/', '') ?? null,
    };
  }

  close() {
    clearTimeout(this.grace);
    this.control.close();
    this.connection.onconnectionstatechange = null;
    this.connection.close();
  }

  async #keepFrameRate() {
    const { sender } = this.transceiver;
    const parameters = sender.getParameters();
    parameters.degradationPreference = 'maintain-framerate';
    await sender.setParameters(parameters).catch(() => {}); // not every browser knows the preference
  }

  #watch() {
    clearTimeout(this.grace);
    const { connectionState } = this.connection;
    if (connectionState === 'failed' || connectionState === 'closed') this.#emit('lost', connectionState);
    if (connectionState === 'disconnected') {
      this.grace = setTimeout(() => this.#emit('lost', 'disconnected'), DISCONNECTED_GRACE_MS);
    }
  }

  /** @param {string} type @param {unknown} detail */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** @param {RTCRtpReceiver} receiver  play each frame as soon as it is there */
function preferLowDelay(receiver) {
  if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = 0;
  if ('playoutDelayHint' in receiver) receiver.playoutDelayHint = 0;
}

/** @param {RTCRtpTransceiver} transceiver  let frames bear the time when they were taken; the server hands it back */
export function tellCaptureTime(transceiver) {
  const extensible = /** @type {any} */ (transceiver);
  if (!extensible.setHeaderExtensionsToNegotiate) return;
  const known = extensible.getHeaderExtensionsToNegotiate();
  for (const extension of known) if (extension.uri === CAPTURE_TIME) extension.direction = 'sendrecv';
  extensible.setHeaderExtensionsToNegotiate(known);
}

/**
 * @param {Iterable<any>} sources  RTCRtpSynchronizationSource
 * @returns {number|null} milliseconds from the camera to the picture's delivery; null where the browser does not tell
 */
export function glassMs(sources) {
  const [source] = sources;
  if (source?.captureTimestamp == null) return null;
  return source.timestamp - (source.captureTimestamp - UNIX_EPOCH_NTP_MS);
}
