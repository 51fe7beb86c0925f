import {
  USER_SESSION_ENDED_CHANNEL,
  type UserSessionRef,
  UserTokens,
  userSessionRefOf,
  userTokensKey,
} from '@agent-identity/contracts'
import { createSealer } from '@agent-identity/service-runtime'
import { expect, test } from '@jest/globals'
import { attacksOn } from '../support/attack.ts'
import { ANOTHER_FLOW } from '../support/provider-flows.ts'
import { stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
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

/** The access token of the sign-in expires sooner than an authorization needs, and no replica has a cached token. */
async function growOld(ref: UserSessionRef): Promise<void> {
  const key = userTokensKey(ref)
  const tokens = { ...(await userTokensOf(ref)), accessTokenExpiresAt: Date.now() + 30_000 }
  await redis.set(key, sealer.seal(JSON.stringify(tokens), key), 'KEEPTTL')
  await redis.publish(USER_SESSION_ENDED_CHANNEL, ref)
}

test('tokens refreshed between start and return: the artifact that minted is the one that binds', async () => {
  const before = await waiting()
  const ref = userSessionRefOf(before.id)
  const returnUrl = await before.who.consentUpToReturn(before.startUrl)
  const { accessToken } = await userTokensOf(ref)

  await growOld(ref)
  // Listeners drop their caches for the user session, and its streams end; the user session itself continues.
  await before.stream.end()
  const count = await emulator.counting()
  const after = await waiting(before.who, ANOTHER_FLOW.question)
  expect(await count('GetWorkloadAccessTokenForJWT')).toBe(1)
  expect((await userTokensOf(ref)).accessToken).not.toBe(accessToken)

  // AgentCore does not accept one artifact for the other: each authorization has kept its own.
  await finishes({ ...before, stream: await before.who.stream(before.eventsUrl) }, returnUrl)
  await finishes(after)
})
