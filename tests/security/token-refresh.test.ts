import { USER_SESSION_ENDED_CHANNEL, type UserSessionRef, UserTokens, userTokensKey } from '@agent-identity/contracts'
import { createSealer } from '@agent-identity/service-runtime'
import { expect, test } from '@jest/globals'
import { attacksOn } from '../support/attack.ts'
import { auditLinesOf } from '../support/audit-lines.ts'
import { ANOTHER_FLOW, WITHOUT_CONSENT_FLOWS } from '../support/provider-flows.ts'
import { keysOf } from '../support/redis.ts'
import { logOf, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'

const stack = stackOfThisWorker()
const EXCHANGED = WITHOUT_CONSENT_FLOWS.find(({ provider }) => provider === 'time-off')?.question ?? ''
const { waiting, finishes, redis, emulator } = attacksOn(stack)

const { sealWith = '', ...keys } = JSON.parse(stack.environments['agent-workload'].USER_TOKENS_KEYS ?? '{}') as Record<
  string,
  string
>
const sealer = createSealer({ sealWith, keys }, 'user tokens')

async function userTokensOf(ref: UserSessionRef): Promise<UserTokens> {
  const key = userTokensKey(ref)
  return UserTokens.parse(JSON.parse(sealer.open((await redis.get(key)) ?? '', key)))
}

/** Makes the sign-in's access token expire sooner than an authorization needs, and replicas drop cached tokens. */
async function growOld(ref: UserSessionRef, more: Partial<UserTokens> = {}): Promise<void> {
  const key = userTokensKey(ref)
  const tokens = { ...(await userTokensOf(ref)), accessTokenExpiresAt: Date.now() + 30_000, ...more }
  await redis.set(key, sealer.seal(JSON.stringify(tokens), key), 'KEEPTTL')
  await redis.publish(USER_SESSION_ENDED_CHANNEL, ref)
}

test('tokens refreshed between start and return: the artifact that minted is the one that binds', async () => {
  const before = await waiting()
  const { ref } = before
  const returnUrl = await before.who.consentUpToReturn(before.startUrl)
  const { accessToken } = await userTokensOf(ref)

  await growOld(ref)
  // The message that `growOld` publishes ends the stream; the user session continues.
  await before.stream.end()
  const count = await emulator.counting()
  // AgentCore exchanges the user's own token: another one is needed.
  await (await before.who.ask(EXCHANGED)).stream.answer()
  expect(await count('GetWorkloadAccessTokenForJWT')).toBe(1)
  expect((await userTokensOf(ref)).accessToken).not.toBe(accessToken)

  // AgentCore accepts no other artifact than the one that minted.
  await finishes({ ...before, stream: await before.who.stream(before.eventsUrl) }, returnUrl)
  await finishes(await waiting(before.who, ANOTHER_FLOW.question))
})

test('an issuer that refuses to refresh ends the user session: nothing of it is left, and the audit trail says so', async () => {
  const { who, ref, stream } = await waiting()
  const endedByIssuer = async () =>
    auditLinesOf(await logOf(stack)).filter(({ event }) => event === 'signed_out_by_issuer').length
  const before = await endedByIssuer()
  await growOld(ref, { refreshToken: 'not a token of this issuer' })
  await stream.end()

  const asked = await who.postTurn({ message: EXCHANGED })
  expect(asked.status).toBe(202)
  await until(async () => (await keysOf(stack, ref)).length === 0)
  expect((await who.api('/api/session')).status).toBe(401)
  await until(async () => (await endedByIssuer()) > before)
})
