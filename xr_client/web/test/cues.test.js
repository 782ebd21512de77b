import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cues, signOf } from '../src/ui/cues.js';

const at = (step, hint = null, progress = 0) => ({ step, hint, say: null, progress });

test('each_turn_of_a_scan_has_a_sign_of_its_own', () => {
  assert.equal(signOf(at('ready'), at('waiting')), null);
  assert.equal(signOf(at('waiting'), at('front', 'step_back')), 'correct');
  assert.equal(signOf(at('front', 'step_back'), at('front', 'step_back')), null);
  assert.equal(signOf(at('front', 'step_back'), at('front', 'hold', 0.01)), 'hold');
  assert.equal(signOf(at('front', 'hold', 0.01), at('front', 'hold', 0.02)), null);
  assert.equal(signOf(at('front', 'hold', 0.09), at('front', 'hold', 0.11)), 'tick');
  assert.equal(signOf(at('front', 'hold', 0.5), at('side', 'turn_sideways', 0.5)), 'turn');
  assert.equal(signOf(at('side', 'hold', 0.9), at('refused', 'lost')), 'refused');
  assert.equal(signOf(at('refused', 'lost'), at('refused', 'lost')), null);
});

test('words_are_said_by_a_voice_of_the_device_alone_and_not_twice_at_once', (context) => {
  const spoken = [];
  const voices = [{ lang: 'en-US', localService: false, name: 'far' }, { lang: 'en-GB', localService: true, name: 'own' }];
  globalThis.speechSynthesis = { getVoices: () => voices, speak: (utterance) => spoken.push(utterance), cancel: () => {} };
  globalThis.SpeechSynthesisUtterance = class {
    constructor(text) {
      this.text = text;
    }
  };
  context.after(() => ['speechSynthesis', 'SpeechSynthesisUtterance'].forEach((name) => delete globalThis[name]));
  const cues = new Cues();
  cues.give('correct', 'Step back.', 'en');
  cues.give('correct', 'Step back.', 'en');
  cues.give('tick', 'Hold still.', 'en');
  assert.deepEqual(spoken.map(({ text, voice }) => [text, voice.name]), [['Step back.', 'own']]);
  cues.give('correct', '请往后退', 'zh');
  assert.equal(spoken.length, 1, 'no voice of the device speaks it');
  cues.on = false;
  cues.give('refused', 'Try again.', 'en');
  assert.equal(spoken.length, 1);
});
