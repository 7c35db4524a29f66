/** Where an administrator gives the key. */

import { type Html, html } from '../html.ts';
import { bird, page, type PageFrame } from './layout.ts';

export function signInPage(frame: PageFrame, problem?: string): Html {
  return page({
    title: 'Sign in - Peregrine',
    frame,
    kind: 'single',
    main: html`<section class="card sign-in">
      ${bird()}
      <h1>Administration</h1>
      <form method="post" action="/admin/sign-in">
        <label for="key">Admin key</label>
        <input
          id="key"
          name="key"
          type="password"
          required
          autofocus
          autocomplete="current-password"
          ${problem === undefined ? '' : html`aria-invalid="true" aria-describedby="problem"`}
        />
        ${problem === undefined ? '' : html`<p class="problem" id="problem" role="alert">${problem}</p>`}
        <button type="submit">Sign in</button>
      </form>
      <p class="quiet">
        The key was shown when the server first started. A new one: <code>peregrine key --new</code>
      </p>
    </section>`,
  });
}
