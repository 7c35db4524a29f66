// For the search pages: suggestions while one types; "/" goes to the box, j and k through the results, "?" to the help,
// Esc leaves the box.
// Everything works without this file.
'use strict';
(() => {
  const box = document.getElementById('q');
  const titles = [...document.querySelectorAll('.hits h2 a')];

  function move(step) {
    const at = titles.indexOf(document.activeElement);
    const next = titles[at === -1 ? (step > 0 ? 0 : titles.length - 1) : at + step];
    if (next === undefined) return false;
    next.focus();
    next.closest('li').scrollIntoView({ block: 'nearest' });
    return true;
  }

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const isTyping = event.target.matches('input, textarea, select, [contenteditable]');
    if (event.defaultPrevented) return;
    if (event.target === box && event.key === 'Escape') {
      box.blur();
    } else if (isTyping) {
      return;
    } else if (event.key === '/') {
      box.focus();
      box.select();
      event.preventDefault();
    } else if (event.key === '?') {
      location.assign('/docs/query-language');
    } else if (event.key === 'j') {
      if (move(1)) event.preventDefault();
    } else if (event.key === 'k') {
      if (move(-1)) event.preventDefault();
    }
  });
})();

// Suggestions: a list box below the search box (WAI-ARIA combobox). Nothing is asked before two letters, nor while an
// answer is on its way.
(() => {
  const box = document.getElementById('q');
  if (box === null) return;
  const form = box.form;
  const list = document.createElement('ul');
  list.id = 'suggestions';
  list.hidden = true;
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', form.dataset.suggestions || 'Suggestions');
  form.querySelector('.box').after(list);
  box.setAttribute('role', 'combobox');
  box.setAttribute('aria-autocomplete', 'list');
  box.setAttribute('aria-controls', list.id);
  box.setAttribute('aria-expanded', 'false');

  let typed = box.value;
  let shownFor = '';
  let chosen = -1;
  let timer;
  let asking;

  function hide() {
    list.hidden = true;
    chosen = -1;
    box.setAttribute('aria-expanded', 'false');
    box.removeAttribute('aria-activedescendant');
  }

  function show(texts) {
    list.replaceChildren(
      ...texts.map((text, n) => {
        const item = document.createElement('li');
        item.id = `suggestion-${n}`;
        item.setAttribute('role', 'option');
        item.setAttribute('aria-selected', 'false');
        item.dir = 'auto';
        item.textContent = text;
        return item;
      }),
    );
    chosen = -1;
    list.hidden = texts.length === 0;
    box.setAttribute('aria-expanded', String(!list.hidden));
  }

  async function ask() {
    const text = box.value;
    if (text.trim().length < 2) return hide();
    if (text === shownFor) return;
    asking?.abort();
    asking = new AbortController();
    const collection = form.elements.c?.value;
    const filter = new URLSearchParams(location.search).get('filter');
    const wanted = new URLSearchParams({
      q: text,
      n: '8',
      ...(collection && { c: collection }),
      ...(filter && { filter }),
    });
    try {
      const answer = await fetch(`/complete?${wanted}`, {
        signal: asking.signal,
        headers: { accept: 'application/json' },
      });
      if (!answer.ok) return hide();
      const { completions } = await answer.json();
      if (box.value !== text || document.activeElement !== box) return;
      shownFor = text;
      show([...new Set(completions.map((one) => one.text))].filter((one) => one !== text));
    } catch {
      // Without suggestions one types on.
    }
  }

  function choose(step) {
    const items = [...list.children];
    if (items.length === 0) return;
    items[chosen]?.setAttribute('aria-selected', 'false');
    chosen = ((chosen + 1 + step + items.length + 1) % (items.length + 1)) - 1;
    const item = items[chosen];
    box.value = item === undefined ? typed : item.textContent;
    if (item === undefined) return box.removeAttribute('aria-activedescendant');
    item.setAttribute('aria-selected', 'true');
    box.setAttribute('aria-activedescendant', item.id);
  }

  box.addEventListener('input', () => {
    typed = box.value;
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  });
  box.addEventListener('blur', () => setTimeout(hide, 150));
  box.addEventListener('keydown', (event) => {
    if (list.hidden || event.isComposing) return;
    if (event.key === 'ArrowDown') choose(1);
    else if (event.key === 'ArrowUp') choose(-1);
    else if (event.key === 'Escape') {
      box.value = typed;
      hide();
    } else return;
    event.preventDefault();
  });
  list.addEventListener('mousedown', (event) => {
    const item = event.target.closest('li');
    if (item === null) return;
    event.preventDefault();
    box.value = item.textContent;
    form.requestSubmit();
  });
})();
