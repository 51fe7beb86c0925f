import type { AccessOfAgent } from '@agent-identity/authorization'
import { type ClientAuthorization, type ListedConnection, ROUTES } from '@agent-identity/contracts'
import { html } from 'hono/html'
import { askedByClientsSection } from './asked-by-clients.ts'
import { connectionDialogs } from './connection-dialogs.ts'
import { askFirstSwitch, connectionRow } from './connection-row.ts'
import { type PageUser, renderPage, signedInAs } from './layout.ts'
import { withoutConsentSection } from './without-consent.ts'

export interface ConnectionsPage {
  user: PageUser
  connections: readonly ListedConnection[]
  /** Absent where there is no MCP server. */
  askedByClients?: readonly ClientAuthorization[] | undefined
  withoutConsent?: readonly AccessOfAgent[]
  chat?: 'on' | 'off'
  /** Unix time in milliseconds. */
  now: number
}

/** Readable without a script. */
export function connectionsPage(page: ConnectionsPage): string {
  const { user, connections, askedByClients, withoutConsent = [], chat = 'on', now } = page
  return renderPage({
    title: 'Connected accounts',
    user,
    path: ROUTES.connectionsPage,
    chat,
    module: 'connections.ts',
    main: html`<main id="connections" data-user-subject="${user.subject}">
<h1 tabindex="-1">Connected accounts</h1>
<p>What the agent may use for <strong>${signedInAs(user)}</strong>. It acts there as you, and only within the permissions listed.</p>
<noscript><p class="problem">The buttons of this list need JavaScript. What is connected is shown as it was when this page was loaded.</p></noscript>
<p id="connections-notice" class="notice" role="status"></p>
${askedByClients === undefined ? '' : askedByClientsSection(askedByClients, now)}
${connections.length === 0 ? html`<p>No service is offered here.</p>` : connectionTable(connections, now)}
${withoutConsentSection(withoutConsent, askFirstSwitch)}
</main>`,
  })
}

/** On a small screen the layout is no table, and browsers may then drop the roles of a table: so the roles are explicit. */
const connectionTable = (
  connections: readonly ListedConnection[],
  now: number,
) => html`<table role="table" class="connections">
<thead role="rowgroup"><tr role="row">
<th role="columnheader" scope="col">Service</th>
<th role="columnheader" scope="col">Status</th>
<th role="columnheader" scope="col">Account</th>
<th role="columnheader" scope="col">Permissions</th>
<th role="columnheader" scope="col"><span class="visually-hidden">Action</span></th>
</tr></thead>
<tbody role="rowgroup" id="connection-rows">${connections.map((connection, n) => connectionRow({ connection, now, id: String(n) }))}</tbody>
</table>
<template id="connection-row">${connectionRow({ now, id: 'new' })}</template>
${connectionDialogs}`
