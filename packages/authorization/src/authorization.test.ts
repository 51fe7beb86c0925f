import { expect, test } from '@jest/globals'
import type { AskedFor } from './asked-for.ts'
import { createAuthorization } from './authorization.ts'
import { asked, requesting, toConsent, token } from './test-support/requesting.ts'

function world(isRead: boolean) {
  const { ports, requests } = requesting([toConsent, token])
  const waitedFor: unknown[] = []
  const { requestAccess } = createAuthorization({
    ...ports,
    disconnections: {
      async untilRead({ user, provider, scopes, parameters }: AskedFor) {
        waitedFor.push([user, provider, scopes, parameters])
        return isRead
      },
    },
  } as Parameters<typeof createAuthorization>[0])
  return { requestAccess, requests, waitedFor }
}

const startingOver = { ...asked, forceAuthentication: true }

test('a request that starts over waits until a disconnection has read the token that it takes out of the vault', async () => {
  const { requestAccess, requests, waitedFor } = world(true)
  expect((await requestAccess(startingOver)).outcome).toBe('authorization-required')
  expect(requests).toMatchObject([{ forceAuthentication: true }])
  expect(waitedFor).toEqual([[asked.user, asked.provider, ['repo'], {}]])
})

test('a request that starts over is not sent while that token was not read; another one takes nothing, and waits for nothing', async () => {
  const { requestAccess, requests, waitedFor } = world(false)
  expect(await requestAccess(startingOver)).toEqual({ outcome: 'unavailable' })
  expect([requests, waitedFor.length]).toEqual([[], 1])
  await requestAccess(asked)
  expect([requests.length, waitedFor.length]).toEqual([1, 1])
})
