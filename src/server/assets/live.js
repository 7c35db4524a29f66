// The menu, and the live view of the administration: the server sends its numbers, ready as markup, whenever they change.
// Without this file the page shows the numbers of when it was loaded.
'use strict';
(() => {
  // On a narrow screen the menu is one long line: it begins where the reader is.
  const here = document.querySelector('.menu [aria-current]');
  here?.closest('.menu').scrollTo({ left: here.offsetLeft - 48 });

  const live = document.getElementById('live');
  if (live === null || typeof EventSource === 'undefined') return;
  const source = new EventSource(live.dataset.source);
  // The server's own pages, made by it as the first one was: the only markup that a script may write.
  const trusted = globalThis.trustedTypes?.createPolicy('live', { createHTML: (markup) => markup }) ?? {
    createHTML: (markup) => markup,
  };

  source.addEventListener('overview', (event) => {
    const { markup, title } = JSON.parse(event.data);
    const scroll = live.querySelector('.scroll');
    // A reader who scrolled or marked something in the table is not disturbed.
    const selection = document.getSelection();
    if (selection !== null && !selection.isCollapsed && live.contains(selection.anchorNode)) return;
    const { scrollLeft = 0, scrollTop = 0 } = scroll ?? {};
    const focused = live.contains(document.activeElement) ? document.activeElement : null;
    live.innerHTML = trusted.createHTML(markup);
    document.title = title;
    const fresh = live.querySelector('.scroll');
    if (fresh !== null) fresh.scrollTo(scrollLeft, scrollTop);
    // Whoever went into the table by keyboard stays where they were.
    const heir = focused?.href
      ? [...live.querySelectorAll('a')].find(({ href }) => href === focused.href)
      : focused && fresh;
    heir?.focus({ preventScroll: true });
  });
  source.addEventListener('open', () => live.classList.remove('stale'));
  source.addEventListener('error', () => live.classList.add('stale'));
  // A page kept by the browser for "back" would hold its connection open.
  window.addEventListener('pagehide', () => source.close());
})();
