import {
  CONFIRMED_START,
  type ConsentRequest,
  type OfferedProviders,
  ROUTES,
  scopesInWords,
  splitScopes,
  startAuthorizationPath,
} from '@agent-identity/contracts'
import { html } from 'hono/html'
import { type PageUser, signedInAs } from './layout.ts'
import { noticePage } from './notice-pages.ts'

interface AskedByClient {
  asked: ConsentRequest
  user: PageUser
  offered: OfferedProviders
}

/** Asks before the start of an MCP client's consent request. Works without a script. */
export function consentRequestPage({ asked, user, offered }: AskedByClient): string {
  const { id, displayName, clientId, clientName, provider, scopes } = asked
  const permissions = scopesInWords(offered.get(provider), splitScopes(scopes))
  return noticePage(`Connect ${displayName}`, [
    html`<p>An application that you have signed in to wants to use your ${displayName} through this service.</p>`,
    clientName
      ? html`<p>It calls itself <strong><bdi>${clientName}</bdi></strong>. Its client id is <code>${clientId}</code>.</p>`
      : html`<p>Its client id is <code>${clientId}</code>.</p>`,
    html`<p>Every program with this client id can use the connection once it is made, and not this one alone.</p>`,
    ...(permissions.length > 0
      ? [
          html`<p>It needs these permissions:</p>`,
          html`<ul>${permissions.map((permission) => html`<li>${permission}</li>`)}</ul>`,
        ]
      : []),
    html`<p>${displayName} will be connected to <strong>${signedInAs(user)}</strong>. Go on only if you have asked for it just now.</p>`,
    html`<p><a class="button" href="${startAuthorizationPath(id)}?${CONFIRMED_START}=yes">Connect ${displayName}</a></p>`,
    html`<p><a href="${ROUTES.connectionsPage}">Connected accounts</a></p>`,
  ])
}
