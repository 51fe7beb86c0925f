import { html } from 'hono/html'
import type { Call } from '../control/calls.ts'
import type { PlannedFault } from '../control/faults.ts'
import { type Markup, page } from '../pages/page.ts'
import type { AuthorizationView, StepState } from './describe-authorization.ts'
import type { EmulatorView, VaultRow } from './describe-emulator.ts'
import { span } from './span.ts'

/** `inspector.js` replaces the contents of `#view`. */
export const inspectorPage = (view: EmulatorView, operations: readonly string[]) =>
  page({
    title: 'AgentCore Identity emulator',
    stylesheet: '/_inspector/pages.css',
    head: html`<script type="module" src="/_inspector/inspector.js"></script>`,
    body: html`
    <header>
      <h1>AgentCore Identity emulator</h1>
      <p id="connection" role="status">This page needs JavaScript to update itself.</p>
    </header>
    <main>
      ${controls(operations)}
      <div id="view">${inspectorView(view)}</div>
    </main>`,
  })

const controls = (operations: readonly string[]) => html`
<section aria-labelledby="controls">
  <h2 id="controls">Controls</h2>
  <div class="controls">
    <form data-post="clock">
      <label for="advance">Advance the clock by</label>
      <select id="advance" name="advanceSeconds">
        <option value="60">1 minute</option>
        <option value="900">15 minutes</option>
        <option value="3600">1 hour</option>
        <option value="86400">1 day</option>
        <option value="604800">1 week</option>
      </select>
      <button>Advance</button>
    </form>
    <form data-post="faults">
      <label for="operation">Next call of</label>
      <select id="operation" name="operation">${operations.map((name) => html`<option>${name}</option>`)}</select>
      <label for="fault">does this</label>
      <select id="fault" name="fault">
        <option value='{"error":"InternalServerException"}'>fails (500)</option>
        <option value='{"error":"ThrottlingException"}'>is throttled (429)</option>
        <option value='{"error":"AccessDeniedException"}'>is denied (403)</option>
        <option value='{"delayMs":5000}'>takes 5 seconds</option>
        <option value='{"dropReply":true}'>succeeds, reply lost</option>
      </select>
      <label for="times">times</label>
      <input id="times" name="times" type="number" min="1" max="10000" value="1" required>
      <button>Plan</button>
    </form>
    <form data-post="reset" data-confirm="Reset? Calls, faults, authorizations, vaulted tokens and the consents at the built-in server are deleted. Identities, providers and policies are as configured again.">
      <button class="danger">Reset</button>
    </form>
  </div>
  <p id="outcome" role="status"></p>
</section>`

export const inspectorView = (view: EmulatorView) => html`
<p class="facts">
  Both planes: <code>${view.url}</code> · Clock: <time>${view.now}</time>${view.aheadSeconds > 0 ? html` (${span(view.aheadSeconds)} ahead)` : ''}
</p>
${view.faults.length > 0 ? plannedFaults(view.faults) : ''}
<section aria-labelledby="authorizations">
  <h2 id="authorizations">Authorizations</h2>
  ${view.authorizations.length > 0 ? html`<ul class="cards">${view.authorizations.map(authorization)}</ul>` : empty('None yet. GetResourceOauth2Token starts one when the vault has no token.')}
</section>
${table('vault', 'Token vault', ['Token', 'Provider', 'User', 'Scopes', 'Lifetime', 'Refresh token', 'Workload'], view.vault.map(vaultRow), 'Empty.')}
${table('calls', 'Calls, newest first', ['Time', 'Operation', 'Status', 'Principal', 'User', 'Decided by'], view.calls.map(callRow), 'None yet.')}
${table(
  'identities',
  'Workload identities',
  ['Name', 'Return URLs'],
  view.identities.map(({ name, returnUrls }) => [name, returnUrls.join(', ') || 'none']),
  'None.',
)}
${table(
  'providers',
  'Credential providers',
  ['Name', 'Vendor', 'Client id', 'Callback URL'],
  view.providers.map(({ name, kind, clientId, callbackUrl }) => [name, kind, clientId, callbackUrl]),
  'None.',
)}`

const empty = (text: string) => html`<p class="empty">${text}</p>`

const plannedFaults = (faults: readonly PlannedFault[]) => html`
<section aria-labelledby="planned">
  <h2 id="planned">Planned faults</h2>
  <ul>${faults.map(({ operation, user, error, delayMs, dropReply, times }) => {
    const effects = [error, delayMs ? `${delayMs} ms later` : '', dropReply ? 'reply lost' : ''].filter(Boolean)
    return html`<li><code>${operation}</code>${user === undefined ? '' : ` for ${user}`}: ${effects.join(', ')}, ${times === 1 ? 'once' : `${times} times`}</li>`
  })}</ul>
</section>`

const STEP_WORDS: Readonly<Record<StepState, string>> = {
  done: 'done',
  next: 'next',
  later: 'not yet',
  failed: 'stopped here',
}

const authorization = ({
  id,
  provider,
  user,
  scopes,
  state,
  expiresInSeconds,
  steps,
  next,
  users,
}: AuthorizationView) => html`
<li class="card" aria-label="Authorization ${id}">
  <h3>${provider} <small>for ${user}</small></h3>
  <p><span class="state" data-state="${state}">${state}</span> <code>${id}</code>${state === 'waiting' || state === 'returned' ? html` · expires in ${span(expiresInSeconds)}` : ''}${scopes.length > 0 ? html` · scopes ${scopes.join(' ')}` : ''}</p>
  <ol class="steps">${steps.map(({ name, state }) => html`<li data-step="${state}">${name} <small>${STEP_WORDS[state]}</small></li>`)}</ol>
  <p>${next}</p>
  ${state === 'waiting' && users.length > 0 ? consentButtons(id, users) : ''}
</li>`

const consentButtons = (id: string, users: readonly string[]) => html`
<p class="buttons">
  ${users.map((as) => html`<button id="consent-${id}-${as}" data-post="authorizations/${id}/consent" data-body="${JSON.stringify({ as })}">Consent as ${as}</button>`)}
  <button class="danger" id="deny-${id}" data-post="authorizations/${id}/deny" data-body="{}">Deny</button>
</p>`

const vaultRow = ({ fingerprint, provider, user, scopes, expiresInSeconds, hasRefreshToken, workload }: VaultRow) => [
  html`<code>${fingerprint}</code>`,
  provider,
  user,
  scopes.join(' '),
  lifetime(expiresInSeconds),
  hasRefreshToken ? 'yes' : 'no',
  workload,
]

function lifetime(seconds: number | undefined) {
  if (seconds === undefined) return 'no expiry'
  return seconds > 0 ? `${span(seconds)} left` : `expired ${span(-seconds)} ago`
}

const callRow = ({ at, operation, status, principal, user, decision }: Call) => [
  html`<time datetime="${at}">${at.slice(11, 23)}</time>`,
  html`<code>${operation}</code>`,
  html`<span class="state" data-state="${status < 400 ? 'ok' : 'refused'}">${status}</span>`,
  principal ?? '',
  user ?? '',
  decision ?? '',
]

type Cell = string | Markup

function table(
  id: string,
  title: string,
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
  none: string,
) {
  return html`
<section aria-labelledby="${id}">
  <h2 id="${id}">${title}</h2>
  ${
    rows.length === 0
      ? empty(none)
      : html`<div class="scroll" tabindex="0" role="group" aria-labelledby="${id}"><table>
    <thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
    <tbody>${rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
  </table></div>`
  }
</section>`
}
