// Search for any page: <script src="https://search.example.org/widget.js" defer></script> and ⌘K, Ctrl-K or "/" opens it.
// Attributes of the script: data-collection, data-key, data-placeholder, data-accent (a colour), data-button (a selector of
// elements that open it). The page's origin must be allowed on the server (--allow-origin).
'use strict';
(() => {
  const script = document.currentScript;
  const { origin } = new URL(script.src);
  const { collection, key, placeholder = 'Search', accent, button } = script.dataset;

  const host = document.createElement('peregrine-search');
  const root = host.attachShadow({ mode: 'closed' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { --ink: #1b2430; --soft: #566272; --sheet: #fff; --line: #e3dfd6; --lit: #ecebe6; --mark: #ffe7a3; --accent: #2c4a6b; }
    @media (prefers-color-scheme: dark) { :host { --ink: #e4e8ed; --soft: #9ba8b7; --sheet: #19202a; --line: #2a3442; --lit: #27303c; --mark: #4f3f12; --accent: #a9c7e8; } }
    dialog { width: min(40rem, calc(100vw - 2rem)); max-height: min(36rem, 80vh); margin: 12vh auto auto; padding: 0; border: 1px solid var(--line); border-radius: 14px; background: var(--sheet); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; box-shadow: 0 24px 64px rgb(0 0 0 / 35%); overflow: hidden; }
    dialog[open] { display: flex; flex-direction: column; }
    dialog::backdrop { background: rgb(15 20 28 / 45%); }
    input { width: 100%; box-sizing: border-box; padding: 1rem 1.25rem; border: 0; border-bottom: 1px solid var(--line); background: none; color: inherit; font: inherit; font-size: 1.125rem; outline: none; }
    ol { margin: 0; padding: 0.4rem; list-style: none; overflow: auto; }
    a { display: block; padding: 0.6rem 0.85rem; border-radius: 9px; color: inherit; text-decoration: none; }
    a[aria-selected='true'], a:hover { background: var(--lit); }
    b { display: block; color: var(--accent); font-weight: 600; }
    small { display: block; color: var(--soft); font-size: 0.8125rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    mark { background: var(--mark); color: inherit; border-radius: 3px; }
    p { margin: 0; padding: 0.6rem 1.25rem; color: var(--soft); font-size: 0.875rem; }
    footer { padding: 0.5rem 1.25rem; border-top: 1px solid var(--line); color: var(--soft); font-size: 0.75rem; }
  `);
  root.adoptedStyleSheets = [sheet];
  if (accent) host.style.setProperty('--accent', accent);

  const dialog = make('dialog', { ariaLabel: placeholder });
  const box = make('input', {
    type: 'search',
    placeholder,
    ariaLabel: placeholder,
    autocomplete: 'off',
    spellcheck: false,
  });
  const list = make('ol', { id: 'hits' });
  const note = make('p', {});
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', placeholder);
  box.setAttribute('role', 'combobox');
  box.setAttribute('aria-controls', 'hits');
  box.setAttribute('aria-expanded', 'false');
  note.setAttribute('role', 'status');
  dialog.append(box, list, note, make('footer', { textContent: '↑ ↓ choose · Enter opens · Esc closes' }));
  root.append(dialog);
  document.body.append(host);

  let chosen = -1;
  let timer;
  let asking;

  function make(name, properties) {
    return Object.assign(document.createElement(name), properties);
  }

  // Texts with marks become nodes: nothing that a page says is ever read as markup.
  function fill(element, text, marks) {
    let at = 0;
    for (const [start, end] of marks ?? []) {
      element.append(text.slice(at, start), make('mark', { textContent: text.slice(start, end) }));
      at = end;
    }
    element.append(text.slice(at));
    return element;
  }

  function shown(results) {
    list.replaceChildren(
      ...results
        .filter(({ url }) => /^https?:/i.test(url))
        .map((result, n) => {
          const link = make('a', {
            href: result.anchor ? `${result.url.split('#')[0]}#${result.anchor}` : result.url,
            id: `hit-${n}`,
          });
          link.setAttribute('role', 'option');
          link.setAttribute('aria-selected', 'false');
          link.append(
            fill(make('b', {}), result.title || result.url, result.title ? result.titleMarks : []),
            fill(make('small', {}), result.sum, result.sumMarks),
          );
          const item = make('li', {});
          item.setAttribute('role', 'presentation');
          item.append(link);
          return item;
        }),
    );
    box.setAttribute('aria-expanded', String(results.length > 0));
    chosen = -1;
    choose(1);
  }

  async function ask() {
    const q = box.value.trim();
    asking?.abort();
    if (q === '') {
      note.textContent = '';
      return shown([]);
    }
    asking = new AbortController();
    const wanted = new URLSearchParams({
      q,
      n: '8',
      sc: '0',
      format: 'json',
      ...(collection ? { c: collection } : {}),
    });
    try {
      const answer = await fetch(`${origin}/search?${wanted}`, {
        signal: asking.signal,
        credentials: 'omit',
        headers: key ? { authorization: `Bearer ${key}` } : {},
      });
      const body = await answer.json();
      if (!answer.ok) throw new Error(body.detail);
      note.textContent = body.results.length === 0 ? 'Nothing was found.' : '';
      shown(body.results);
    } catch (error) {
      if (error.name === 'AbortError') return;
      // A browser does not tell whether a server is away or does not allow this page.
      const isUnreached = error instanceof TypeError;
      note.textContent = isUnreached
        ? `${origin} does not answer, or does not allow this page.`
        : error.message;
    }
  }

  function choose(step) {
    const links = [...list.querySelectorAll('a')];
    links[chosen]?.setAttribute('aria-selected', 'false');
    if (links.length === 0) {
      box.removeAttribute('aria-activedescendant');
      return;
    }
    chosen = (chosen + step + links.length) % links.length;
    links[chosen].setAttribute('aria-selected', 'true');
    links[chosen].scrollIntoView({ block: 'nearest' });
    box.setAttribute('aria-activedescendant', links[chosen].id);
  }

  function open() {
    if (dialog.open) return;
    dialog.showModal();
    box.select();
  }

  box.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  });
  box.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    if (event.key === 'ArrowDown') choose(1);
    else if (event.key === 'ArrowUp') choose(-1);
    else if (event.key === 'Enter') list.querySelectorAll('a')[chosen]?.click();
    else return;
    event.preventDefault();
  });
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target.matches?.('input, textarea, select, [contenteditable]');
    const isCommand = (event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k';
    const isSlash = event.key === '/' && !isTyping && !event.metaKey && !event.ctrlKey && !event.altKey;
    if (!isCommand && !isSlash) return;
    event.preventDefault();
    open();
  });
  document.addEventListener('click', (event) => {
    if (!button || !event.target.closest?.(button)) return;
    event.preventDefault();
    open();
  });
})();
