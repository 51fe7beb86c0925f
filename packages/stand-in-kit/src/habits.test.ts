import { afterEach, expect, test } from '@jest/globals'
import express, { Router } from 'express'
import { findCaller } from './access-token.ts'
import type { VendorHabit } from './habits.ts'
import { startVendor } from './test-support/start-vendor.ts'
import { createVendor, type StandIn } from './vendor.ts'

const endpoints = { authorization: '/authorize', token: '/token' }
const plainVendor: StandIn = {
  endpoints,
  create: (options) =>
    createVendor(options, {
      look: { colour: 'blue', name: 'A vendor', standsInFor: 'a vendor' },
      scopes: { read: 'Read', write: 'Write' },
      accountHint: 'login',
      configuration: { routes: endpoints, extraParams: ['access_type'] },
      routes: (server) => [
        Router().get('/scopes', async (request, response) => {
          const caller = await findCaller(server, request.get('Authorization') ?? '')
          response.json(caller ? [...caller.scopes].sort() : 'no token')
        }),
        Router().post('/revoke', express.json(), async (request, response) => {
          await (await server.provider.AccessToken.find(request.body.token))?.destroy()
          response.json({})
        }),
      ],
    }),
}

let vendor: Awaited<ReturnType<typeof startVendor>>
afterEach(() => vendor.close())

async function start(...habits: VendorHabit[]) {
  vendor = await startVendor(plainVendor, { habits })
  return {
    scopesOf: async (token: string) =>
      (await fetch(`${vendor.origin}/scopes`, { headers: { authorization: `Bearer ${token}` } })).json(),
    refreshes: async (refresh_token = '') =>
      (await vendor.requestToken({ grant_type: 'refresh_token', refresh_token })).status,
    revoke: (token: string) =>
      fetch(`${vendor.origin}/revoke`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token }),
      }),
  }
}

test('without a habit, unknown parameters are ignored, and each consent has a token of its own', async () => {
  const { scopesOf, revoke, refreshes } = await start()
  const first = await vendor.consent('alice', 'read', { ours: 'yes' })
  const second = await vendor.consent('alice', 'write')
  expect(second.access_token).not.toBe(first.access_token)
  expect(await scopesOf(first.access_token)).toEqual(['read'])
  await revoke(second.access_token)
  expect([await scopesOf(first.access_token), await scopesOf(second.access_token)]).toEqual([['read'], 'no token'])
  expect(await refreshes(first.refresh_token)).toBe(200)
})

test('refuses-unknown-parameters: its own page, and no consent', async () => {
  await start('refuses-unknown-parameters')
  const { url, html } = await vendor.request('read', { ours: 'yes' })
  expect([url.origin, html]).toEqual([vendor.origin, expect.stringContaining('Unknown parameter: ours')])
  await vendor.consent('alice', 'read', { prompt: 'consent', access_type: 'offline', login: 'alice' })
})

test('one-token-ends-all: of that account, and of no other', async () => {
  const { scopesOf, revoke, refreshes } = await start('one-token-ends-all')
  const first = await vendor.consent('alice', 'read')
  const second = await vendor.consent('alice', 'read')
  const bobs = await vendor.consent('bob', 'read')
  await revoke(second.access_token)
  expect(await scopesOf(first.access_token)).toBe('no token')
  expect(await refreshes(first.refresh_token)).toBe(400)
  expect(await scopesOf(bobs.access_token)).toEqual(['read'])
})

test('same-token-again: with the scopes of both consents, until it ends', async () => {
  const { scopesOf, revoke } = await start('same-token-again')
  const first = await vendor.consent('alice', 'read')
  const bobs = await vendor.consent('bob', 'read')
  const second = await vendor.consent('alice', 'write')
  expect(second).toMatchObject({ access_token: first.access_token, scope: 'read write' })
  expect(await scopesOf(first.access_token)).toEqual(['read', 'write'])
  expect(bobs.access_token).not.toBe(first.access_token)
  await revoke(first.access_token)
  const third = await vendor.consent('alice', 'write')
  expect(third.access_token).not.toBe(first.access_token)
  expect(await scopesOf(third.access_token)).toEqual(['write'])
})

test('consent-ends-earlier: the tokens of that account, when the new code is redeemed', async () => {
  const { scopesOf, refreshes } = await start('consent-ends-earlier')
  const bobs = await vendor.consent('bob', 'read')
  const first = await vendor.consent('alice', 'read')
  const { browser, page } = await vendor.signIn('alice', 'read')
  const back = await browser.submit(page, { decision: 'authorize' })
  expect(await scopesOf(first.access_token)).toEqual(['read'])
  const second = await vendor.exchange(back)
  expect([await scopesOf(first.access_token), await scopesOf(second.access_token)]).toEqual(['no token', ['read']])
  expect(await refreshes(first.refresh_token)).toBe(400)
  expect(await refreshes(second.refresh_token)).toBe(200)
  expect(await scopesOf(bobs.access_token)).toEqual(['read'])
})
