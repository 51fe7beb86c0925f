import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { startEmulator } from 'agentcore-identity-emulator'
import { directGrants } from './support/direct-grants.ts'
import { mintForJwt } from './support/flow.ts'
import { Issuer } from './support/issuer.ts'
import { clientConfiguration, Subject } from './support/subject.ts'
import { json, Vendor } from './support/vendor.ts'

const VENDOR_TIMEOUT_SECONDS = 60
const vendor = new Vendor()
const issuer = new Issuer()
beforeAll(() => Promise.all([vendor.start(), issuer.start()]))
afterAll(async () => {
  jest.useRealTimers()
  await Promise.all([vendor.close(), issuer.close()])
})

test('a closing emulator waits for an exchange with an actor token, although each of the three answers is slow', async () => {
  const emulator = await startEmulator({
    vendorTimeoutSeconds: VENDOR_TIMEOUT_SECONDS,
    workloadIdentities: [{ name: 'agent' }],
  })
  const subject = new Subject(clientConfiguration(emulator), false)
  const { ask, customProvider } = directGrants(vendor, () => subject)
  const resourceCredentialProviderName = await customProvider({
    // The vendor has no document at this path, so the request gets the next planned answer.
    oauthDiscovery: { discoveryUrl: `${vendor.url}/.well-known/openid-configuration` },
    onBehalfOfTokenExchangeConfig: {
      grantType: 'TOKEN_EXCHANGE',
      tokenExchangeGrantTypeConfig: { actorTokenContent: 'M2M' },
    },
  })
  const workloadIdentityToken = await mintForJwt(subject, 'agent', issuer.token('alice'))

  const held = Array.from({ length: 3 }, () => Promise.withResolvers<() => void>())
  const holds = [
    { issuer: vendor.url, token_endpoint: `${vendor.url}/token` },
    { access_token: 'actor', token_type: 'Bearer' },
    { access_token: 'exchanged', token_type: 'Bearer' },
  ].map((body, index) => (response: ServerResponse) => held[index]?.resolve(() => json(response, 200, body)))
  vendor.answerNext(...holds)
  const answer = ask({
    oauth2Flow: 'ON_BEHALF_OF_TOKEN_EXCHANGE',
    workloadIdentityToken,
    resourceCredentialProviderName,
  })
  await held[0]?.promise

  // The emulator's timeout for vendors (AbortSignal.timeout) stays real.
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance', 'Date', 'setInterval'],
  })
  const closed = emulator.close()
  for (const { promise } of held) {
    // When the call is cut off, `answer` rejects.
    const answerNow = await Promise.race([promise, answer.then(() => () => {})])
    jest.advanceTimersByTime(VENDOR_TIMEOUT_SECONDS * 1000 - 1)
    answerNow()
  }
  expect(await answer).toEqual({ accessToken: 'exchanged' })
  await closed
  subject.data.destroy()
  subject.control.destroy()
})
