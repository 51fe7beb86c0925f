import {
  type Authorization,
  ROUTES,
  type Start,
  startAuthorizationInsteadPath,
  startAuthorizationPath,
} from '@agent-identity/contracts'
import { html } from 'hono/html'
import { noticePage } from './notice-pages.ts'

interface OtherConsentOpen {
  open: Pick<Start, 'authorization' | 'displayName' | 'createdAt' | 'expiresAt'>
  asked: Pick<Authorization, 'id' | 'displayName'>
  /** Unix time in milliseconds. */
  now: number
}

/** Works without a script. */
export function otherConsentOpenPage({ open, asked, now }: OtherConsentOpen): string {
  const name = open.displayName
  const instead = name === asked.displayName ? `the other request for ${name}` : asked.displayName
  return noticePage(`You are already connecting ${name}`, [
    html`<p>You began ${ago(now - open.createdAt)} and have not finished yet. It stays open for ${left(open.expiresAt - now)}.</p>`,
    html`<p>A browser can have one consent open at a time. Finish connecting ${name}, or go on with ${instead}. Going on cancels nothing: the link that you used for ${name} works again afterwards.</p>`,
    html`<form method="post" action="${startAuthorizationInsteadPath(asked.id)}"><button type="submit">Go on with ${instead}</button></form>`,
    html`<p><a class="button-quiet" href="${startAuthorizationPath(open.authorization)}">Finish connecting ${name}</a></p>`,
    html`<p><a href="${ROUTES.chatPage}">Go to the agent</a></p>`,
  ])
}

const MINUTE = 60_000

/** The server does not know the reader's time zone. */
function ago(ms: number): string {
  const minutes = Math.floor(ms / MINUTE)
  if (minutes < 1) return 'a moment ago'
  return minutes === 1 ? '1 minute ago' : `${minutes} minutes ago`
}

function left(ms: number): string {
  const minutes = Math.floor(ms / MINUTE)
  if (minutes < 1) return 'less than a minute'
  return minutes === 1 ? '1 more minute' : `${minutes} more minutes`
}
