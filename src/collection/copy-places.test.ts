import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { copyPlaces, noteCopyPlace } from './copy-places.ts';

test('places that are noted in the same moment are all remembered, the latest last', async (t) => {
  const directory = temporaryDirectory(t);
  const places = Array.from({ length: 20 }, (_, i) => ({
    kind: 'directory' as const,
    place: `/copies/${i}`,
  }));
  await Promise.all(places.map((place) => noteCopyPlace(directory, place)));
  assert.deepEqual(await copyPlaces(directory), places);
});
