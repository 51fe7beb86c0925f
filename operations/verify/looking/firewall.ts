import { ROUTES } from '@agent-identity/contracts'
import { flowRowOfRequests } from '../flow/flow-row.ts'
import type { Row } from '../report/row.ts'

/** AWS's core rule set matches this text (its rule about scripts). */
const QUESTION = JSON.stringify({ message: 'What does <script>alert(1)</script> do?' })

/** In the order of `WORDS`. */
const ASKED = [
  { path: ROUTES.turns, as: 'let through' },
  // The firewall exempts the exact path only, although Express accepts this spelling, too.
  { path: `${ROUTES.turns}/`, as: 'blocked' },
  { path: ROUTES.connections, as: 'blocked' },
]
const ID = 'firewall-labels'
const WORDS = "A question that the firewall's rules for bodies label: as a question, under another spelling, elsewhere"
const EXPECTED = ASKED.map(({ as }) => as).join(', ')

/** Without a user session, so that no turn is created: the app's refusal shows that the request passed the firewall. */
export const lookAtFirewall = (app: string, post: Post = postJson): Promise<Row> =>
  flowRowOfRequests(ID, WORDS, EXPECTED, async () => {
    const seen: string[] = []
    for (const { path } of ASKED) seen.push(describe(await post(`${app}${path}`, QUESTION)))
    return seen.join(', ')
  })

type Post = (url: string, body: string) => Promise<{ status: number; body: string }>

/** The app refuses in JSON, the firewall with 403 and a page. */
function describe({ status, body }: Awaited<ReturnType<Post>>): string {
  if (/^\s*\{.*"code"/s.test(body)) return 'let through'
  return status === 403 ? 'blocked' : `answered with ${status} by neither`
}

const postJson: Post = async (url, body) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: new URL(url).origin },
    body,
    redirect: 'manual',
    signal: AbortSignal.timeout(20_000),
  })
  return { status: response.status, body: await response.text() }
}
