import type { AccessOfAgent } from '@agent-identity/authorization'
import { html } from 'hono/html'

type Html = ReturnType<typeof html>

const WHOSE: Readonly<Record<AccessOfAgent['credential'], string>> = {
  'on-behalf-of': 'Yours: the agent acts as you, by your sign-in here',
  machine: 'The agent’s own, the same for every user',
  'api-key': 'A key of the agent’s, the same for every user',
}

export function withoutConsentSection(
  accesses: readonly AccessOfAgent[],
  askFirstSwitch: (displayName: string, on: boolean) => Html | Promise<Html>,
): Html | Promise<Html> | '' {
  if (accesses.length === 0) return ''
  const row = ({ provider, displayName, credential, scopes, askFirst }: AccessOfAgent) => html`
<tr role="row" data-provider="${provider}">
<th role="rowheader" scope="row">${displayName}</th>
<td role="cell">${WHOSE[credential]}</td>
<td role="cell"><ul>${scopes.map((scope) => html`<li>${scope}</li>`)}</ul></td>
<td role="cell" class="actions">${askFirst === undefined ? '' : askFirstSwitch(displayName, askFirst)}
<p data-slot="message" class="quiet" role="status"></p></td>
</tr>`
  return html`<section id="without-consent" aria-labelledby="without-consent-heading">
<h2 id="without-consent-heading">What the agent has without you</h2>
<p>These services do not ask you, so there is nothing to connect or to disconnect. Those who run this agent decide what it may do there.</p>
<table role="table" class="connections">
<thead role="rowgroup"><tr role="row">
<th role="columnheader" scope="col">Service</th>
<th role="columnheader" scope="col">Access</th>
<th role="columnheader" scope="col">Used to</th>
<th role="columnheader" scope="col"><span class="visually-hidden">Changes</span></th>
</tr></thead>
<tbody role="rowgroup">${accesses.map(row)}</tbody>
</table>
</section>`
}
