/** Results as an RSS 2.0 feed with the OpenSearch 1.1 response elements, and the OpenSearch description itself. */

import type { SearchResponse, SearchResult } from '../query/index.ts';
import { type Html, trusted, xml } from './html.ts';
import { isoTime, safeAddress } from './wording.ts';

export interface RssParts {
  readonly origin: string;
  readonly query: string;
  readonly first: number;
  readonly response: SearchResponse;
}

const PROLOGUE = trusted('<?xml version="1.0" encoding="UTF-8"?>\n');

export function searchRss({ origin, query, first, response }: RssParts): Html {
  const address = `${origin}/search?${new URLSearchParams({ q: query }).toString()}`;
  return xml`${PROLOGUE}<rss version="2.0" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">
<channel>
<title>${query} - Peregrine</title>
<link>${address}</link>
<description>Search results for ${query}</description>
<opensearch:totalResults>${response.matches}</opensearch:totalResults>
<opensearch:startIndex>${first}</opensearch:startIndex>
<opensearch:itemsPerPage>${response.results.length}</opensearch:itemsPerPage>
${response.results.map(item)}</channel>
</rss>
`;
}

function item(result: SearchResult): Html {
  const target = safeAddress(result.url);
  const time_ms = result.published_ms > 0 ? result.published_ms : result.fetchedAt_ms;
  const published = isoTime(time_ms) === '' ? '' : xml`<pubDate>${new Date(time_ms).toUTCString()}</pubDate>`;
  return xml`<item>
<title>${result.title.text}</title>
${target === undefined ? '' : xml`<link>${target}</link>`}
<guid isPermaLink="false">${result.docId}</guid>
<description>${result.snippet.text}</description>
${published}
</item>
`;
}

/** What a browser needs to search here from its address bar. */
export function openSearchDescription(origin: string): Html {
  const search = `${origin}/search?q={searchTerms}&s={startIndex?}`;
  return xml`${PROLOGUE}<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">
<ShortName>Peregrine</ShortName>
<Description>Search with Peregrine</Description>
<InputEncoding>UTF-8</InputEncoding>
<Image type="image/svg+xml">${origin}/favicon.svg</Image>
<Url type="text/html" indexOffset="0" template="${search}"/>
<Url type="application/rss+xml" indexOffset="0" template="${search}&amp;n={count?}&amp;format=rss"/>
<Url type="application/x-suggestions+json" template="${origin}/complete?q={searchTerms}&amp;format=opensearch"/>
<Url type="application/opensearchdescription+xml" rel="self" template="${origin}/opensearch.xml"/>
</OpenSearchDescription>
`;
}
