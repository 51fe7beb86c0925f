import { randomUUID } from 'node:crypto'
import { complete, refusalOf } from '../agentcore/calls.ts'
import type { Assumption, Experiment } from './assumption.ts'
import { describeRefusal, RETURN_URL } from './on-the-way.ts'
import { provideClient } from './provide-client.ts'

/** Lifetimes up to this are waited for without `--long`. */
const SHORT_MS = 10_000
/** AgentCore's clock may differ from the authorization server's. */
const MARGIN_MS = 1_500

const refresh: Assumption = {
  id: 'refresh',
  words: 'A request after the access token has expired, at an authorization server that gave a refresh token',
  expected: 'another token, and no consent',
}

export const refreshing: Experiment = {
  name: 'refreshing a token',
  assumptions: [refresh],
  async observe(trial) {
    const { client, ask } = await provideClient(trial)
    const { lifetimeMs } = client
    if (lifetimeMs > SHORT_MS && !trial.long)
      return { [refresh.id]: { notTried: `it takes ${Math.ceil(lifetimeMs / 60_000)} minutes; --long tries it` } }
    const userId = randomUUID()
    const { authorizationUrl, sessionUri } = await ask(userId)
    await client.consent(authorizationUrl ?? '', RETURN_URL)
    const refusal = await refusalOf(complete(trial.service, sessionUri, { userId }))
    if (refusal) return { [refresh.id]: { notTried: `the consent failed: ${describeRefusal(refusal)}` } }
    const first = (await ask(userId)).accessToken
    trial.hide(first, 'token')
    if (lifetimeMs > SHORT_MS)
      trial.say(`Waiting ${Math.ceil(lifetimeMs / 60_000)} minutes for an access token to expire.`)
    await trial.wait(lifetimeMs + MARGIN_MS)
    const { accessToken, authorizationUrl: again } = await ask(userId)
    trial.hide(accessToken, 'token')
    if (again) return { [refresh.id]: 'a new consent' }
    return { [refresh.id]: accessToken === first ? 'the expired token' : refresh.expected }
  },
}
