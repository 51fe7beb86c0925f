import { isLive, scopesAsked } from '@agent-identity/authorization'
import {
  type Authorization,
  CONFIRMED_START,
  type ConnectionsAt,
  type OfferedProviders,
  ROUTES,
  scopesInWords,
  startAuthorizationPath,
} from '@agent-identity/contracts'
import { html } from 'hono/html'
import { dayOf } from './client/connection-times.ts'
import { type PageUser, signedInAs } from './layout.ts'
import { noticePage } from './notice-pages.ts'

interface AskedByClient {
  authorization: Authorization
  /** Of its user, at its provider. */
  at: ConnectionsAt
  user: PageUser
  offered: OfferedProviders
}

/** Asks before a start of an authorization that an MCP client has asked for. Works without a script. */
export function clientAuthorizationPage({ authorization, at, user, offered }: AskedByClient): string {
  const { id, displayName, provider, client } = authorization
  const known = offered.get(provider)
  const permissions = known ? scopesInWords(known, scopesAsked(authorization, known, at)) : []
  const disconnected = disconnectedOn(at)
  const clientId = html`<code>${client?.clientId}</code>`
  return noticePage(`Connect ${displayName}`, [
    html`<p>An application that you have signed in to wants to use your ${displayName} through this service.</p>`,
    client?.clientName
      ? html`<p>It calls itself <strong><bdi>${client.clientName}</bdi></strong>. Its client id is ${clientId}.</p>`
      : html`<p>Its client id is ${clientId}.</p>`,
    html`<p>Every program with this client id can use the connection once it is made, and not this one alone.</p>`,
    ...(disconnected === undefined ? [] : [html`<p>You disconnected ${displayName} on ${disconnected}.</p>`]),
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

/** @returns undefined while the user has a connection there, or has never disconnected one */
function disconnectedOn({ connections }: ConnectionsAt): string | undefined {
  const ends = connections.some(isLive) ? [] : connections.flatMap(({ endedAt }) => endedAt ?? [])
  return ends.length > 0 ? dayOf(new Date(Math.max(...ends)).toISOString(), 'UTC') : undefined
}
