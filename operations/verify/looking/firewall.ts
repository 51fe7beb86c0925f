import { ROUTES } from '@agent-identity/contracts'
import { flowRowOfRequests } from '../flow/flow-row.ts'
import type { Row } from '../report/row.ts'

export interface Asked {
  method: 'GET' | 'POST'
  url: string
  body?: string
}
type Ask = (asked: Asked) => Promise<{ status: number; requestId: string | null }>

/** AWS's core rule set matches this text (its rule about scripts). */
const QUESTION = JSON.stringify({ message: 'What does <script>alert(1)</script> do?' })

/** AWS's core rule set labels a query of more than 2,048 bytes. */
const LONG_QUERY = `code=${'x'.repeat(3_968)}&state=of-no-sign-in-at-all`

/** Without a user session and without a sign-in, so that nothing is created: the app's refusal shows that the request passed the firewall. */
export async function lookAtFirewall(app: string, ask: Ask = send): Promise<Row[]> {
  const post = (path: string): Asked => ({ method: 'POST', url: `${app}${path}`, body: QUESTION })
  const get = (path: string): Asked => ({ method: 'GET', url: `${app}${path}?${LONG_QUERY}` })
  const row = (id: string, words: string, asked: readonly (readonly [Asked, 'let through' | 'blocked'])[]) =>
    flowRowOfRequests(id, words, asked.map(([, as]) => as).join(', '), async () => {
      const seen: string[] = []
      for (const [one] of asked) seen.push(describe(await ask(one)))
      return seen.join(', ')
    })
  return [
    await row(
      'firewall-labels',
      "A question that the firewall's rules for bodies label: as a question, under another spelling, elsewhere",
      [
        [post(ROUTES.turns), 'let through'],
        // The firewall exempts the exact path only, although Express accepts this spelling, too.
        [post(`${ROUTES.turns}/`), 'blocked'],
        [post(ROUTES.connections), 'blocked'],
      ],
    ),
    await row('firewall-sign-in-return', 'A query of 4,000 characters: as a return from the sign-in, elsewhere', [
      [get(ROUTES.signInRedirect), 'let through'],
      [get(ROUTES.connections), 'blocked'],
    ]),
  ]
}

/** Each answer of the app names its request. The firewall answers with 403. */
function describe({ status, requestId }: Awaited<ReturnType<Ask>>): string {
  if (requestId !== null) return 'let through'
  return status === 403 ? 'blocked' : `answered with ${status} by neither`
}

const send: Ask = async ({ method, url, body }) => {
  const response = await fetch(url, {
    method,
    headers: body ? { 'content-type': 'application/json', origin: new URL(url).origin } : {},
    ...(body ? { body } : {}),
    redirect: 'manual',
    signal: AbortSignal.timeout(20_000),
  })
  await response.body?.cancel()
  return { status: response.status, requestId: response.headers.get('x-request-id') }
}
