import assert from 'node:assert/strict';
import { test } from 'node:test';
import { framingWords } from './question-frames.ts';
import { tokenize } from './tokenizer.ts';

const framing = (question: string, language = 'en'): string[] => {
  const words = tokenize(question).map(({ word }) => word);
  return [...framingWords(words, language)];
};

test('words that only frame a question are told from what it asks about', () => {
  assert.deepEqual(framing('How does drop check work?'), ['work']);
  assert.deepEqual(framing('how a jake brake works'), ['works']);
  assert.deepEqual(framing("What does 'plastid' mean?"), ['mean']);
  assert.deepEqual(framing('what is the meaning of shalom'), ['meaning']);
  assert.deepEqual(framing('where can I read about locks'), ['read']);
  assert.deepEqual(framing('an example of closures'), ['example']);
  assert.deepEqual(framing('Wie funktioniert ein Schloss', 'de'), ['funktioniert']);
  assert.deepEqual(framing('¿Qué significa ctenóforo en griego?', 'es'), ['significa']);
});

test('the same words are meant where they frame nothing', () => {
  for (const text of [
    'work at night',
    'mean of a sample',
    'how did Tesla finance his work',
    'explain analyze',
    'read only',
  ]) {
    assert.deepEqual(framing(text), [], text);
  }
  assert.deepEqual(framing('how does drop check work', 'de'), []);
});
