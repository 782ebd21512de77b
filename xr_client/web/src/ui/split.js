/**
 * Composition in the page: the layer that the server returns over the own camera's picture, on a canvas.
 *
 * `live`: over the newest picture, moved along with what it lies on, so that the shopper sees themself without delay.
 * `synced`: over the very picture it was made of. Whole pictures, as an orbit's, are shown as they come.
 */
import { STILL, motionBetween, pyramid } from '../split/flow.js';
import { lumaOf, smallSize, unpack, weightOf } from '../split/packed.js';
import { Times, capturedAt } from '../split/times.js';

/**
 * @typedef {import('../split/flow.js').Small} Small
 * @typedef {import('../split/flow.js').Motion} Motion
 * @typedef {{width: number, height: number}} Size
 * @typedef {Size & {media_ms: number, taken_ms: number, picture: HTMLCanvasElement|null, small: Small[]}} Own  one own picture
 * @typedef {{own: Own, size: Size, weight: Small[], at: {x: number, y: number}|null}} Layer  what it was made of; its corner
 */

const KEPT = Object.freeze({ least: 12, most: 30, px: 24e6 }); // own pictures: a second of small ones, half of large
const PATIENCE_MS = 3000; // of layers that cannot be placed, before the server composes again
const LAYER_SHAPE = 0.5; // width by height, of the camera's

/** @returns {boolean} whether this browser can compose: a callback for each picture, and its bytes */
export const canSplit = () =>
  'requestVideoFrameCallback' in HTMLVideoElement.prototype && 'VideoFrame' in globalThis;

/**
 * Whether a returned picture is a packed layer, or whole: told by its shape.
 * @param {Size} picture @param {Size} camera @returns {boolean}
 */
export function isLayer(picture, camera) {
  const shape = (picture.width * camera.height) / (picture.height * camera.width);
  return Math.abs(Math.log2(shape / LAYER_SHAPE)) < 0.3;
}

/** @param {HTMLCanvasElement} canvas @param {boolean} [read] @returns {CanvasRenderingContext2D} */
const penOf = (canvas, read = false) =>
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { alpha: !read, willReadFrequently: read }));

export class Split {
  /**
   * @param {import('../state.js').Store} store @param {import('../client.js').Client} client
   * @param {HTMLCanvasElement} canvas @param {HTMLVideoElement} camera  the own one, as it comes
   * @param {() => void} changed  whether the canvas shows the picture
   */
  constructor(store, client, canvas, camera, changed) {
    this.store = store;
    this.client = client;
    this.canvas = canvas;
    this.pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { alpha: false }));
    this.camera = camera;
    this.changed = changed;
    /** @type {import('../state.js').SplitMode} what is done; it ends when the server composes again */
    this.mode = 'off';
    this.active = false;
    /** @type {MediaStream|null} of the server */
    this.stream = null;
    this.returned = Object.assign(document.createElement('video'), { muted: true, playsInline: true });
    this.times = /** @type {Times<Own>} */ (new Times());
    /** @type {HTMLCanvasElement[]} */
    this.spare = [];
    this.garment = document.createElement('canvas');
    this.eye = document.createElement('canvas');
    this.begin();
    store.addEventListener('preview', () => this.begin());
    store.watch(['split'], ({ split }) => this.#choose(split));
    this.#eachPicture(camera, (_, about) => this.#takeOwn(about));
    this.#eachPicture(this.returned, (now, about) => this.#takeReturned(now, about));
  }

  /** What the server returns, if anything. @param {MediaStream|null} stream */
  show(stream) {
    this.stream = stream;
    this.begin();
    this.#play();
  }

  /** @param {import('../state.js').SplitMode} split */
  #choose(split) {
    if (split !== 'off' && !canSplit()) return this.#giveUp();
    if (split === 'off' && this.stream && this.mode !== 'off') return; // layers are still on their way
    this.mode = split;
    this.begin();
    this.#play();
  }

  #play() {
    const stream = this.mode === 'off' ? null : this.stream;
    if (this.returned.srcObject !== stream) this.returned.srcObject = stream;
    if (stream) return void this.returned.play().catch(() => {}); // stopped before it began
    this.spare.length = 0;
    this.#show(false);
  }

  /** @param {boolean} active */
  #show(active) {
    if (this.active === active) return;
    this.active = active;
    this.changed();
    this.store.set({ composing: active }); // only now layers may come
  }

  /** Camera, connection or mode are new. */
  begin() {
    for (const own of this.times.own) this.#free(own);
    this.times.reset();
    /** @type {Layer|null} */
    this.layer = null;
    this.whole = true;
    this.busy = false;
    /** @type {number|null} when a layer was placed last, or the first one came */
    this.placed_ms = null;
    this.motion = STILL;
  }

  #giveUp() {
    this.client.setSplit('off');
    this.client.notify('no_split');
  }

  /** @param {HTMLVideoElement} video @param {(now_ms: number, about: any) => void} take */
  #eachPicture(video, take) {
    if (!video.requestVideoFrameCallback) return;
    const next = (/** @type {number} */ now_ms, /** @type {any} */ about) => {
      video.requestVideoFrameCallback(next);
      if (this.returned.srcObject) take(now_ms, about);
    };
    video.requestVideoFrameCallback(next);
  }

  /** @param {any} about  VideoFrameCallbackMetadata */
  #takeOwn({ mediaTime, captureTime, presentationTime }) {
    const { newest } = this.times;
    const frame = new VideoFrame(this.camera); // may be newer than the one that this call is about
    const { displayWidth: width, displayHeight: height } = frame;
    const media_ms = frame.timestamp / 1000;
    if (newest?.media_ms === media_ms) return frame.close();
    const live = this.mode === 'live';
    if (newest && live) this.#free(newest); // of it only the small picture is still needed
    const picture = this.spare.pop() ?? document.createElement('canvas');
    resize(picture, { width, height });
    penOf(picture).drawImage(frame, 0, 0, width, height);
    frame.close();
    const small = pyramid(this.#shrunk(picture));
    if (newest && (newest.width !== width || newest.height !== height)) this.layer = null; // turned: it fits no longer
    const taken_ms = (captureTime ?? presentationTime) + media_ms - 1000 * mediaTime;
    const most = Math.min(KEPT.most, Math.max(KEPT.least, Math.round(KEPT.px / (width * height))));
    for (const old of this.times.add({ media_ms, taken_ms, width, height, picture, small }, most)) this.#free(old);
    if (live && !this.whole) this.#drawLive();
  }

  /** @param {number} now_ms @param {any} about  VideoFrameCallbackMetadata */
  async #takeReturned(now_ms, { rtpTimestamp, mediaTime, width, height }) {
    const { newest } = this.times;
    this.client.frameShown(now_ms, width, height);
    const receiver = this.client.session?.peer?.transceiver.receiver;
    const captured_ms = receiver && capturedAt(receiver.getSynchronizationSources(), rtpTimestamp, performance.timeOrigin);
    const own = this.times.match(rtpTimestamp, captured_ms ?? null);
    if (!newest) return; // who knows what it is
    this.whole = !isLayer({ width, height }, newest);
    if (this.whole) return this.#showWhole({ width, height });
    this.placed_ms = own ? now_ms : (this.placed_ms ?? now_ms);
    if (now_ms - this.placed_ms > PATIENCE_MS) this.#giveUp();
    if (!own || this.busy) return;
    this.busy = true;
    const bytes = await bytesOf(this.returned, mediaTime);
    this.busy = false;
    if (!bytes || this.whole || !this.times.own.includes(own)) return;
    this.layer = this.#layerOf(own, bytes, { width, height });
    if (this.mode === 'synced') this.#draw(own, STILL); // else it is drawn with the next own picture
  }

  /** @param {Size} size */
  #showWhole(size) {
    if (this.returned.videoHeight !== size.height) return; // the next picture is there already, and no whole one
    this.layer = null;
    resize(this.canvas, size);
    this.pen.drawImage(this.returned, 0, 0, size.width, size.height);
    this.#drawn(null);
    if (this.store.state.split !== 'off') return;
    this.mode = 'off';
    this.begin();
    this.#play();
  }

  /** @param {Own} own @param {Uint8Array} bytes @param {Size} size  of the packed picture @returns {Layer} */
  #layerOf(own, bytes, { width, height }) {
    const cut = unpack(bytes, width, height);
    if (cut) {
      resize(this.garment, cut);
      penOf(this.garment).putImageData(new ImageData(/** @type {any} */ (cut.rgba), cut.width, cut.height), 0, 0);
    }
    return { own, size: { width, height: height / 2 }, weight: pyramid(weightOf(bytes, width, height, own.small[0])), at: cut };
  }

  #drawLive() {
    const { newest } = this.times;
    if (!newest) return;
    if (this.layer?.at) this.motion = motionBetween(this.layer.own.small, newest.small, this.layer.weight, this.motion);
    this.#draw(newest, this.motion);
  }

  /** @param {Own} own @param {Motion} motion  of the layer since it was made */
  #draw(own, motion) {
    if (!own.picture) return;
    const { pen, layer } = this;
    resize(this.canvas, own);
    pen.drawImage(own.picture, 0, 0);
    if (layer?.at) {
      const scale = own.width / layer.size.width;
      pen.setTransform(...transformOf(motion, own));
      const { x, y } = layer.at;
      pen.drawImage(this.garment, scale * x, scale * y, scale * this.garment.width, scale * this.garment.height);
      pen.resetTransform();
    }
    this.#drawn({ own_ms: own.media_ms, layer_ms: layer?.own.media_ms ?? null, motion });
  }

  /** @param {{own_ms: number, layer_ms: number|null, motion: Motion}|null} what  null: a whole picture, as it came */
  #drawn(what) {
    this.#show(true);
    this.store.emit('drawn', what);
  }

  /** @param {HTMLCanvasElement} picture @returns {Small} */
  #shrunk(picture) {
    const size = smallSize(picture.width, picture.height);
    resize(this.eye, size);
    const pen = penOf(this.eye, true);
    pen.imageSmoothingQuality = 'medium'; // means, no samples
    pen.drawImage(picture, 0, 0, size.width, size.height);
    return lumaOf(pen.getImageData(0, 0, size.width, size.height).data, size);
  }

  /** @param {Own} own  its canvas is used again */
  #free(own) {
    if (own.picture) this.spare.push(own.picture);
    own.picture = null;
  }
}

/** @param {Motion} motion @param {Size} size @returns {[number, number, number, number, number, number]} for a canvas of that size */
export function transformOf([a, b, x, y], { width, height }) {
  const [u, v] = [0.5 * width, 0.5 * height];
  return [1 + a, b, -b, 1 + a, u + x * width - (1 + a) * u + b * v, v + y * width - b * u - (1 + a) * v];
}

/** @param {HTMLCanvasElement} canvas @param {Size} size */
function resize(canvas, { width, height }) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
}

/**
 * @param {HTMLVideoElement} video @param {number} mediaTime  of the picture that is wanted
 * @returns {Promise<Uint8Array|null>} RGBA; null if the video shows a newer one already, or nothing
 */
async function bytesOf(video, mediaTime) {
  try {
    const frame = new VideoFrame(video);
    try {
      if (Math.abs(frame.timestamp - 1e6 * mediaTime) > 1) return null;
      const layout = /** @type {VideoFrameCopyToOptions} */ ({ format: 'RGBA', rect: frame.visibleRect });
      const bytes = new Uint8Array(frame.allocationSize(layout));
      await frame.copyTo(bytes, layout);
      return bytes;
    } finally {
      frame.close();
    }
  } catch {
    return null;
  }
}
