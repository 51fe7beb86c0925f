import type { ConnectionId, ConnectionRecord, ConsentRequest, UserRef } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { connectionRecord } from '../test-support/connection.ts'
import { accountOfRequest, hasDisconnected } from './account-of-request.ts'

const user = 'a'.repeat(22) as UserRef
const home = 'idOfHome_02' as ConnectionId
const ref = { user, provider: 'github' as const, named: undefined }

const ports = (record: Partial<ConnectionRecord> | undefined, hasNone = false) => ({
  accounts: {
    choose: async () => (hasNone ? undefined : { ref, record: record && connectionRecord(record) }),
  },
  connections: { find: async () => record && connectionRecord(record) },
})
const request = (account?: ConsentRequest['account']) =>
  ({ provider: 'github', ...(account && { account }) }) as ConsentRequest

describe('the account of a consent request', () => {
  test('is the one that the call was begun for, and the default where that is not known', async () => {
    const record = connectionRecord({})
    expect(await accountOfRequest(request({ named: home }), user, ports({}))).toEqual({
      ref: { ...ref, named: home },
      record,
    })
    expect(await accountOfRequest(request({}), user, ports(undefined, true))).toEqual({ ref, record: undefined })
    expect(await accountOfRequest(request(), user, ports({}))).toEqual({ ref, record })
    expect(await accountOfRequest(request(), user, ports({}, true))).toBeUndefined()
  })

  test.each<[string, ConsentRequest['account'], Partial<ConnectionRecord> | undefined, boolean]>([
    ['was disconnected', {}, { status: 'disconnected' }, true],
    ['is being disconnected', undefined, { status: 'disconnecting' }, true],
    ['is connected', {}, {}, false],
    ['was not connected yet', {}, undefined, false],
    ['has a name, and no record any more', { named: home }, undefined, true],
    ['has a name, and is connected', { named: home }, {}, false],
  ])('%s', async (_what, account, record, is) => {
    expect(await hasDisconnected(request(account), user, ports(record))).toBe(is)
  })

  test('is none: then its user has disconnected none', async () => {
    expect(await hasDisconnected(request(), user, ports(undefined, true))).toBe(false)
  })
})
