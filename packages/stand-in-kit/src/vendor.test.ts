import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Router } from 'express'
import { startVendor } from './test-support/start-vendor.ts'
import { createVendor, type StandIn } from './vendor.ts'

const endpoints = { authorization: '/authorize', token: '/token' }
const withCommas: StandIn = {
  endpoints,
  create: (options) =>
    createVendor(options, {
      look: { colour: 'blue', name: 'A vendor', standsInFor: 'a vendor' },
      scopes: { read: 'Read', write: 'Write' },
      scopeSeparator: ',',
      configuration: { routes: endpoints },
      routes: () => [Router()],
    }),
}

let vendor: Awaited<ReturnType<typeof startVendor>>
beforeAll(async () => {
  vendor = await startVendor(withCommas)
})
afterAll(() => vendor.close())

test('a vendor that expects commas between scopes grants them, and refuses spaces', async () => {
  expect(await vendor.consent('alice', 'read,write')).toMatchObject({ scope: 'read write' })
  expect(await vendor.consent('alice', 'read')).toMatchObject({ scope: 'read' })
  for (const scope of ['read write', 'read, write'])
    expect((await vendor.request(scope)).html).toContain('invalid_scope')
})
