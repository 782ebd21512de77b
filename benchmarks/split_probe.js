// What somebody sees who moves: when each numbered camera frame is in the composed picture, and where the garment is in it.
// Installed before the page's own scripts; the camera's film bears a number in blocks along its upper edge.
(() => {
  const BITS = 12, BLOCK = 24, WIDE = 160, HIGH = 120;
  const small = new OffscreenCanvas(WIDE, HIGH).getContext('2d', { alpha: false, willReadFrequently: true });
  const strip = new OffscreenCanvas((BITS + 1) * 4, 4).getContext('2d', { alpha: false, willReadFrequently: true });
  const probe = { rows: [], plain: [] }; // [seen at, number] in a plain video; a row: [seen at, number, x of the garment (of 640), layer's age ms or -1]
  Object.assign(window, { probe });

  function numberIn(source, width, height) { // -1 where there is none
    strip.drawImage(source, 0, 0, ((BITS + 1) * BLOCK * width) / 640, (BLOCK * height) / 480, 0, 0, (BITS + 1) * 4, 4);
    const { data } = strip.getImageData(0, 0, (BITS + 1) * 4, 4);
    const on = (bit) => data[4 * (2 * (BITS + 1) * 4 + 4 * bit + 2)] > 127;
    let number = 0, odd = false;
    for (let bit = 0; bit < BITS; bit++) if (on(bit)) { number |= 1 << bit; odd = !odd; }
    return on(BITS) === odd ? number : -1;
  }

  function garmentX(source) { // middle of all that is teal, as the T-shirt is and nothing else here
    small.drawImage(source, 0, 0, WIDE, HIGH);
    const { data } = small.getImageData(0, 0, WIDE, HIGH);
    let sum = 0, count = 0;
    for (let i = 0; i < WIDE * HIGH; i++) {
      const [red, green, blue] = [data[4 * i], data[4 * i + 1], data[4 * i + 2]];
      if (green - red < 50 || Math.abs(blue - green) > 40) continue;
      sum += (i % WIDE) + 0.5;
      count++;
    }
    return count > 200 ? (640 / WIDE) * (sum / count) : -1;
  }

  function note(source, width, height, age_ms) {
    const number = numberIn(source, width, height);
    if (number < 0) return;
    const x = garmentX(source);
    requestAnimationFrame((at) => probe.rows.push([at, number, x, age_ms])); // then it is on the screen
  }

  probe.watch = () => {
    const plain = Object.assign(document.createElement('video'), { muted: true });
    lookglass.events.addEventListener('preview', ({ detail }) => {
      plain.srcObject = detail;
      if (detail) plain.play();
    });
    const onPlain = (now) => {
      plain.requestVideoFrameCallback(onPlain);
      const number = numberIn(plain, plain.videoWidth, plain.videoHeight);
      if (number >= 0) requestAnimationFrame((at) => probe.plain.push([at, number]));
    };
    plain.requestVideoFrameCallback(onPlain);
    const mirror = document.querySelector('video#mirror'), canvas = document.querySelector('canvas#split');
    const onMirror = () => {
      mirror.requestVideoFrameCallback(onMirror);
      if (lookglass.state.split === 'off') note(mirror, mirror.videoWidth, mirror.videoHeight, -1);
    };
    mirror.requestVideoFrameCallback(onMirror);
    lookglass.events.addEventListener('drawn', ({ detail }) => {
      const age_ms = detail?.layer_ms == null ? -1 : detail.own_ms - detail.layer_ms;
      note(canvas, canvas.width, canvas.height, age_ms);
    });
  };
})();
