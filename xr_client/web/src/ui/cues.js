/** What the guide of a body scan lets be heard: who stands three metres away and looks aside cannot read it. */
import { secondsLeft } from '../scanning.js';

/**
 * @typedef {import('../scanning.js').Scan} Scan
 * @typedef {'tick'|'hold'|'correct'|'turn'|'done'|'refused'} Sign
 */

const VOLUME = 0.3;
const RISE_S = 0.01; // without it a tone begins with a click
const AGAIN_MS = 4000; // before the same words are said once more
const TONES = /** @type {Record<Sign, [number, number][]>} */ ({ // hertz and seconds, one after the other
  tick: [[660, 0.05]],
  hold: [[660, 0.12], [880, 0.2]],
  correct: [[330, 0.2]],
  turn: [[660, 0.12], [550, 0.12], [660, 0.2]],
  done: [[660, 0.12], [880, 0.12], [1320, 0.35]],
  refused: [[330, 0.2], [220, 0.4]],
});

/** What is to be heard when `scan` follows on `before`; null: nothing. @param {Scan} before @param {Scan} scan @returns {Sign|null} */
export function signOf(before, scan) {
  if (scan.step === 'refused') return before.step === 'refused' ? null : 'refused';
  if (scan.step !== 'front' && scan.step !== 'side') return null;
  if (scan.step === 'side' && before.step === 'front') return 'turn';
  if (scan.hint !== before.hint) return scan.hint === 'hold' ? 'hold' : 'correct';
  return secondsLeft(scan) === secondsLeft(before) ? null : 'tick';
}

export class Cues {
  constructor() {
    this.on = true;
    /** @type {AudioContext|null} */
    this.audio = null;
    this.said = { words: '', at: -Infinity };
  }

  /** To be called in a tap: browsers let nothing be heard before one. */
  wake() {
    if (!this.on) return;
    if (globalThis.AudioContext) this.audio ??= new AudioContext();
    this.audio?.resume();
    globalThis.speechSynthesis?.speak(new SpeechSynthesisUtterance('')); // loads the voices, and unlocks them on iOS
  }

  /** Tones, and after them the words, unless they were just said. @param {Sign} sign @param {string} words @param {string} language */
  give(sign, words, language) {
    if (!this.on) return;
    this.#play(sign);
    const again = words === this.said.words && performance.now() - this.said.at < AGAIN_MS;
    if (sign !== 'tick' && !again) this.#say(words, language);
  }

  /** Nothing more is heard. */
  hush() {
    globalThis.speechSynthesis?.cancel();
    this.audio?.close();
    this.audio = null;
    this.said = { words: '', at: -Infinity };
  }

  /** @param {Sign} sign */
  #play(sign) {
    const { audio } = this;
    if (!audio) return;
    let at = audio.currentTime;
    for (const [frequency, seconds] of TONES[sign]) {
      const tone = new OscillatorNode(audio, { frequency });
      const gain = new GainNode(audio, { gain: 0 });
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(VOLUME, at + RISE_S);
      gain.gain.linearRampToValueAtTime(0, at + seconds);
      tone.connect(gain).connect(audio.destination);
      tone.start(at);
      tone.stop(at + seconds);
      at += seconds;
    }
  }

  /** Only by a voice of the device itself: others send the words away. @param {string} words @param {string} language */
  #say(words, language) {
    const speech = globalThis.speechSynthesis;
    const voice = speech?.getVoices().find((one) => one.localService && one.lang.startsWith(language));
    if (!voice) return;
    const utterance = new SpeechSynthesisUtterance(words);
    utterance.voice = voice;
    utterance.lang = voice.lang;
    if (speech.speaking) speech.cancel(); // what was said before is out of date
    speech.speak(utterance);
    this.said = { words, at: performance.now() };
  }
}
