import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { type Emulator, startEmulator } from '../index.ts'
import {
  ask,
  comeBack,
  connect,
  leave,
  type NotesVendor,
  notesProvider,
  startNotesVendor,
} from '../test-support/notes-vendor.ts'
import { AuthorizationSessions } from './authorization-sessions.ts'

const SESSION_SECONDS = 600

let vendor: NotesVendor
beforeAll(async () => {
  vendor = await startNotesVendor()
})
afterAll(() => vendor.close())

test('of completed and of unfinished authorizations nothing is kept after their time', async () => {
  const started = jest.spyOn(AuthorizationSessions.prototype, 'startTrip')
  const emulator = await startEmulator(notesProvider(vendor))
  try {
    await connect(emulator)
    await leave((await ask(emulator, 'bob')).authorizationUrl)
    const sessions = started.mock.contexts[0] as AuthorizationSessions
    expect(sessions.sizes).toEqual({ sessions: 2, states: 1, browserSecrets: 2 })
    emulator.clock.advance(SESSION_SECONDS)
    await leave((await ask(emulator, 'carol')).authorizationUrl)
    expect(sessions.sizes).toEqual({ sessions: 1, states: 1, browserSecrets: 1 })
  } finally {
    started.mockRestore()
    await emulator.close()
  }
})

test('of a URL that is opened again and again, the newest twenty trips are kept', async () => {
  const started = jest.spyOn(AuthorizationSessions.prototype, 'startTrip')
  const emulator = await startEmulator({ ...notesProvider(vendor), assumptions: { authorizationUrl: 'reusable' } })
  try {
    const { authorizationUrl } = await ask(emulator)
    const trips = []
    for (let opened = 0; opened < 25; opened += 1) trips.push(await leave(authorizationUrl))
    const sessions = started.mock.contexts[0] as AuthorizationSessions
    expect(sessions.sizes).toEqual({ sessions: 1, states: 20, browserSecrets: 20 })
    const statuses = []
    for (const trip of [trips[4], trips[5], trips[24]]) statuses.push(trip && (await comeBack(trip)).status)
    expect(statuses).toEqual([400, 302, 302])
  } finally {
    started.mockRestore()
    await emulator.close()
  }
})

test('an authorization that ends while the discovery document is fetched does not go to the vendor', async () => {
  let emulator: Emulator | undefined
  const server = createServer((_request, response) => {
    emulator?.clock.advance(SESSION_SECONDS)
    const endpoints = { authorization_endpoint: `${url}/authorize`, token_endpoint: `${url}/token` }
    response.end(JSON.stringify({ issuer: url, ...endpoints }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const oauthDiscovery = { discoveryUrl: `${url}/.well-known/oauth-authorization-server` }
  const started = jest.spyOn(AuthorizationSessions.prototype, 'startTrip')
  try {
    const { oauth2CredentialProviders, ...more } = notesProvider(vendor)
    const customOauth2ProviderConfig = { clientId: 'the-client', clientSecret: 'the-secret', oauthDiscovery }
    const providers = oauth2CredentialProviders.map((provider) => ({
      ...provider,
      oauth2ProviderConfigInput: { customOauth2ProviderConfig },
    }))
    emulator = await startEmulator({ ...more, oauth2CredentialProviders: providers })
    const answer = await fetch((await ask(emulator)).authorizationUrl, { redirect: 'manual' })
    expect([answer.status, await answer.json()]).toEqual([400, { message: 'Invalid or expired request_uri' }])
    expect(started).not.toHaveBeenCalled()
  } finally {
    started.mockRestore()
    await emulator?.close()
    server.closeAllConnections()
    server.close()
  }
})
