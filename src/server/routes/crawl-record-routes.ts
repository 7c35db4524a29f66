/** What crawls did, line by line, and notices of sites whose pages have changed. */

import { Readable } from 'node:stream';

import type { FastifyInstance } from 'fastify';

import { PeregrineError } from '../../base/index.ts';
import { type CrawlRecord, type NoticeAnswer, RECORD_COLUMNS, recordLine } from '../../crawl/index.ts';
import { indexNowBody, indexNowParameters, recordsParameters } from '../crawl-schemas.ts';
import { recordFilter } from '../record-filter.ts';
import { collectionParameter } from '../request-schemas.ts';
import { readableCollection, type ServerContext } from '../server-context.ts';

/** Streams of records at once: each walks through all records of a crawl. */
const STREAMS_AT_ONCE = 4;

/** As the protocol has them: https://www.indexnow.org/documentation. */
const STATUS_OF: Readonly<Record<NoticeAnswer['kind'], number>> = {
  taken: 200,
  malformed: 400,
  unproven: 403,
  foreign: 422,
  busy: 429,
};

export function installCrawlRecordRoutes(server: FastifyInstance, context: ServerContext): void {
  const { engine } = context;
  let streams = 0;

  server.get(
    '/crawl/records',
    {
      config: {
        access: 'crawl',
        answers: 'json',
        description: {
          tag: 'crawl',
          summary: 'What the crawls of a collection did: a line for each address, with the attempts.',
          query: recordsParameters,
          answers: ['application/x-ndjson', 'text/csv'],
          example: { url: '/crawl/records?outcome=indexed&limit=10' },
        },
      },
    },
    async (request, reply) => {
      const parameters = recordsParameters.parse(request.query);
      const collection = readableCollection(context, request, parameters.c);
      if (streams >= STREAMS_AT_ONCE)
        throw new PeregrineError('QUEUE_FULL', 'So many read the records of crawls that you must wait.');
      const records = engine.crawlRecords(collection, recordFilter(parameters));
      const isTable = parameters.format === 'csv';
      const stream = Readable.from(lines(records, isTable));
      streams += 1;
      stream.once('close', () => (streams -= 1));
      return reply
        .type(isTable ? 'text/csv; charset=utf-8' : 'application/x-ndjson; charset=utf-8')
        .header('cache-control', 'no-store')
        .send(stream);
    },
  );

  server.get(
    '/indexnow',
    {
      config: {
        access: 'public',
        answers: 'json',
        description: {
          tag: 'crawl',
          summary: 'A site tells of a page that has changed (IndexNow).',
          query: indexNowParameters,
          example: { url: '/indexnow?url=https://birds.example.org/peregrine&key=0123456789abcdef' },
        },
      },
    },
    async (request, reply) => {
      const { c, url, key, keyLocation } = indexNowParameters.parse(request.query);
      const collection = readableCollection(context, request, c);
      const answer = await engine.announceChanges(collection, {
        urls: [url],
        key,
        ...(keyLocation !== undefined && { keyLocation }),
      });
      return reply.code(STATUS_OF[answer.kind]).send(told(answer));
    },
  );

  server.post(
    '/indexnow',
    {
      config: {
        access: 'public',
        answers: 'json',
        description: {
          tag: 'crawl',
          summary: 'A site tells of pages that have changed (IndexNow).',
          query: collectionParameter,
          body: indexNowBody,
          example: {
            url: '/indexnow',
            body: {
              host: 'birds.example.org',
              key: '0123456789abcdef',
              urlList: ['https://birds.example.org/peregrine'],
            },
          },
        },
      },
    },
    async (request, reply) => {
      const { host, key, keyLocation, urlList } = indexNowBody.parse(request.body);
      const collection = readableCollection(context, request, collectionParameter.parse(request.query).c);
      const isForeign = (url: string): boolean =>
        host !== undefined && URL.parse(url)?.host !== host.toLowerCase();
      if (urlList.some(isForeign))
        return reply
          .code(STATUS_OF.foreign)
          .send(told({ kind: 'foreign', why: `Not all addresses are of ${host ?? ''}.` }));
      const answer = await engine.announceChanges(collection, {
        urls: urlList,
        key,
        ...(keyLocation !== undefined && { keyLocation }),
      });
      return reply.code(STATUS_OF[answer.kind]).send(told(answer));
    },
  );
}

function told(answer: NoticeAnswer): object {
  return answer.kind === 'taken' ? { taken: answer.urls.length } : { refused: answer.kind, why: answer.why };
}

async function* lines(records: AsyncIterable<CrawlRecord>, isTable: boolean): AsyncGenerator<string> {
  if (isTable) yield `${RECORD_COLUMNS}\n`;
  for await (const record of records) yield `${isTable ? recordLine(record) : JSON.stringify(record)}\n`;
}
