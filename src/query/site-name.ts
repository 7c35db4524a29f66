/** Hosts as people type them, in the spelling that the index knows. */

const HOST = /^[\p{L}\p{M}\p{N}._-]+$/u;

/** `Example.org:8080` → `example.org:8080`, international names in their ASCII spelling; undefined where it is no host. */
export function normaliseHost(value: string): string | undefined {
  const [, host = '', port = ''] = /^(?:https?:\/\/)?([^/:]+)(:\d{1,5})?\/*$/i.exec(value) ?? [];
  const ascii = asciiHost(host);
  return ascii === undefined ? undefined : ascii + port;
}

/** `https://www.Example.org/Docs/` → `example.org/Docs`; undefined where it begins with no host. */
export function normaliseSite(value: string): string | undefined {
  const bare = value.replace(/^https?:\/\//i, '').replace(/^\*?\.+/, '');
  const slash = bare.indexOf('/');
  const [name = '', path] = slash < 0 ? [bare] : [bare.slice(0, slash), bare.slice(slash)];
  const host = asciiHost(name.replace(/:\d{1,5}$/, ''))?.replace(/^(?:www\.)+(?=.*\.)/, '');
  if (host === undefined) return undefined;
  return host + (path ?? '').replace(/\/+$/, '');
}

/** The two halves of a site that {@link normaliseSite} made; `path` is empty where there is none. */
export function splitSite(site: string): { readonly host: string; readonly path: string } {
  const slash = site.indexOf('/');
  return slash < 0 ? { host: site, path: '' } : { host: site.slice(0, slash), path: site.slice(slash + 1) };
}

function asciiHost(host: string): string | undefined {
  const bare = host.replace(/^\.+|\.+$/g, '');
  if (!HOST.test(bare) || !URL.canParse(`http://${bare}`)) return undefined;
  return new URL(`http://${bare}`).hostname.replace(/\.+$/, '') || undefined;
}
