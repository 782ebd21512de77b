/** The synthetic shopper as camera: a clip drawn into a canvas, whose stream goes the same way as a real camera's. */

const CLIP = '/static/demo_shopper.webm';
const FRAMES_PER_S = 30;
const LOAD_TIMEOUT_MS = 10000;

/** The clip could not be loaded or played. */
export class DemoError extends Error {
  code = 'demo';
}

/** @param {HTMLVideoElement} clip @returns {Promise<void>} */
function play(clip) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DemoError('timeout')), LOAD_TIMEOUT_MS);
    clip.onloadeddata = () => {
      clearTimeout(timer);
      clip.play().then(resolve, () => reject(new DemoError('play')));
    };
    clip.onerror = () => {
      clearTimeout(timer);
      reject(new DemoError('load'));
    };
    clip.src = CLIP;
  });
}

/** @returns {Promise<MediaStream>} stopping its track also stops the clip @throws {DemoError} */
export async function openDemo() {
  const clip = document.createElement('video');
  Object.assign(clip, { muted: true, loop: true, playsInline: true, preload: 'auto' });
  await play(clip);
  const canvas = document.createElement('canvas');
  canvas.width = clip.videoWidth;
  canvas.height = clip.videoHeight;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { alpha: false }));
  const stream = canvas.captureStream(FRAMES_PER_S);
  const [track] = stream.getVideoTracks();
  track.contentHint = 'motion';
  const draw = () => {
    if (track.readyState === 'ended') {
      clearInterval(timer);
      clip.pause();
      clip.removeAttribute('src');
    } else {
      context.drawImage(clip, 0, 0);
    }
  };
  const timer = setInterval(draw, 1000 / FRAMES_PER_S);
  draw();
  return stream;
}
