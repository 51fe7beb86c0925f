import type { ListedConnection } from '@agent-identity/contracts'
import { html } from 'hono/html'
import { dayOf, whenOf } from './client/connection-times.ts'
import { accountName, adviceOn, asksShown, STATUS_WORDS, sinceOf, useWords } from './client/connection-words.ts'
import type { Html } from './layout.ts'

interface RowOf {
  /** Without one, an empty row, for the client to fill in. */
  connection?: ListedConnection
  /** Unix time in milliseconds. */
  now: number
  /** Used in the ids of the row's elements. */
  id: string
}

const EMPTY: ListedConnection = { provider: '', displayName: '', status: 'not_connected', scopes: [] }

export function connectionRow({ connection = EMPTY, now, id }: RowOf): Html | Promise<Html> {
  const { provider, displayName, status, scopes, accountId = '', isDefault = false } = connection
  const { uses = [], missing = [], pendingUntil, askFirst } = connection
  const reader = { now, timeZone: 'UTC' } as const
  const since = sinceOf(connection)
  const asks = asksShown(connection)
  return html`
<tr role="row" tabindex="-1" data-provider="${provider}" data-account="${accountId}" data-status="${status}">
<th role="rowheader" scope="row" id="service-${id}" data-slot="service">${displayName}</th>
<td role="cell" class="status"><span aria-live="polite" aria-atomic="true"><span class="visually-hidden" data-slot="spoken">${displayName}: </span><span data-slot="status">${STATUS_WORDS[status]}</span> <span data-slot="advice">${adviceOn(connection, 'UTC')}</span></span> <span data-slot="time-left" class="time-left" role="timer" aria-live="off">${pendingUntil === undefined ? '' : `Until ${whenOf(pendingUntil, reader)}`}</span></td>
<td role="cell" class="account"><span data-slot="account" id="account-${id}">${accountName(connection)}</span> <span data-slot="default" class="badge"${hiddenUnless(isDefault)}>Default</span> <time data-slot="since" datetime="${since}">${since === '' ? '' : dayOf(since, 'UTC')}</time>
<ul data-slot="uses" class="quiet"${hiddenUnless(uses.length > 0)}>${uses.map((use) => item(useWords(use, reader)))}</ul></td>
<td role="cell" class="permissions"><ul data-slot="scopes">${scopes.map(item)}</ul><div data-slot="missing"${hiddenUnless(missing.length > 0)}><p>Missing:</p><ul data-slot="missing-scopes">${missing.map(item)}</ul></div><div data-slot="asks"${hiddenUnless(asks.length > 0)}><p>Connect asks for:</p><ul data-slot="asked-scopes">${asks.map(item)}</ul></div></td>
<td role="cell" class="actions"><label class="which" data-slot="which" hidden>Which account? <span class="quiet">It may stay empty.</span><input data-slot="hint" maxlength="254" autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="service-${id}"></label>
${button('accept', 'Use it', id)}
${button('action', '', id)}
${button('cancel', 'Cancel', id, 'button-quiet')}
${button('make-default', 'Make default', id, 'button-quiet')}
${button('add', 'Add account', id, 'button-quiet')}
${button('disconnect', 'Disconnect', id, 'button-quiet')}
${askFirstSwitch(displayName, askFirst)}
<p data-slot="message" class="quiet" role="status"></p></td>
</tr>`
}

const item = (text: string) => html`<li>${text}</li>`
const hiddenUnless = (isShown: boolean) => (isShown ? '' : html` hidden`)

const button = (slot: string, text: string, id: string, className?: string) =>
  html`<button type="button" data-slot="${slot}"${className === undefined ? '' : html` class="${className}"`} aria-describedby="service-${id} account-${id}" hidden>${text}</button>`

/** Disabled until the client script runs. @param on undefined hides it */
export const askFirstSwitch = (
  displayName: string,
  on: boolean | undefined,
) => html`<label class="ask-first" data-slot="ask-first-label"${hiddenUnless(on !== undefined)}>
<input type="checkbox" role="switch" data-slot="ask-first" disabled${on ? html` checked` : ''}>
<span>Ask me before any change<span class="visually-hidden"> at <span data-slot="ask-first-service">${displayName}</span></span></span></label>`
