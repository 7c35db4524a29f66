// Keyboard for the search pages: "/" goes to the box, j and k through the results, Esc leaves the box.
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

  // What is typed is completed by the server, a moment after the last letter.
  const list = document.createElement('datalist');
  list.id = 'completions';
  let pending;
  if (box !== null) {
    box.after(list);
    box.setAttribute('list', list.id);
    box.addEventListener('input', () => {
      clearTimeout(pending);
      pending = setTimeout(complete, 80);
    });
  }

  async function complete() {
    const typed = box.value;
    const asked = new URLSearchParams({ q: typed });
    for (const name of ['c', 'filter']) {
      const value = box.form.elements[name]?.value ?? new URLSearchParams(location.search).get(name);
      if (value) asked.set(name, value);
    }
    const reply = await fetch(`/complete?${asked}`).catch(() => undefined);
    if (reply?.ok !== true || box.value !== typed) return;
    const { completions } = await reply.json();
    list.replaceChildren(
      ...completions.map(({ text }) => Object.assign(document.createElement('option'), { value: text })),
    );
  }

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const isTyping = event.target.matches('input, textarea, select, [contenteditable]');
    if (event.target === box && event.key === 'Escape') {
      box.blur();
    } else if (isTyping) {
      return;
    } else if (event.key === '/') {
      box.focus();
      box.select();
      event.preventDefault();
    } else if (event.key === 'j') {
      if (move(1)) event.preventDefault();
    } else if (event.key === 'k') {
      if (move(-1)) event.preventDefault();
    }
  });
})();
