// Clients of the standards, as plain as they come; run by test_standards.py on a page of the server.

async function seen(stream) {  // what is in the middle and in the corner of the tenth frame
  const video = document.createElement('video');
  video.muted = true; video.srcObject = stream; await video.play();
  for (let n = 0; n < 10; n++) await new Promise((done) => video.requestVideoFrameCallback(done));
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(video, 0, 0);
  const luma = (x, y) => {
    const [r, g, b] = context.getImageData(x, y, 1, 1).data;
    return 0.3 * r + 0.59 * g + 0.11 * b;
  };
  return { size: [canvas.width, canvas.height], middle: luma(canvas.width / 2, canvas.height / 2), corner: luma(8, 8) };
}

globalThis.whip = async ({ token, audio }) => {
  const send = async (path, method, body, headers) => {
    const answer = await fetch(path, { method, body, headers: { Authorization: `Bearer ${token}`, ...headers } });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  const call = async (pc, path) => {
    await pc.setLocalDescription();
    const answer = await send(path, 'POST', pc.localDescription.sdp, { 'Content-Type': 'application/sdp' });
    if (answer.status === 201) await pc.setRemoteDescription({ type: 'answer', sdp: answer.text });
    return answer;
  };
  const camera = await navigator.mediaDevices.getUserMedia({ video: { width: 320, height: 240 }, audio });
  const up = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  for (const track of camera.getTracks()) up.addTransceiver(track, { direction: 'sendonly' });
  const came = await call(up, '/whip?garment=block&size=M');
  const ufrag = up.localDescription.sdp.match(/a=ice-ufrag:(.*)/)[1];
  const pwd = up.localDescription.sdp.match(/a=ice-pwd:(.*)/)[1];
  const fragment = `a=ice-ufrag:${ufrag}\r\na=ice-pwd:${pwd}\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n`;
  const patched = await send(came.headers.get('location'), 'PATCH', fragment, {
    'Content-Type': 'application/trickle-ice-sdpfrag', 'If-Match': came.headers.get('etag') });
  const down = new RTCPeerConnection();
  down.addTransceiver('video', { direction: 'recvonly' });
  if (audio) down.addTransceiver('audio', { direction: 'recvonly' });
  const arrived = new Promise((done) => { down.ontrack = ({ track }) => track.kind === 'video' && done(track); });
  const watched = await call(down, came.headers.get('location').replace('whip', 'whep'));
  const picture = await seen(new MediaStream([await arrived]));
  const ended = await send(came.headers.get('location'), 'DELETE');
  up.close(); down.close();
  return { came: came.status, patched: patched.status, watched: watched.status, ended: ended.status, picture };
};

globalThis.unity = async ({ token, audio }) => {
  const id = crypto.randomUUID();
  const socket = new WebSocket(`ws://${location.host}/unity?token=${token}&garment=block`);
  const open = new Promise((done) => { socket.onopen = done; });
  const say = (type, data) => socket.send(JSON.stringify({ from: id, to: '', type, data: { connectionId: id, ...data } }));
  const camera = await navigator.mediaDevices.getUserMedia({ video: { width: 320, height: 240 }, audio });
  const pc = new RTCPeerConnection();
  const arrived = new Promise((done) => { pc.ontrack = ({ track }) => done(track); });
  pc.onicecandidate = ({ candidate }) => candidate && say('candidate', candidate.toJSON());
  pc.onnegotiationneeded = async () => { await pc.setLocalDescription(); say('offer', { sdp: pc.localDescription.sdp }); };
  const said = [];
  socket.onmessage = async ({ data }) => {
    const message = JSON.parse(data);
    said.push(message.type);
    if (message.type === 'connect')
      for (const track of camera.getTracks()) pc.addTransceiver(track, { direction: 'sendonly' });
    if (message.type === 'offer' || message.type === 'answer')
      await pc.setRemoteDescription({ type: message.type, sdp: message.data.sdp });  // the polite end rolls back by itself
    if (message.type === 'offer') {
      await pc.setLocalDescription();
      say('answer', { sdp: pc.localDescription.sdp });
    }
  };
  await open;
  socket.send(JSON.stringify({ type: 'connect', connectionId: id }));
  const picture = await seen(new MediaStream([await arrived]));
  socket.send(JSON.stringify({ type: 'disconnect', connectionId: id }));
  while (!said.includes('disconnect')) await new Promise((done) => setTimeout(done, 50));
  pc.close(); socket.close();
  return { said, picture };
};
undefined;  // the value of the script
