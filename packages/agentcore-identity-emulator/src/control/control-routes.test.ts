import {
  CompleteResourceTokenAuthCommand,
  GetResourceOauth2TokenCommand,
  GetWorkloadAccessTokenForUserIdCommand,
} from '@aws-sdk/client-bedrock-agentcore'
import * as sdk from '@aws-sdk/client-bedrock-agentcore-control'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { nameOf, startControlled } from './test-support/controlled-emulator.ts'

const { emulator, client, control, exchange, send, post, calls, mint } = await startControlled()
afterAll(() => emulator.close())
beforeEach(() => emulator.reset())

describe('out of reach of web pages', () => {
  test.each<[string, Record<string, string>]>([
    ['a rebound name', { host: 'evil.example' }],
    ['a rebound name with our port', { host: 'evil.example:8082' }],
    ['a name that begins like ours', { host: 'localhost.evil.example' }],
    ['a name below ours', { host: 'evil.localhost' }],
    ['an Origin', { origin: 'https://evil.example' }],
    ['our own Origin', { origin: 'http://127.0.0.1:8082' }],
    ['an opaque Origin', { origin: 'null' }],
    ['a cross-site request', { 'sec-fetch-site': 'cross-site' }],
    ['a same-site request', { 'sec-fetch-site': 'same-site' }],
    ['a same-origin request', { 'sec-fetch-site': 'same-origin' }],
  ])('%s is refused for reading and for writing, and changes nothing', async (_case, headers) => {
    await mint()
    expect((await send('GET', '/calls', headers)).status).toBe(403)
    expect((await post('/reset', {}, headers)).status).toBe(403)
    expect(emulator.calls()).toHaveLength(1)
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/jsonx', ''])(
    'a body of type %p, which is not JSON, is refused',
    async (type) => {
      const { status } = await send('POST', '/reset', type ? { 'content-type': type } : {}, '{}')
      expect(status).toBe(415)
    },
  )

  test.each<[Record<string, string>]>([
    [{ host: 'localhost:1' }],
    [{ host: '127.0.0.1' }],
    [{ host: '[::1]:8082' }],
    [{ host: 'emulator.test' }],
    [{ 'sec-fetch-site': 'none' }],
  ])('%j is accepted', async (headers) => {
    expect((await send('GET', '/calls', headers)).status).toBe(200)
    expect((await post('/reset', {}, { ...headers, 'content-type': 'application/json; charset=utf-8' })).status).toBe(
      204,
    )
  })

  test('under a name in operationHosts AWS’s operations answer, and under one in controlHosts /_emulator too', async () => {
    const operation = (host: string) => exchange('POST', '/identities/GetTokenVault', { host }, '{}')
    expect((await operation('operations.test')).body).toContain('Missing Authentication Token')
    expect((await send('GET', '/calls', { host: 'operations.test' })).status).toBe(403)
    expect((await operation('emulator.test')).body).toContain('Missing Authentication Token')
    expect((await send('GET', '/calls', { host: 'emulator.test' })).status).toBe(200)
    expect((await operation('evil.example')).body).toContain('unknown Host')
  })

  test('a configured name answers in any case and with any port', async () => {
    for (const host of ['capital.test', 'CAPITAL.test:9'])
      expect((await send('GET', '/calls', { host })).status).toBe(200)
    for (const host of ['operations.example', 'Operations.Example:9'])
      expect((await exchange('POST', '/identities/GetTokenVault', { host }, '{}')).body).toContain('Missing Authent')
    expect((await send('GET', '/calls', { host: 'operations.example:1' })).status).toBe(403)
  })

  test.each(['GET /', 'GET /nothing', 'POST /calls', 'GET /reset', 'DELETE /calls'])(
    '%s does not exist',
    async (route) => {
      const [method = '', path = ''] = route.split(' ')
      const { status } = await send(method, path, { 'content-type': 'application/json' })
      expect([403, 404]).toContain(status)
    },
  )
})

describe('calls', () => {
  test('are named as AWS names them, with status and principal, oldest first', async () => {
    await mint()
    await nameOf(client.send(new GetWorkloadAccessTokenForUserIdCommand({ workloadName: 'x', userId: 'u' })))
    await fetch(`${emulator.url}/identities/oauth2/authorize`)
    const principal = 'arn:aws:iam::123456789012:user/emulator'
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/)
    const expected = [
      { at, operation: 'GetWorkloadAccessToken', status: 200, principal, user: null, decision: null },
      { at, operation: 'GetWorkloadAccessTokenForUserId', status: 400, principal, user: 'u', decision: null },
      { at, operation: 'authorize', status: 400, principal: null, user: null, decision: null },
    ]
    expect(await calls()).toEqual(expected)
    expect(emulator.calls()).toEqual(expected)
  })

  test('have their user, also when they were refused or failed as planned', async () => {
    await post('/faults', { operation: 'CompleteResourceTokenAuth', status: 500 })
    const minted = await client.send(
      new GetWorkloadAccessTokenForUserIdCommand({ workloadName: 'agent', userId: 'alice' }),
    )
    const workloadIdentityToken = minted.workloadAccessToken
    const resource = {
      resourceCredentialProviderName: 'none',
      scopes: ['a'],
      oauth2Flow: 'USER_FEDERATION' as const,
    }
    await nameOf(client.send(new GetResourceOauth2TokenCommand({ ...resource, workloadIdentityToken })))
    await nameOf(client.send(new GetResourceOauth2TokenCommand({ ...resource, workloadIdentityToken: 'forged' })))
    const claims = Buffer.from('{"sub":"bob"}').toString('base64url')
    for (const userIdentifier of [{ userId: 'alice' }, { userToken: `e30.${claims}.signature` }, { userToken: 'x' }]) {
      const completion = { sessionUri: 'urn:ietf:params:oauth:request_uri:abc', userIdentifier }
      await nameOf(client.send(new CompleteResourceTokenAuthCommand(completion)))
    }
    await fetch(`${emulator.url}/identities/CompleteResourceTokenAuth`, { method: 'POST', body: '{"userId":"eve"}' })
    expect(emulator.calls().map(({ operation, user }) => [operation, user])).toEqual([
      ['GetWorkloadAccessTokenForUserId', 'alice'],
      ['GetResourceOauth2Token', 'alice'],
      ['GetResourceOauth2Token', null],
      ['CompleteResourceTokenAuth', 'alice'],
      ['CompleteResourceTokenAuth', 'bob'],
      ['CompleteResourceTokenAuth', null],
      // Unsigned, so not trustworthy.
      ['CompleteResourceTokenAuth', null],
    ])
  })
})

describe('clock', () => {
  test('advances, and returns the time', async () => {
    const before = emulator.clock.now().getTime()
    const { status, body } = await post('/clock', { advanceSeconds: 86_400.5 })
    expect(status).toBe(200)
    expect(Date.parse(JSON.parse(body).now) - before).toBeGreaterThanOrEqual(86_400_500)
  })

  test.each([
    {},
    { advanceSeconds: -1 },
    { advanceSeconds: '1' },
    { advanceSeconds: 1e12 },
    { advanceSeconds: 1, more: 1 },
  ])('refuses %j', async (body) => {
    expect((await post('/clock', body)).status).toBe(400)
  })
})

describe('reset', () => {
  const exists = (name: string) => nameOf(control.send(new sdk.GetWorkloadIdentityCommand({ name })))
  const provider = (name: string) => nameOf(control.send(new sdk.GetOauth2CredentialProviderCommand({ name })))

  async function change() {
    await control.send(new sdk.CreateWorkloadIdentityCommand({ name: 'new-agent' }))
    await control.send(new sdk.DeleteWorkloadIdentityCommand({ name: 'agent' }))
    await control.send(new sdk.DeleteOauth2CredentialProviderCommand({ name: 'github' }))
    await post('/faults', { operation: 'GetWorkloadAccessToken', status: 500, times: 1 })
  }

  test('restores the configuration, tags included', async () => {
    await change()
    expect((await post('/reset', {})).status).toBe(204)
    expect(await calls()).toEqual([])
    expect(await exists('new-agent')).toBe('ResourceNotFoundException')
    expect([await exists('agent'), await provider('github'), await nameOf(mint())]).toEqual([
      'success',
      'success',
      'success',
    ])
    const { workloadIdentityArn } = await control.send(new sdk.GetWorkloadIdentityCommand({ name: 'agent' }))
    const { tags } = await control.send(new sdk.ListTagsForResourceCommand({ resourceArn: workloadIdentityArn }))
    expect(tags).toEqual({ a: 'b' })
  })

  test('removes the tags of the directory and of the vault', async () => {
    const account = 'arn:aws:bedrock-agentcore:us-east-1:123456789012'
    const arns = [`${account}:workload-identity-directory/default`, `${account}:token-vault/default`]
    for (const resourceArn of arns) await control.send(new sdk.TagResourceCommand({ resourceArn, tags: { a: 'b' } }))
    await post('/reset', {})
    for (const resourceArn of arns)
      expect((await control.send(new sdk.ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({})
  })

  test('keeps identities, or identities and providers', async () => {
    await change()
    await post('/reset', { keep: ['identities'] })
    expect([await exists('new-agent'), await exists('agent'), await provider('github')]).toEqual([
      'success',
      'ResourceNotFoundException',
      'success',
    ])
    await change().catch(() => {})
    await control.send(new sdk.DeleteOauth2CredentialProviderCommand({ name: 'github' })).catch(() => {})
    await post('/reset', { keep: ['providers', 'identities'] })
    expect([await exists('new-agent'), await provider('github')]).toEqual(['success', 'ResourceNotFoundException'])
  })

  test.each([{ keep: ['vault'] }, { keep: 'identities' }, { unknown: 1 }])('refuses %j', async (body) => {
    expect((await post('/reset', body)).status).toBe(400)
  })
})
