import type { AuthorizationId } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { connectionRecord } from '../test-support/connection.ts'
import { SCOPES, UNNAMED } from '../test-support/disconnecting.ts'
import { createRevocationWaits } from './revocation-waits.ts'

const [FIRST, SECOND] = ['first', 'second'] as [AuthorizationId, AuthorizationId]
const asked = { ...UNNAMED, scopes: [SCOPES], parameters: {}, generation: 0 }

/** @param during what happens while it is waited for a consent, which is not compared in time */
function untilRead(during: () => { boundBy?: AuthorizationId; isRead: boolean }): Promise<boolean> {
  let now: ReturnType<typeof during> = { boundBy: FIRST, isRead: false }
  let waits = 0
  const { untilRead } = createRevocationWaits({
    records: {
      read: async () => ({ value: connectionRecord(now), stored: '' }),
      readAll: async () => [],
      readRevocation: async () => ({ value: undefined, stored: '' }),
    },
    calls: {
      async until() {
        if (++waits === 1) return false
        now = during()
        return now.isRead
      },
    },
    authorizations: { findUnchecked: async () => SECOND },
    clock: () => 0,
  })
  return untilRead(asked)
}

test.each([
  ['may start over, when nothing has connected meanwhile', { boundBy: FIRST, isRead: true }, true],
  ['may start over, when the connection is gone', { isRead: true }, true],
  ['may not, when a consent has connected meanwhile', { boundBy: SECOND, isRead: true }, false],
  ['may not before the earlier token was read', { boundBy: FIRST, isRead: false }, false],
])('a request that waits for a consent that is not compared in time %s', async (_what, meanwhile, may) => {
  expect(await untilRead(() => meanwhile)).toBe(may)
})
