import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { Tokenizer } from 'htmlparser2';
import { LESS, tokenize } from './markup-tokenizer.ts';
import { withUnits } from './source-units.ts';
import { tagName } from './tag-names.ts';

type Event = readonly [kind: string, ...unknown[]];

/** What a sink is told of `markup`, in order; of tags that the page breaks off in nothing. */
function eventsOf(markup: string, isForeign = false): Event[] {
  const events: Event[] = [];
  let open: Event[] = [];
  withUnits(markup, LESS, (units) =>
    tokenize(units, markup.length, {
      text: (start, end) => events.push(['text', start, end]),
      beginTag: (name) => (open = [['begin', name]]),
      attribute: (name, start, end) => open.push(['attribute', name, markup.slice(start, end)]),
      endTag: (end, isSelfClosed) => events.push(...open, ['end', end, isSelfClosed]),
      closeTag: (name, start, end) => events.push(['close', name, start, end]),
      data: (start, end) => events.push(['data', start, end]),
      isForeign: () => isForeign,
    }),
  );
  return events;
}

/** The same by the tokenizer of htmlparser2. */
function peerEventsOf(markup: string, isForeign: boolean): Event[] {
  const events: Event[] = [];
  let open: Event[] = [];
  let value = '';
  const nameOf = (start: number, end: number): string => tagName(markup, start, end);
  const end = (at: number, isSelfClosed: boolean): void => {
    events.push(...open, ['end', at, isSelfClosed]);
  };
  const peer = new Tokenizer(
    { xmlMode: false, decodeEntities: false },
    {
      ontext(start, to) {
        // What it makes of tags in which the page breaks off is no text.
        const isBroken =
          to === markup.length && markup[start - 1] === '<' && /^[a-z]/i.test(markup.slice(start));
        if (start >= 0 && !isBroken) events.push(['text', start, to]);
      },
      ontextentity: () => assert.fail(),
      onattribentity: () => assert.fail(),
      onopentagname: (start, to) => (open = [['begin', nameOf(start, to)]]),
      onattribname(start, to) {
        value = '';
        open.push(['attribute', nameOf(start, to)]);
      },
      onattribdata: (start, to) => (value = markup.slice(start, to)),
      onattribend: () => (open[open.length - 1] = [...(open.at(-1) ?? ['']), value]),
      onopentagend: (at) => end(at, false),
      // White space between slash and bracket makes it an ordinary tag.
      onselfclosingtag: (at) => end(at, markup[at - 1] === '/'),
      onclosetag: (start, to) => events.push(['close', nameOf(start, to), start, to]),
      oncdata: (start, to, behind) => events.push(['data', start, to - behind]),
      oncomment(start, to) {
        if (markup.startsWith('<![CDATA[', start - 2)) events.push(['data', start + '[CDATA['.length, to]);
      },
      ondeclaration: () => undefined,
      onprocessinginstruction: () => assert.fail(),
      onend: () => undefined,
      isInForeignContext: () => isForeign,
    },
  );
  peer.write(markup);
  peer.end();
  return events;
}

const PIECES = (
  '<|>|/|</|<!|<!-|<!--|-->|--!>|->|-|!|<?|?|=|"|\'| |\n|\t|\f|&|&amp;|a|B|x=y|id="v"|title|TITLE|<p>|<br/>|<a href=/x>|</p>|' +
  '<script|</script|<style>|</STYLE>|<title>|</title|<textarea>|</textarea >|<xmp>|</xmp>|<iframe>|<plaintext>|<svg>|' +
  '<![CDATA[|<![CDAT|]]>|]|<!DOCTYPE html>|<!doc|é|中|\0|' +
  'n'.repeat(70)
).split('|');
const markup = fc
  .array(fc.constantFrom(...PIECES), { maxLength: 24, size: 'max' })
  .map((pieces) => pieces.join(''));

describe('the tokenizer of pages', () => {
  test('finds what that of htmlparser2 finds, where it finds it', () => {
    fc.assert(
      fc.property(markup, fc.boolean(), (page, isForeign) => {
        assert.deepEqual(eventsOf(page, isForeign), peerEventsOf(page, isForeign));
      }),
      { numRuns: 2000 },
    );
  });

  test('takes nothing for a tag that the page breaks off in', () => {
    for (const page of [
      '<p',
      '<p a',
      '<p a=',
      '<p a="b>',
      '<p a=b',
      '<p/',
      '</p',
      '<title',
      '<!',
      '<!-',
      '<!--',
      '<?',
    ]) {
      assert.deepEqual(eventsOf(page), [], page);
    }
  });

  test('is told nothing by what an earlier and longer page has left in its row', () => {
    eventsOf('<b>'.repeat(100));
    assert.deepEqual(eventsOf('</'), [['text', 0, 2]]);
    assert.deepEqual(eventsOf('<'), [['text', 0, 1]]);
    assert.deepEqual(eventsOf('<!'), []);
    assert.deepEqual(eventsOf('<script>a</script'), eventsOf(`<script>a</script`));
  });
});
