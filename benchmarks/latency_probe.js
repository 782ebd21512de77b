// Glass to glass, as a page sees it: a canvas camera stamps every frame it sends with a number, and the number is
// read back from the returned picture. Installed before the page's own scripts, in place of the real camera.
(() => {
  const WIDTH = 640, HEIGHT = 480, FPS = 30, BITS = 12, BLOCK = 24;
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const pen = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  const reader = document.createElement('canvas');
  reader.width = (BITS + 1) * 4;
  reader.height = 4;
  const eye = reader.getContext('2d', { alpha: false, willReadFrequently: true });
  const sentAt = new Float64Array(1 << BITS);
  const patchAt = new Map();
  const film = document.createElement('video');
  let count = 0;

  const parity = (n) => { let p = 0; for (let v = n; v; v >>= 1) p ^= v & 1; return p; };

  function patch(source, sx, sy) { // mean colour of the middle of the torso
    eye.drawImage(source, 300 * sx, 215 * sy, 40 * sx, 40 * sy, 0, 0, 4, 4);
    const d = eye.getImageData(0, 0, 4, 4).data;
    const mean = [0, 0, 0];
    for (let i = 0; i < 16; i++) for (let c = 0; c < 3; c++) mean[c] += d[4 * i + c] / 16;
    return mean;
  }

  function shoot() {
    pen.fillStyle = '#6b665f';
    pen.fillRect(0, 0, WIDTH, HEIGHT);
    if (film.videoWidth) {
      const w = HEIGHT * film.videoWidth / film.videoHeight;
      pen.drawImage(film, (WIDTH - w) / 2, 0, w, HEIGHT);
    }
    const number = count++ % (1 << BITS);
    for (let bit = 0; bit <= BITS; bit++) {
      const on = bit < BITS ? (number >> bit) & 1 : parity(number);
      pen.fillStyle = on ? '#fff' : '#000';
      pen.fillRect(bit * BLOCK, 0, BLOCK, BLOCK);
    }
    sentAt[number] = performance.now();
    patchAt.set(number, patch(canvas, 1, 1));
  }

  function read(video) { // the number in the returned picture, or -1
    const sx = video.videoWidth / WIDTH, sy = video.videoHeight / HEIGHT;
    eye.drawImage(video, 0, 0, (BITS + 1) * BLOCK * sx, BLOCK * sy, 0, 0, reader.width, reader.height);
    const d = eye.getImageData(0, 0, reader.width, reader.height).data;
    const bit = (i) => (d[4 * (1 * reader.width + 4 * i + 1)] + d[4 * (2 * reader.width + 4 * i + 2)]) / 2 > 110 ? 1 : 0;
    let number = 0;
    for (let i = 0; i < BITS; i++) number |= bit(i) << i;
    return bit(BITS) === parity(number) ? number : -1;
  }

  const probe = { rows: [], clickedAt: 0 }; // a row: [seen at, number, latency ms, returned - sent colour of the torso]
  probe.watch = (video) => {
    const onFrame = () => {
      video.requestVideoFrameCallback(onFrame);
      const now = performance.now();
      const number = read(video);
      if (number < 0 || !sentAt[number] || now - sentAt[number] > 20000) return;
      const got = patch(video, video.videoWidth / WIDTH, video.videoHeight / HEIGHT);
      const sent = patchAt.get(number) ?? got;
      const change = Math.hypot(...got.map((value, i) => value - sent[i]));
      probe.rows.push([now, number, now - sentAt[number], change, ...got]);
    };
    video.requestVideoFrameCallback(onFrame);
  };
  probe.camera = async () => {
    if (!film.src) {
      film.muted = film.loop = true;
      film.src = '/static/demo_shopper.webm';
      await film.play();
      shoot();
      setInterval(shoot, 1000 / FPS);
    }
    return canvas.captureStream(FPS);
  };
  Object.assign(window, { probe });
  if (navigator.mediaDevices) {
    navigator.mediaDevices.getUserMedia = () => probe.camera();
    navigator.mediaDevices.enumerateDevices = async () => [{ kind: 'videoinput', deviceId: 'probe', groupId: '', label: 'probe' }];
  }
})();
