import { ROUTES } from '@agent-identity/contracts'
import { html } from 'hono/html'
import { type PageUser, renderPage } from './layout.ts'

export interface UsersPage {
  user: PageUser
  issuer: string
  chat?: 'on' | 'off'
}

/** For administrators. Nothing here lists or searches users. */
export function usersPage({ user, issuer, chat = 'on' }: UsersPage): string {
  return renderPage({
    title: 'End a user',
    user,
    path: ROUTES.usersPage,
    chat,
    module: 'users.ts',
    main: html`<main id="users" data-user-subject="${user.subject}">
<h1>End a user</h1>
<p>The user is signed out everywhere, tokens that were issued to them before are refused, their accounts are disconnected, and their conversations, choices and records of use are erased. What the agent changed at other services stays, and so do tokens there that could not be ended, and a log without their name. To keep them from signing in again, disable them at the issuer first.</p>
<noscript><p class="problem">Ending a user needs JavaScript.</p></noscript>
<form id="end-user" class="panel" aria-label="End a user" hidden>
<p><label for="subject">Subject</label><input id="subject" name="subject" type="text" required maxlength="255" autocomplete="off" spellcheck="false" aria-describedby="subject-hint"></p>
<p id="subject-hint" class="quiet">The user’s <code>sub</code> at the issuer, exactly. At Amazon Cognito it is a UUID, and not the user name.</p>
<p><label for="issuer">Issuer</label><input id="issuer" name="issuer" type="url" required maxlength="2048" value="${issuer}" autocomplete="off" spellcheck="false"></p>
<p><button type="submit" class="button-danger">End this user</button></p>
<p id="end-message" role="status"></p>
</form>
${endDialog}
</main>`,
  })
}

const endDialog = html`<dialog id="end-dialog" aria-labelledby="end-dialog-heading" aria-describedby="end-what">
<form method="dialog">
<h2 id="end-dialog-heading">End this user?</h2>
<div id="end-what">
<p><code data-slot="subject"></code></p>
<p>What they are doing now is stopped, and their conversations are erased. This cannot be undone. Check the subject: the answer is the same whether or not this user was known here.</p>
</div>
<div class="dialog-actions"><button type="submit" value="keep" class="button-quiet" autofocus>Cancel</button> <button type="submit" value="end" class="button-danger">End this user</button></div>
</form>
</dialog>`
