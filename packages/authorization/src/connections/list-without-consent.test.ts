import type { UserRef } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { OFFERED } from '../test-support/offered.ts'
import { listWithoutConsent } from './list-without-consent.ts'

test('says of each provider that asks no user what the agent has there, and of no other', async () => {
  const user = 'a'.repeat(22) as UserRef
  const asked: unknown[] = []
  const askFirst = {
    async isOn(...of: unknown[]) {
      asked.push(of)
      return true
    },
  }
  const hours = { ...OFFERED.get('hours'), readOnly: true } as never
  const offered = new Map([...OFFERED, ['hours', hours]])
  expect(await listWithoutConsent(user, { offered, askFirst })).toEqual([
    { provider: 'hours', displayName: 'Hours', credential: 'on-behalf-of', scopes: ['See', 'Change'] },
    { provider: 'status', displayName: 'Status', credential: 'machine', scopes: ['See'], askFirst: true },
    { provider: 'stock', displayName: 'Stock', credential: 'api-key', scopes: ['See'], askFirst: true },
  ])
  expect(asked).toEqual([
    [user, 'status'],
    [user, 'stock'],
  ])
})
