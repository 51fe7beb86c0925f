import type { AccessOfAgent } from '@agent-identity/authorization'
import { type Connection, ROUTES } from '@agent-identity/contracts'
import { html } from 'hono/html'
import { CONNECTION_WORDS, dayOf, disconnectedWords, sinceOf, usedBy } from './client/connection-words.ts'
import { type PageUser, renderPage, signedInAs } from './layout.ts'
import { withoutConsentSection } from './without-consent.ts'

export interface ConnectionsPage {
  user: PageUser
  connections: readonly Connection[]
  withoutConsent?: readonly AccessOfAgent[]
  chat?: 'on' | 'off'
}

/** `GET /connections`: readable without a script; the client adds the buttons and updates. */
export function connectionsPage({ user, connections, withoutConsent = [], chat = 'on' }: ConnectionsPage): string {
  return renderPage({
    title: 'Connected accounts',
    user,
    path: ROUTES.connectionsPage,
    chat,
    module: 'connections.ts',
    main: html`<main id="connections" data-user-subject="${user.subject}">
<h1>Connected accounts</h1>
<p>What the agent may use for <strong>${signedInAs(user)}</strong>. It acts there as you, and only within the permissions listed.</p>
<noscript><p class="problem">Connecting an account needs JavaScript. What is connected is shown as it was when this page was loaded.</p></noscript>
<p id="connections-notice" class="notice" role="status"></p>
${connections.length === 0 ? html`<p>No service is offered here.</p>` : connectionTable(connections)}
${withoutConsentSection(withoutConsent, askFirstSwitch)}
${disconnectDialog}
</main>`,
  })
}

/** The roles are explicit because the small screen's layout, which is no table, would remove them. */
const connectionTable = (connections: readonly Connection[]) => html`<table role="table" class="connections">
<thead role="rowgroup"><tr role="row">
<th role="columnheader" scope="col">Service</th>
<th role="columnheader" scope="col">Status</th>
<th role="columnheader" scope="col">Account</th>
<th role="columnheader" scope="col">Permissions</th>
<th role="columnheader" scope="col"><span class="visually-hidden">Action</span></th>
</tr></thead>
<tbody role="rowgroup">${connections.map(connectionRow)}</tbody>
</table>`

function connectionRow(connection: Connection) {
  const { provider, displayName, status, scopes, account, accountId = '', lastUsedBy, askFirst } = connection
  const since = sinceOf(connection)
  return html`
<tr role="row" tabindex="-1" data-provider="${provider}" data-display-name="${displayName}" data-account="${accountId}" data-status="${status}">
<th role="rowheader" scope="row" id="service-${provider}">${displayName}</th>
<td role="cell" class="status"><span aria-live="polite" aria-atomic="true"><span class="visually-hidden">${displayName}: </span><span data-slot="status">${CONNECTION_WORDS[status].status}</span> <span data-slot="detail" class="quiet">${disconnectedWords(connection, 'UTC')}</span></span></td>
<td role="cell" class="account"><span data-slot="account">${account ?? ''}</span> <time data-slot="since" datetime="${since}">${since === '' ? '' : dayOf(since, 'UTC')}</time> <span data-slot="used" class="quiet">${lastUsedBy === undefined ? '' : usedBy(lastUsedBy, 'UTC')}</span></td>
<td role="cell"><ul data-slot="scopes">${scopes.map((scope) => html`<li>${scope}</li>`)}</ul></td>
<td role="cell" class="actions"><button type="button" data-slot="action" aria-describedby="service-${provider}" hidden></button>
<button type="button" data-slot="disconnect" class="button-quiet" aria-describedby="service-${provider}" hidden>Disconnect</button>
${askFirst === undefined ? '' : askFirstSwitch(displayName, askFirst)}
<p data-slot="message" class="quiet" role="status"></p></td>
</tr>`
}

/** One for the page: the client fills in which service it is about. */
const disconnectDialog = html`<dialog id="disconnect-dialog" aria-labelledby="disconnect-heading" aria-describedby="disconnect-what">
<form method="dialog">
<h2 id="disconnect-heading">Disconnect <span data-slot="service"></span>?</h2>
<div id="disconnect-what">
<p>What the agent is doing there now is stopped, and it does nothing there any more until you connect again. A consent that is open is cancelled.</p>
<p><span data-slot="service"></span> is told to end the permission. What the agent has read or changed before stays as it is.</p>
</div>
<div class="dialog-actions"><button type="submit" value="keep" class="button-quiet" autofocus>Keep</button> <button type="submit" value="disconnect">Disconnect</button></div>
</form>
</dialog>`

/** Disabled until the client script runs: before that a click would have no effect. */
const askFirstSwitch = (displayName: string, on: boolean) => html`<label class="ask-first">
<input type="checkbox" role="switch" data-slot="ask-first" disabled${on ? html` checked` : ''}>
<span>Ask me before any change<span class="visually-hidden"> at ${displayName}</span></span></label>`
