/** What one client may ask of the server, in one place. Shown on the administration's page about the server. */

/** Longest request target (path and query), bytes. Above: 414. */
export const URL_BYTES = 8_192;
/** All request headers together, bytes. Above: 431. */
export const HEADER_BYTES = 16_384;
/** Body of a request that is not an injection, bytes. Above: 413. */
export const BODY_BYTES = 262_144;
/** Body of an injection, bytes. */
export const INJECT_BODY_BYTES = 67_108_864;
/** Documents in one NDJSON injection. */
export const INJECT_DOCUMENTS = 10_000;
/** Documents of one injection that are built at once. */
export const INJECT_AT_ONCE = 8;
/** Longest query in an address, characters. In the body of a search it may be as long as the language takes. */
export const QUERY_LENGTH = 2_048;
/** Body of a search, bytes. Above: 413. */
export const SEARCH_BODY_BYTES = 1_048_576;
/** Results that may be skipped. */
export const FIRST_MAX = 10_000;
/** Results on one page. */
export const COUNT_MAX = 100;
/** Seeds in one crawl request. */
export const SEEDS_MAX = 10_000;
/** Time for the headers to arrive, ms. */
export const HEADERS_TIMEOUT_MS = 10_000;
/** Time for the whole request to arrive, ms: who sends a byte a second does not keep a connection for ever. */
export const REQUEST_TIMEOUT_MS = 60_000;
/** How often connections are looked at for being late, ms. */
export const LATENESS_CHECKED_EVERY_MS = 2_000;
/** An idle kept-alive connection is closed after, ms. */
export const KEEP_ALIVE_TIMEOUT_MS = 20_000;
/** A connection on which nothing moves is closed after, ms. */
export const CONNECTION_TIMEOUT_MS = 120_000;
/** Connections at once; more are closed without a word, so it is far above what can be answered. */
export const CONNECTIONS_MAX = 4_096;
/** Requests on one connection before it must be made anew. */
export const REQUESTS_PER_CONNECTION = 10_000;
/** Searches computed at once; more get 503 with `Retry-After`. A few: they share the processors, and more of them would only all be late. */
export const SEARCHES_AT_ONCE = 8;
/** Streams of all matches at once; more get 503. */
export const STREAMS_AT_ONCE = 4;
/** Time for one search, ms; what was found until then is returned as partial. */
export const SEARCH_DEADLINE_MS = 5_000;
/** Requests that were ready together are answered for this long, ms; searches among the rest are refused. */
export const TURN_MS = 30;
/** Listening sockets on the port: so many connections are accepted in a turn of the event loop. */
export const LISTENERS = 128;
/** Connections that wait to be accepted, at each of them. */
export const BACKLOG = 128;
/** Events of the log that are kept for the administration. */
export const LOG_EVENTS_KEPT = 1_000;
/** Administrators watching the live view at once. */
export const LIVE_VIEWERS_MAX = 32;
/** Time between two states of the live view, ms. */
export const LIVE_INTERVAL_MS = 1_000;
