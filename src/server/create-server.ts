/** The HTTP server: limits, headers, access, errors and routes put together. */

import { Server as TlsServer } from 'node:tls';

import Fastify, { type FastifyInstance } from 'fastify';

import {
  type Clock,
  type EffectiveSetting,
  type LogSink,
  logToAll,
  PeregrineError,
  RecentLog,
  silentLog,
  systemClock,
  systemRandom,
} from '../base/index.ts';
import type { CollectionName, Engine } from '../collection/index.ts';
import { guard } from './access.ts';
import { keepAudit } from './audit.ts';
import { BackgroundTasks } from './background-tasks.ts';
import { describedRoutes } from './api-description.ts';
import { type AlarmAddresses, alarmCouriers } from './alarms/alarm-couriers.ts';
import { AlarmDesk } from './alarms/alarm-desk.ts';
import type { ClusterSeat } from './cluster-seat.ts';
import type { KeyCheck } from './admin-key.ts';
import { compressAnswers } from './compression.ts';
import { allowOrigins } from './cross-origin.ts';
import { installFailures } from './failures.ts';
import { FailedAttempts } from './failed-attempts.ts';
import { History } from './history.ts';
import { KeyRing } from './key-ring.ts';
import * as limits from './limits.ts';
import { type Patience, sheddingServer, type TlsCredentials } from './load-shedding.ts';
import { addListeners, assertFree, canSharePort } from './many-listeners.ts';
import { rememberAnswers } from './idempotency.ts';
import { Metrics } from './metrics.ts';
import { readOwnFiles } from './own-files.ts';
import { RateLimiter } from './rate-limiter.ts';
import { installBundleRoutes } from './routes/bundle-routes.ts';
import { installAdminRoutes } from './routes/admin-routes.ts';
import { installApiRoutes } from './routes/api-routes.ts';
import { installClusterRoutes } from './routes/cluster-routes.ts';
import { installCompletionRoutes } from './routes/completion-routes.ts';
import { installCrawlRecordRoutes } from './routes/crawl-record-routes.ts';
import { installCrawlRoutes } from './routes/crawl-routes.ts';
import { installDiscoveryRoutes } from './routes/discovery-routes.ts';
import { installExplainRoutes } from './routes/explain-routes.ts';
import { installDocsRoutes } from './routes/docs-routes.ts';
import { installDocumentRoutes } from './routes/document-routes.ts';
import { installHealthRoutes } from './routes/health-routes.ts';
import { installImportRoutes } from './routes/import-routes.ts';
import { installInjectRoutes } from './routes/inject-routes.ts';
import { installIndexRoutes } from './routes/index-routes.ts';
import { installOwnFileRoutes } from './routes/own-file-routes.ts';
import { installProgressRoutes } from './routes/progress-routes.ts';
import { installSnapshotRoutes } from './routes/snapshot-routes.ts';
import { installThemeRoutes } from './routes/theme-routes.ts';
import { installTransferRoutes } from './routes/transfer-routes.ts';
import { installSearchRoutes } from './routes/search-routes.ts';
import { installKeyRoutes } from './routes/key-routes.ts';
import { installLabRoutes } from './routes/lab-routes.ts';
import { installMcpRoutes } from './routes/mcp-routes.ts';
import { installStatusRoutes } from './routes/status-routes.ts';
import { installSettingsRoutes } from './routes/settings-routes.ts';
import { installSearchClientRoutes } from './routes/search-client-routes.ts';
import { SearchGate } from './search-gate.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import { pageFrame, type ServerContext, STRANGER } from './server-context.ts';
import { Sessions } from './sessions.ts';
import { ThemeShelf } from './theme-shelf.ts';
import { traceRequests } from './tracing.ts';

export interface ServerOptions {
  readonly engine: Engine;
  /** Opens everything that is not public. */
  readonly adminKey: KeyCheck;
  /** Keys that open parts of it. Default: none, and those made are forgotten when it closes. */
  readonly keys?: KeyRing;
  /** Origins whose pages may ask from a browser; `*` for any. Default: none but ours. */
  readonly allowedOrigins?: readonly string[];
  /** Requests a minute from one address that sends no key. Default: no bound. */
  readonly rate_per_min?: number;
  /** Default: silent. */
  readonly log?: LogSink;
  readonly clock?: Clock;
  /** Collections that everybody may search; default: all. */
  readonly publicCollections?: readonly CollectionName[];
  /** Collection of requests that name none; default `main`. */
  readonly defaultCollection?: CollectionName;
  /** Where the world reaches the server when something stands before it, e.g. `https://search.example.org`. */
  readonly publicOrigin?: string;
  /**
   * Host names under which requests are answered; default: any. For a server on loopback they should be the loopback
   * names, so that no foreign site can point a name of its own at us and read a private index (DNS rebinding).
   */
  readonly allowedHosts?: readonly string[];
  /** Even public routes need the key. Default false. */
  readonly isKeyAlwaysNeeded?: boolean;
  /** Events of the log that the administration shows. Default: those of the server alone. */
  readonly recentLog?: RecentLog;
  /** What is in force, shown to administrators. Default: nothing is told. */
  readonly settings?: readonly EffectiveSetting[];
  /** The cluster that this process is a host of. Default: none, one machine. */
  readonly cluster?: ClusterSeat;
  /** Serve HTTPS. Default: HTTP. */
  readonly tls?: TlsCredentials;
  /** How long clients may take. Default: as `limits.ts` says. */
  readonly patience?: Patience;
  /** Collector that traces are sent to (OTLP over HTTP). Default: none are made. */
  readonly otlp?: string;
  /** Where alarms are sent to. Default: they are logged and shown. */
  readonly alarms?: AlarmAddresses;
  /** Measure for the plots of the administration, and look for alarms. Default false. */
  readonly keepsHistory?: boolean;
  /** Time between two states of the live view, ms; default 1000. */
  readonly liveInterval_ms?: number;
}

/** Makes a server that does not listen yet. `close()` it when done; it never closes the engine. */
export function createServer(options: ServerOptions): FastifyInstance {
  const context = contextOf(options);
  const { clock, history, log, tasks } = context;
  const server = Fastify({
    logger: false,
    bodyLimit: limits.BODY_BYTES,
    forceCloseConnections: 'idle',
    serverFactory: sheddingServer(context.searches, options.tls, options.patience),
  }) as unknown as FastifyInstance;

  checkAddresses(server, options.allowedHosts);
  const tracer = options.otlp === undefined ? undefined : traceRequests(server, options.otlp, { clock, log });
  guard(server, context.rules);
  allowOrigins(server, options.allowedOrigins ?? []);
  rememberAnswers(server, clock);
  compressAnswers(server);
  keepAudit(server, options.engine, { clock, log });
  installFailures(server, () => pageFrame(context, STRANGER), log);
  parseForms(server);
  const metrics = new Metrics(options.engine, server);
  const described = describedRoutes(server);
  installRoutes(server, context, { metrics, described });
  if (options.keepsHistory === true) {
    history.start();
    context.alarms.start();
  }
  server.addHook('preClose', async () => {
    history.stop();
    await context.alarms.close();
    await tasks.close();
    await tracer?.close();
  });
  return server;
}

function contextOf(options: ServerOptions): ServerContext {
  const clock = options.clock ?? systemClock;
  const recentLog = options.recentLog ?? new RecentLog(limits.LOG_EVENTS_KEPT);
  const given = options.log ?? silentLog;
  // A log that is handed in as `recentLog` too is fed by whoever made it.
  const log = options.recentLog === undefined ? logToAll(given, recentLog) : given;
  const history = new History(options.engine, clock, log);
  const searches = new SearchGate(clock, systemRandom, (took_ms) => history.addSearch(took_ms));
  return {
    engine: options.engine,
    clock,
    log,
    rules: {
      adminKey: options.adminKey,
      sessions: new Sessions(clock, options.adminKey),
      attempts: new FailedAttempts(clock),
      keys: options.keys ?? KeyRing.inMemory(),
      rates: new RateLimiter(clock),
      rate_per_min: options.rate_per_min,
      clock,
      log,
      isKeyAlwaysNeeded: options.isKeyAlwaysNeeded ?? false,
    },
    files: readOwnFiles(),
    defaultCollection: options.defaultCollection ?? 'main',
    publicCollections: options.publicCollections,
    publicOrigin: options.publicOrigin,
    searches,
    themes: new ThemeShelf(options.engine, clock),
    history,
    tasks: new BackgroundTasks(clock),
    recentLog,
    settings: options.settings ?? [],
    cluster: options.cluster,
    alarms: new AlarmDesk({
      engine: options.engine,
      cluster: options.cluster,
      couriers: alarmCouriers(options.alarms ?? {}),
      clock,
      log,
    }),
    liveInterval_ms: options.liveInterval_ms ?? limits.LIVE_INTERVAL_MS,
  };
}

/** Every answer has the security headers, and addresses are short and of this server. */
function checkAddresses(server: FastifyInstance, allowedHosts: ServerOptions['allowedHosts']): void {
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    if ((request.raw.url ?? '').length > limits.URL_BYTES) {
      throw new PeregrineError('TOO_LARGE', `The address is longer than ${limits.URL_BYTES} bytes.`, {
        status: 414,
      });
    }
    if (allowedHosts !== undefined && !allowedHosts.includes(request.hostname.toLowerCase())) {
      throw new PeregrineError(
        'FORBIDDEN',
        `This server does not answer to the name "${request.hostname}". Start it with --public-url if it should.`,
        { status: 421 },
      );
    }
  });
}

interface RouteParts {
  readonly metrics: Metrics;
  readonly described: ReturnType<typeof describedRoutes>;
}

function installRoutes(
  server: FastifyInstance,
  context: ServerContext,
  { metrics, described }: RouteParts,
): void {
  installOwnFileRoutes(server, context);
  installSearchRoutes(server, context);
  installCompletionRoutes(server, context);
  installSearchClientRoutes(server, context);
  installDiscoveryRoutes(server, context);
  installLabRoutes(server, context);
  installExplainRoutes(server, context);
  installDocumentRoutes(server, context);
  installInjectRoutes(server, context);
  installImportRoutes(server, context);
  installCrawlRoutes(server, context);
  installCrawlRecordRoutes(server, context);
  installProgressRoutes(server, context);
  installStatusRoutes(server, context);
  installSettingsRoutes(server, context);
  installClusterRoutes(server, context);
  installIndexRoutes(server, context);
  installThemeRoutes(server, context);
  installSnapshotRoutes(server, context);
  installTransferRoutes(server, context);
  installBundleRoutes(server, context);
  installAdminRoutes(server, context);
  installKeyRoutes(server, context);
  installHealthRoutes(server, context, metrics);
  installMcpRoutes(server, context);
  installDocsRoutes(server, context, described);
  installApiRoutes(server, context, described);
}

export interface ListenOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** Address to listen on; default `127.0.0.1`. */
  readonly host?: string;
}

/** Listens; returns the origin. Refuses with what to do about it where the port is taken or not allowed. */
export async function listen(
  server: FastifyInstance,
  { port, host = '127.0.0.1' }: ListenOptions,
): Promise<string> {
  try {
    // A port that is shared does not tell that it is taken: it is asked for alone first.
    if (canSharePort) await assertFree({ port, host });
    await server.listen({
      port,
      host,
      backlog: limits.BACKLOG,
      ...(canSharePort ? { reusePort: true } : {}),
    });
    const own = server.server.address();
    if (canSharePort && typeof own === 'object' && own !== null) {
      await addListeners(server, { port: own.port, host });
    }
  } catch (error) {
    throw listenFailure(error, port, host);
  }
  const address = server.server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `${server.server instanceof TlsServer ? 'https' : 'http'}://${name}:${actual}`;
}

function listenFailure(error: unknown, port: number, host: string): unknown {
  switch ((error as NodeJS.ErrnoException).code ?? '') {
    case 'EADDRINUSE':
      return new PeregrineError(
        'ALREADY_EXISTS',
        `Port ${port} on ${host} is taken by another program. Choose another one with --port, or 0 for any free one.`,
        { port },
        error,
      );
    case 'EACCES':
      return new PeregrineError(
        'FORBIDDEN',
        `This user may not listen on port ${port}. Choose one above 1023 with --port.`,
        { port },
        error,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new PeregrineError(
        'BAD_ARGUMENT',
        `${host} is no address of this machine. Use 127.0.0.1 for this machine alone, 0.0.0.0 for everybody.`,
        { host },
        error,
      );
    default:
      return error;
  }
}

function parseForms(server: FastifyInstance): void {
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: unknown, body: string) => formFields(body),
  );
}

/** A field that is sent several times is a list. */
function formFields(body: string): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of new URLSearchParams(body)) {
    const known = fields[name];
    fields[name] = known === undefined ? value : [...[known].flat(), value];
  }
  return fields;
}
