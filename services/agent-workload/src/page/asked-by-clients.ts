import type { ClientAuthorization } from '@agent-identity/contracts'
import { html } from 'hono/html'
import { whenOf } from './client/connection-times.ts'
import type { Html } from './layout.ts'

/** The open authorizations that MCP clients have asked for. Works without a script. */
export const askedByClientsSection = (
  asked: readonly ClientAuthorization[],
  now: number,
) => html`<section id="asked-by-clients" aria-labelledby="asked-by-clients-heading"${asked.length > 0 ? '' : html` hidden`}>
<h2 id="asked-by-clients-heading">Asked for by your applications</h2>
<p>Go on only with what you have asked for just now. Every program with the client id can use the connection once it is made.</p>
<ul class="asked" data-slot="asked">${asked.map((one) => askedItem(one, now))}</ul>
<template>${askedItem(EMPTY, now)}</template>
</section>`

const EMPTY: ClientAuthorization = {
  ...{ provider: '', displayName: '', clientId: '', scopes: [], startUrl: '/', expiresAt: new Date(0).toISOString() },
}

function askedItem(asked: ClientAuthorization, now: number): Html | Promise<Html> {
  const { displayName, clientId, clientName = '', scopes, startUrl, expiresAt } = asked
  return html`
<li data-start="${startUrl}">
<p>An application<span data-slot="called"${clientName === '' ? html` hidden` : ''}> that calls itself <strong><bdi data-slot="name">${clientName}</bdi></strong></span> (client id <code data-slot="client">${clientId}</code>) asks for <strong data-slot="service">${displayName}</strong><span data-slot="needs"${scopes.length > 0 ? '' : html` hidden`}>, and needs:</span></p>
<ul data-slot="scopes"${scopes.length > 0 ? '' : html` hidden`}>${scopes.map((scope) => html`<li>${scope}</li>`)}</ul>
<p class="actions"><a class="button" data-slot="start" href="${startUrl}">Connect <span data-slot="service">${displayName}</span></a> <span data-slot="time-left" class="quiet" role="timer" aria-live="off">Until ${whenOf(expiresAt, { now, timeZone: 'UTC' })}</span></p>
</li>`
}
