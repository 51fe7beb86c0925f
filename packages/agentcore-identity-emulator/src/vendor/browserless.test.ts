import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { fingerprint } from '../fingerprint.ts'
import { type Emulator, startEmulator } from '../index.ts'
import { askBuiltIn, controlPost, whoami } from '../test-support/built-in-vendor.ts'
import { ask, notesProvider } from '../test-support/notes-vendor.ts'

let emulator: Emulator
beforeAll(async () => {
  const {
    workloadIdentities: [agent],
    oauth2CredentialProviders,
  } = notesProvider({
    url: 'http://127.0.0.1:1',
    close: async () => undefined,
  })
  emulator = await startEmulator({
    vendor: true,
    port: 0,
    workloadIdentities: [
      {
        name: 'agent',
        allowedResourceOauth2ReturnUrls: [...(agent?.allowedResourceOauth2ReturnUrls ?? []), RETURN_URL],
      },
    ],
    oauth2CredentialProviders,
  })
})
afterAll(() => emulator.close())
beforeEach(() => emulator.reset())

const RETURN_URL = 'https://app.example.com/built-in'
const askHere = () => askBuiltIn(emulator, { resourceOauth2ReturnUrl: RETURN_URL })
const consent = (id: string, body: unknown = { as: 'alice' }) =>
  controlPost(emulator, `authorizations/${encodeURIComponent(id)}/consent`, body)
const deny = (id: string) => controlPost(emulator, `authorizations/${encodeURIComponent(id)}/deny`)
const standing = async () =>
  ((await (await fetch(`${emulator.url}/_emulator/authorizations`)).json()) as { state: string }[])[0]?.state

describe('consent without a browser', () => {
  test('leads to the return URL, and the application binds the session as usual', async () => {
    const { sessionUri, bind, get } = await askHere()
    expect(await consent(sessionUri, { as: 'bob' })).toEqual({
      status: 200,
      body: { location: `${RETURN_URL}?session_id=${sessionUri}` },
    })
    expect(await get()).toBeUndefined()
    await bind()
    expect((await whoami(emulator, (await get()) ?? '')).user).toBe('bob')
    const legs = emulator.calls().map(({ operation }) => operation)
    expect(legs).toEqual(expect.arrayContaining(['authorize', 'callback', 'vendor:token']))
  })

  test('accepts the fingerprint that the inspector shows', async () => {
    const { sessionUri } = await askHere()
    expect((await consent(fingerprint(sessionUri))).status).toBe(200)
    expect(await standing()).toBe('returned')
  })

  test('of an unknown user changes nothing', async () => {
    const { sessionUri } = await askHere()
    expect(await consent(sessionUri, { as: 'mallory' })).toEqual({
      status: 400,
      body: { message: "as: mallory is none of the built-in authorization server's users: alice, bob" },
    })
    expect((await consent(sessionUri, {})).status).toBe(400)
    expect(emulator.calls().some(({ operation }) => operation === 'authorize')).toBe(false)
    expect((await consent(sessionUri)).status).toBe(200)
  })

  test('happens once', async () => {
    const { sessionUri } = await askHere()
    await consent(sessionUri)
    expect(await consent(sessionUri)).toEqual({
      status: 409,
      body: { message: 'No user is asked any more: this authorization is returned' },
    })
    expect((await deny(sessionUri)).status).toBe(409)
  })

  test('does not happen when a browser has opened the URL, which opens once', async () => {
    const { sessionUri, authorizationUrl } = await askHere()
    expect((await fetch(authorizationUrl, { redirect: 'manual' })).status).toBe(302)
    expect(await consent(sessionUri)).toEqual({
      status: 409,
      body: { message: expect.stringContaining('its URL was opened already, and opens once') },
    })
    expect(await standing()).toBe('waiting')
  })

  test('needs an authorization that has not expired', async () => {
    const { sessionUri } = await askHere()
    emulator.clock.advance(601)
    for (const id of ['unknown', sessionUri, fingerprint(sessionUri)]) {
      expect(await consent(id)).toMatchObject({ status: 404, body: { message: expect.stringContaining('expired') } })
    }
  })

  test('does not work for another authorization server', async () => {
    const { sessionUri } = await ask(emulator)
    expect(await consent(sessionUri)).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining('The provider notes is not at the built-in authorization server') },
    })
    expect(await standing()).toBe('waiting')
  })

  test('names the leg that failed when a fault is planned', async () => {
    const { sessionUri } = await askHere()
    await controlPost(emulator, 'faults', { operation: 'callback', status: 500 })
    expect(await consent(sessionUri)).toMatchObject({
      status: 502,
      body: { message: 'callback answers 500: Planned by /_emulator/faults' },
    })
  })

  test('is out of reach of web pages', async () => {
    const { sessionUri } = await askHere()
    const headers = { 'content-type': 'application/json', origin: 'https://attacker.example' }
    const url = `${emulator.url}/_emulator/authorizations/${encodeURIComponent(sessionUri)}/consent`
    expect((await fetch(url, { method: 'POST', headers, body: '{"as":"alice"}' })).status).toBe(403)
    expect(await standing()).toBe('waiting')
  })
})

describe('a denial without a browser', () => {
  test('stops at AgentCore, and says so', async () => {
    const { sessionUri, bind } = await askHere()
    const { status, body } = await deny(sessionUri)
    expect([status, body.message]).toEqual([409, expect.stringMatching(/^Denied\. .*deniedConsent "return"/)])
    await expect(bind()).rejects.toThrow('Invalid or expired session')
    expect(await standing()).toBe('waiting')
  })

  test.each([
    [{ status: 500 }, 'callback answers 500: Planned by /_emulator/faults'],
    [{ status: 400 }, 'callback answers 400: Planned by /_emulator/faults'],
    [{ dropReply: true }, 'callback: the reply was lost, as planned'],
  ])('names the leg that failed when %j is planned', async (fault, message) => {
    const { sessionUri } = await askHere()
    await controlPost(emulator, 'faults', { operation: 'callback', ...fault })
    expect(await deny(sessionUri)).toEqual({ status: 502, body: { message } })
    expect((await deny(sessionUri)).status).toBe(409)
  })

  test('leads to the return URL with the option deniedConsent "return"', async () => {
    const friendly = await startEmulator({ vendor: true, assumptions: { deniedConsent: 'return' } })
    try {
      const { sessionUri } = await askBuiltIn(friendly)
      const { location } = await friendly.deny(sessionUri)
      expect(new URL(location).searchParams.get('error')).toBe('access_denied')
    } finally {
      await friendly.close()
    }
  })
})
