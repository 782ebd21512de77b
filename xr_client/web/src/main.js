/** The try-on page: joins store, client and elements, and shows the client to the outside as `window.lookglass`. */
import { Client } from './client.js';
import { chooseLanguage, loadMessages } from './i18n/i18n.js';
import { readJoin } from './join.js';
import { Store } from './state.js';
import { Memory } from './storage.js';
import { BagDialog } from './ui/bag.js';
import { bindCameras } from './ui/cameras.js';
import { Closer } from './ui/closer.js';
import { consentDialog } from './ui/consent.js';
import { bindCover } from './ui/cover.js';
import { bindFitMap } from './ui/fitmap.js';
import { bindFitMarks } from './ui/fitmarks.js';
import { bindOrbit } from './ui/orbit.js';
import { bindPanel } from './ui/panel.js';
import { bindPeople } from './ui/people.js';
import { bindScan } from './ui/scan.js';
import { SizeDialog } from './ui/size/dialog.js';
import { Stage } from './ui/stage.js';
import { bindStatus } from './ui/status.js';
import { bindTools } from './ui/tools.js';
import { bindWardrobe } from './ui/wardrobe.js';

/** @returns {Storage|null} */
function localStorageOrNull() {
  try {
    return window.localStorage;
  } catch {
    return null; // forbidden by the browser's settings
  }
}

const messages = await loadMessages();
const memory = new Memory(localStorageOrNull());
const remembered = memory.load();
const language = chooseLanguage([...(remembered.language ? [remembered.language] : []), ...navigator.languages]);
const store = new Store({ ...remembered, language, keep: memory.allowed || null });
const client = new Client(store, { memory, join: readJoin(location, history), askConsent: consentDialog(messages, memory) });

bindTools(store, client, messages); // first: sets the language that the others speak
bindCover(store, client, messages);
bindStatus(store, messages);
bindWardrobe(store, client, messages);
bindPeople(store, client, messages);
bindFitMap(store, client, messages);
bindFitMarks(store, messages);
bindScan(store, client, messages);
bindCameras(store, client, messages);
bindPanel(store, client, messages);
bindOrbit(store, client, messages);
new Closer(store, client, messages);
new BagDialog(store, client, messages);
new SizeDialog(store, client, messages);
new Stage(store, client);

/** The page's client, for tests, outside tools and the curious. */
const lookglass = Object.freeze({
  events: /** @type {EventTarget} */ (store),
  get state() {
    return store.state;
  },
  get stats() {
    const { rtt_ms, server, picture } = store.state;
    return { rtt_ms, server, picture };
  },
  start: client.start.bind(client),
  stop: client.stop.bind(client),
  wear: client.fitting.wear.bind(client.fitting),
  foresee: client.fitting.foresee.bind(client.fitting),
  takeOff: client.fitting.takeOff.bind(client.fitting),
  undo: client.fitting.undo.bind(client.fitting),
  chooseSize: client.fitting.chooseSize.bind(client.fitting),
  tuck: client.fitting.tuck.bind(client.fitting),
  setPeople: client.fitting.setPeople.bind(client.fitting),
  choosePerson: client.fitting.choosePerson.bind(client.fitting),
  setHeight: client.setHeight.bind(client),
  tell: client.sizing.learn.bind(client.sizing),
  chooseBody: client.sizing.choose.bind(client.sizing),
  showFitMap: client.fitView.showMap.bind(client.fitView),
  compareSizes: client.fitView.showPair.bind(client.fitView),
  look: client.orbit.show.bind(client.orbit),
  turn: client.orbit.turn.bind(client.orbit),
  setMirror: client.setMirror.bind(client),
  setSplit: client.setSplit.bind(client),
  setLanguage: client.setLanguage.bind(client),
  tryPhoto: client.startPhoto.bind(client),
});
Object.assign(window, { lookglass });

addEventListener('pagehide', () => client.stop()); // says goodbye: the seat is free at once

await client.loadCatalogue();
