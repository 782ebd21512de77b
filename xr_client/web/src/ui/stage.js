/** The picture: composed video, the camera's own while that is on its way, or a photo. */
import { byId } from './dom.js';
import { MAX_LOSS, MAX_PHOTO_LOSS, coverSize, uprightSize } from './fit.js';

const AMBIENCE_MS = 250;

/** @param {HTMLVideoElement|HTMLImageElement} element @returns {{width: number, height: number}} of its pixels */
function pixels(element) {
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
    const pictures = [this.mirror, this.preview, this.photo];
    for (const picture of pictures) {
      for (const event of ['loadedmetadata', 'load', 'resize']) picture.addEventListener(event, () => this.#fit(picture));
    }
    new ResizeObserver(() => pictures.forEach((picture) => this.#fit(picture))).observe(this.stage);
    store.addEventListener('preview', (event) => this.#play(this.preview, /** @type {CustomEvent} */ (event).detail));
    store.addEventListener('picture', (event) => this.#play(this.mirror, /** @type {CustomEvent} */ (event).detail));
    store.watch(['mirror'], ({ mirror }) => this.stage.classList.toggle('mirrored', mirror));
    store.watch(['look'], ({ look }) => {
      this.look = look;
      this.#fit(this.mirror);
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

  /** @param {HTMLVideoElement|HTMLImageElement} picture */
  #fit(picture) {
    const size = pixels(picture);
    if (!size.width || !this.stage.clientWidth) return;
    const room = { width: this.stage.clientWidth, height: this.stage.clientHeight };
    const upright = picture === this.mirror && this.look !== 'mirror';
    const shown = upright ? uprightSize(size, room) : coverSize(size, room, picture === this.photo ? MAX_PHOTO_LOSS : MAX_LOSS);
    picture.style.width = `${shown.width}px`;
    picture.style.height = `${shown.height}px`;
    if (picture !== this.mirror) return;
    byId('marks').style.width = `${shown.width}px`;
    byId('marks').style.height = `${shown.height}px`;
  }

  #watchFrames() {
    const video = this.mirror;
    const shown = (/** @type {number} */ now) => this.client.frameShown(now, video.videoWidth, video.videoHeight);
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
    const picture = phase === 'photo' ? this.photo : phase === 'live' ? this.mirror : this.preview;
    if (!pixels(picture).width || document.visibilityState !== 'visible') return;
    const { width, height } = byId('ambience');
    byId('ambience').getContext('2d').drawImage(picture, 0, 0, width, height);
  }
}
