import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Router } from 'express'
import { findCaller } from './access-token.ts'
import { startVendor } from './test-support/start-vendor.ts'
import { createVendor, type StandIn } from './vendor.ts'

const endpoints = { authorization: '/authorize', token: '/token' }
const plainVendor: StandIn = {
  endpoints,
  create: (options) =>
    createVendor(options, {
      look: { colour: 'blue', name: 'A vendor', standsInFor: 'a vendor' },
      scopes: { 'read:user': 'Read your profile' },
      configuration: { routes: endpoints },
      routes: (server) => [
        Router().get('/user', async (request, response) => {
          const caller = await findCaller(server, request.get('Authorization') ?? '')
          response.status(caller ? 200 : 401).json({})
        }),
      ],
    }),
}

let vendor: Awaited<ReturnType<typeof startVendor>>
beforeAll(async () => {
  vendor = await startVendor(plainVendor)
})
afterAll(() => vendor.close())

const getUser = (token: string) => fetch(`${vendor.origin}/user`, { headers: { Authorization: `Bearer ${token}` } })

describe('the control routes for tests', () => {
  test.each([
    ['another site', { Origin: 'https://evil.example' }, 403],
    ['a page of the same site', { 'Sec-Fetch-Site': 'same-site' }, 403],
    ['a form', { 'Content-Type': 'text/plain' }, 415],
  ])('refuses %s and revokes nothing', async (_who, headers, status) => {
    const { access_token } = await vendor.consent('alice', 'read:user')
    expect((await vendor.control('revoke', { username: 'alice' }, headers)).status).toBe(status)
    expect((await getUser(access_token)).status).toBe(200)
  })

  test('revokes the grants of one user, and not another user’s', async () => {
    const alice = await vendor.consent('alice', 'read:user')
    const bob = await vendor.consent('bob', 'read:user')
    expect((await vendor.control('revoke', { username: 'alice' })).status).toBe(204)
    expect((await getUser(alice.access_token)).status).toBe(401)
    expect((await getUser(bob.access_token)).status).toBe(200)
    expect((await vendor.control('revoke', { username: 'unknown-user' })).status).toBe(404)
  })

  test('sees a call with a token of a user that it no longer accepts', async () => {
    const { access_token } = await vendor.consent('dave', 'read:user')
    const seen = async () =>
      ((await (await vendor.control('witness', { username: 'dave' })).json()) as { calls: { path: string }[] }).calls
    await getUser(access_token)
    await vendor.control('revoke', { username: 'dave' })
    await getUser(access_token)
    await getUser('unknown')
    expect((await seen()).map(({ path }) => path)).toEqual(['/user', '/user'])
  })

  test('gives the configured answers the configured number of times, and then normal ones', async () => {
    const { access_token } = await vendor.consent('carol', 'read:user')
    await vendor.control('faults', {
      path: '/user',
      status: 502,
      body: '<html>nonsense',
      contentType: 'text/html',
      times: 2,
    })
    for (let time = 0; time < 2; time += 1) {
      const response = await getUser(access_token)
      expect([response.status, await response.text()]).toEqual([502, '<html>nonsense'])
    }
    expect((await getUser(access_token)).status).toBe(200)
  })

  test('drops configured answers on request', async () => {
    const { access_token } = await vendor.consent('carol', 'read:user')
    await vendor.control('faults', { status: 502, times: 2 })
    expect((await getUser(access_token)).status).toBe(502)
    expect((await vendor.control('mend', {})).status).toBe(204)
    expect((await getUser(access_token)).status).toBe(200)
  })

  test('applies a fault without a path to the API, and not to the pages', async () => {
    const { access_token } = await vendor.consent('carol', 'read:user')
    await vendor.control('faults', { status: 500, times: 1 })
    const { page } = await vendor.signIn('bob', 'read:user')
    expect(page.html).toContain('Authorize')
    expect((await getUser(access_token)).status).toBe(500)
  })

  test('refuses an invalid fault', async () => {
    expect((await vendor.control('faults', { stauts: 500 })).status).toBe(400)
  })
})
