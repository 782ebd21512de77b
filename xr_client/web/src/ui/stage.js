/** The picture: composed video, the camera's own while that is on its way, or a photo. */
import { isSplit } from '../fitmap.js';
import { byId } from './dom.js';
import { Split } from './split.js';
import { MAX_LOSS, MAX_PHOTO_LOSS, coverSize, uprightSize, wholeHeight } from './fit.js';

const AMBIENCE_MS = 250;

/** @typedef {HTMLVideoElement|HTMLImageElement|HTMLCanvasElement} Picture */

/** @param {Picture} element @returns {{width: number, height: number}} of its pixels */
function pixels(element) {
  if (element instanceof HTMLCanvasElement) return element;
  return element instanceof HTMLVideoElement
    ? { width: element.videoWidth, height: element.videoHeight }
    : { width: element.naturalWidth, height: element.naturalHeight };
}

export class Stage {
  /** @param {import('../state.js').Store} store @param {import('../client.js').Client} client */
  constructor(store, client) {
    this.stage = byId('stage');
    this.client = client;
    /** @type {HTMLVideoElement} */
    this.mirror = byId('mirror');
    /** @type {HTMLVideoElement} */
    this.preview = byId('preview');
    /** @type {HTMLImageElement} */
    this.photo = byId('photo');
    /** @type {HTMLCanvasElement} */
    this.canvas = byId('split');
    this.split = new Split(store, client, this.canvas, this.preview, () => this.#showPicture());
    /** @type {MediaStream|null} what the server returns */
    this.returned = null;
    const pictures = [this.mirror, this.canvas, this.preview, this.photo];
    for (const picture of pictures) {
      for (const event of ['loadedmetadata', 'load', 'resize']) picture.addEventListener(event, () => this.#fit(picture));
    }
    new ResizeObserver(() => pictures.forEach((picture) => this.#fit(picture))).observe(this.stage);
    store.addEventListener('preview', (event) => this.#play(this.preview, /** @type {CustomEvent} */ (event).detail));
    store.addEventListener('picture', (event) => this.#receive(/** @type {CustomEvent} */ (event).detail));
    store.addEventListener('drawn', () => this.#fitDrawn());
    store.watch(['mirror'], ({ mirror }) => this.stage.classList.toggle('mirrored', mirror));
    store.watch(['look'], ({ look }) => {
      this.look = look;
      this.#fit(this.#shown);
    });
    store.watch(['fit'], (state) => {
      if (this.halved === isSplit(state)) return;
      this.halved = isSplit(state);
      this.#fit(this.#shown);
    });
    store.watch(['scan'], ({ scan }) => {
      if (this.measured === (scan !== null)) return;
      this.measured = scan !== null;
      this.#fit(this.#shown);
    });
    store.watch(['photo'], ({ photo }) => this.#showPhoto(photo));
    this.#watchFrames();
    setInterval(() => this.#ambience(store.state.phase), AMBIENCE_MS);
  }

  /** @param {HTMLVideoElement} video @param {MediaStream|null} stream */
  #play(video, stream) {
    video.srcObject = stream;
    if (stream) video.play().catch(() => {}); // stopped before it began
  }

  /** The element that shows the live picture. */
  get #shown() {
    return this.split.active ? this.canvas : this.mirror;
  }

  /** @param {MediaStream|null} stream  of the server */
  #receive(stream) {
    this.returned = stream;
    this.split.show(stream);
    if (!this.split.active) this.#play(this.mirror, stream);
  }

  /** `video#mirror` shows the composed picture, whoever composes it. */
  #showPicture() {
    const { active } = this.split;
    this.stage.classList.toggle('split', active);
    this.#play(this.mirror, active ? this.canvas.captureStream() : this.returned);
    this.#fit(this.#shown);
  }

  /** A canvas does not tell when its size changes. */
  #fitDrawn() {
    const { width, height } = this.canvas;
    if (this.drawn === width / height) return;
    this.drawn = width / height;
    this.#fit(this.canvas);
  }

  /** Decoded first, so that the old picture stays until the new one is there. @param {Blob|null} photo */
  async #showPhoto(photo) {
    this.wanted = photo;
    const next = new Image();
    if (photo) {
      next.src = URL.createObjectURL(photo);
      await next.decode().catch(() => {}); // what cannot be decoded shows as nothing
    }
    const last = this.wanted === photo ? this.photo.src : next.src;
    if (this.wanted === photo) {
      this.photo.hidden = !photo;
      if (photo) this.photo.src = next.src;
      else this.photo.removeAttribute('src');
    }
    URL.revokeObjectURL(last);
  }

  /** @param {Picture} picture */
  #fit(picture) {
    const size = pixels(picture);
    if (!size.width || !this.stage.clientWidth) return;
    const room = { width: this.stage.clientWidth, height: this.stage.clientHeight };
    const upright = picture === this.#shown && this.look !== 'mirror';
    const loss = picture === this.photo ? MAX_PHOTO_LOSS : this.halved ? 0 : MAX_LOSS; // both halves are seen
    const large = upright ? uprightSize(size, room) : coverSize(size, room, loss);
    const shown = this.measured ? wholeHeight(large, room) : large;
    picture.style.width = `${shown.width}px`;
    picture.style.height = `${shown.height}px`;
    if (picture !== this.#shown) return;
    this.stage.style.setProperty('--picture', `${shown.height}px`);
    for (const id of ['marks', 'fit-marks']) {
      byId(id).style.width = `${shown.width}px`;
      byId(id).style.height = `${shown.height}px`;
    }
  }

  #watchFrames() {
    const video = this.mirror;
    const shown = (/** @type {number} */ now) => {
      if (this.split.mode === 'off') this.client.frameShown(now, video.videoWidth, video.videoHeight);
    };
    if (!video.requestVideoFrameCallback) {
      video.addEventListener('timeupdate', () => shown(performance.now()));
      return;
    }
    const next = (/** @type {number} */ now) => {
      shown(now);
      video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
  }

  /** Bars beside the picture take its own colours. @param {string} phase */
  #ambience(phase) {
    const picture = phase === 'photo' ? this.photo : phase === 'live' ? this.#shown : this.preview;
    if (!pixels(picture).width || document.visibilityState !== 'visible') return;
    const { width, height } = byId('ambience');
    byId('ambience').getContext('2d').drawImage(picture, 0, 0, width, height);
  }
}
