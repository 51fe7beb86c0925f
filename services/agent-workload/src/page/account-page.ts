import { ROUTES } from '@agent-identity/contracts'
import { html } from 'hono/html'
import { type PageUser, renderPage, signedInAs } from './layout.ts'

export interface AccountPage {
  user: PageUser
  isAdministrator?: boolean
  chat?: 'on' | 'off'
}

export function accountPage({ user, isAdministrator = false, chat = 'on' }: AccountPage): string {
  return renderPage({
    title: 'Your data',
    user,
    path: ROUTES.accountPage,
    chat,
    module: 'account.ts',
    main: html`<main id="account" data-user-subject="${user.subject}">
<h1>Your data</h1>
<p>What is kept here about <strong>${signedInAs(user)}</strong>, and what you can do with it.</p>
<section class="panel" aria-labelledby="download-heading">
<h2 id="download-heading">Download it</h2>
<p>One file with your conversations, your connected accounts, and what the agent used them for. Parts that cannot be opened any more are left out, and named. It contains no password and no token. Keep it in a safe place.</p>
<p><a class="button-quiet" href="${ROUTES.myData}" download>Download my data</a></p>
</section>
<section class="panel" aria-labelledby="erase-heading">
<h2 id="erase-heading">Erase it</h2>
<p>You are signed out everywhere, your accounts are disconnected, and your conversations are erased. This cannot be undone. You must have signed in within the last 15 minutes.</p>
<noscript><p class="problem">Erasing needs JavaScript.</p></noscript>
<p><button type="button" id="erase" class="button-danger" hidden>Erase everything about me</button></p>
<p id="erase-message" class="quiet" role="status"></p>
</section>
${isAdministrator ? administration : ''}
${eraseDialog}
</main>`,
  })
}

const administration = html`<section class="panel" aria-labelledby="users-heading">
<h2 id="users-heading">Other users</h2>
<p>You are an administrator here. <a href="${ROUTES.usersPage}">End a user</a></p>
</section>`

const eraseDialog = html`<dialog id="erase-dialog" aria-labelledby="erase-dialog-heading" aria-describedby="erase-what">
<form method="dialog">
<h2 id="erase-dialog-heading">Erase everything about you?</h2>
<div id="erase-what">
<ul>
<li>You are signed out in every browser, and what the agent is doing for you now is stopped.</li>
<li>Every connected account is disconnected, and its service is told to end the permission.</li>
<li>Programs that use the agent in your name are refused until you sign in with them again.</li>
<li>Your conversations, your choices and the record of what was used are erased.</li>
</ul>
<p>What the agent has changed at these services stays there. Those who run this agent keep a log in which you have no name. Your account for signing in is not closed: when you sign in again, you start with nothing.</p>
</div>
<div class="dialog-actions"><button type="submit" value="keep" class="button-quiet" autofocus>Keep everything</button> <button type="submit" value="erase" class="button-danger">Erase everything</button></div>
</form>
</dialog>`
