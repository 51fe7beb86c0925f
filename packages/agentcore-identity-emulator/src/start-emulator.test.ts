import { gzipSync } from 'node:zlib'
import {
  BedrockAgentCoreClient,
  GetResourceOauth2TokenCommand,
  GetWorkloadAccessTokenForUserIdCommand,
} from '@aws-sdk/client-bedrock-agentcore'
import { describe, expect, test } from '@jest/globals'
import { ConfigurationError, type Emulator, type EmulatorOptions, startEmulator } from './index.ts'

const github = (more: object = {}) => ({
  name: 'github',
  credentialProviderVendor: 'GithubOauth2',
  oauth2ProviderConfigInput: { githubOauth2ProviderConfig: { clientId: 'c', clientSecret: 'CLIENT-SECRET' } },
  ...more,
})
const key = (more: object = {}) => ({ accessKeyId: 'KEY', secretAccessKey: 'ACCESS-SECRET', ...more })

async function problemsOf(options: object) {
  try {
    const emulator = await startEmulator(options as EmulatorOptions)
    await emulator.close()
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
  return []
}

describe('configuration', () => {
  test('everything is optional', async () => {
    const emulator = await startEmulator()
    expect(emulator).toMatchObject({
      url: `http://127.0.0.1:${emulator.port}`,
      region: 'us-east-1',
      credentials: [
        { accessKeyId: expect.stringMatching(/^EMULATOR[0-9A-F]{12}$/), secretAccessKey: expect.any(String) },
      ],
    })
    await emulator.close()
  })

  test('all syntactic mistakes are reported at once, by place, without values', async () => {
    const problems = await problemsOf({
      region: 'nowhere',
      accountId: '12',
      publicUrl: 'ftp://x',
      unknown: 1,
      lifetimes: { authorizationSessionSeconds: 0 },
      assumptions: { deniedConsent: 'SECRET' },
      credentials: [{ accessKeyId: 'KEY', secretAccessKey: '' }],
      oauth2CredentialProviders: [github({ callbackId: 'SECRET' })],
    })
    const places = problems.map((problem) => problem.split(': ')[0])
    expect(places.sort()).toEqual([
      'accountId',
      'assumptions.deniedConsent',
      'credentials.0.secretAccessKey',
      'lifetimes.authorizationSessionSeconds',
      'oauth2CredentialProviders.0.callbackId',
      'options',
      'publicUrl',
      'region',
    ])
    expect(problems.join()).not.toContain('SECRET')
  })

  test.each(['', ':8082', 'http://vm', 'vm/', 'user@vm', 'vm?', 'vm#', 'v m', '::1', 'vm:port'])(
    'a host that is %j is a mistake, and no name that never matches',
    async (host) => {
      const problems = await problemsOf({ controlHosts: ['vm', host], operationHosts: [host], plainHttpHosts: [host] })
      const wrong = 'must be a host name or an address, such as emulator.test or [::1]'
      const places = ['plainHttpHosts.0', 'controlHosts.1', 'operationHosts.0']
      expect(problems).toEqual(places.map((place) => `${place}: ${wrong}`))
    },
  )

  test('all semantic mistakes are reported at once, by place, without values', async () => {
    const problems = await problemsOf({
      credentials: [key(), key(), { ...key(), accessKeyId: 'P', policies: [{ Statement: [{ Effect: 'Maybe' }] }] }],
      workloadIdentities: [{ name: 'a' }, { name: 'agent' }, { name: 'agent' }],
      oauth2CredentialProviders: [
        github({ credentialProviderVendor: 'NobodyOauth2' }),
        github({ name: 'a b' }),
        github(),
        github(),
      ],
      apiKeyCredentialProviders: [{ name: 'key' }],
    })
    expect(problems.map((problem) => problem.split(': ')[0])).toEqual([
      'credentials',
      ...problems.filter((problem) => problem.startsWith('credentials, arn:')).map((problem) => problem.split(': ')[0]),
      'workloadIdentities.0',
      'workloadIdentities.2',
      'oauth2CredentialProviders.0',
      'oauth2CredentialProviders.1',
      'oauth2CredentialProviders.3',
      'apiKeyCredentialProviders.0',
    ])
    expect(problems.filter((problem) => problem.startsWith('credentials, arn:')).length).toBeGreaterThan(0)
    expect(problems.join()).not.toContain('SECRET')
  })

  test('a port in use rejects', async () => {
    const first = await startEmulator()
    await expect(startEmulator({ port: first.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await first.close()
  })

  test.each([
    ['cn-north-1', 'arn:aws-cn:'],
    ['us-gov-west-1', 'arn:aws-us-gov:'],
    ['eu-central-1', 'arn:aws:'],
  ])('the Region %s has ARNs beginning %s', async (region, beginning) => {
    const emulator = await startEmulator({ region, credentials: [key()] })
    expect(emulator.credentials[0]?.principalArn.startsWith(beginning)).toBe(true)
    await emulator.close()
  })

  test('callback URLs are built on the public URL and the fixed id', async () => {
    const callbackId = '11111111-1111-4111-8111-111111111111'
    const emulator = await startEmulator({
      publicUrl: 'https://agentcore.example/',
      credentials: [key()],
      oauth2CredentialProviders: [github({ callbackId })],
    })
    const { BedrockAgentCoreControlClient, GetOauth2CredentialProviderCommand } = await import(
      '@aws-sdk/client-bedrock-agentcore-control'
    )
    const client = new BedrockAgentCoreControlClient({
      endpoint: emulator.url,
      region: 'us-east-1',
      credentials: key(),
    })
    const { callbackUrl } = await client.send(new GetOauth2CredentialProviderCommand({ name: 'github' }))
    expect(callbackUrl).toBe(`https://agentcore.example/identities/oauth2/callback/${callbackId}`)
    await emulator.close()
  })
})

describe('limits and logs', () => {
  const RETURN_URL = 'https://app.example/return'
  async function open(emulator: Emulator, userId = 'USER-ID', customState = 'CUSTOM-STATE') {
    const client = new BedrockAgentCoreClient({
      endpoint: emulator.url,
      region: 'us-east-1',
      credentials: key(),
      maxAttempts: 1,
    })
    const { workloadAccessToken } = await client.send(
      new GetWorkloadAccessTokenForUserIdCommand({ workloadName: 'agent', userId }),
    )
    const answer = await client.send(
      new GetResourceOauth2TokenCommand({
        workloadIdentityToken: workloadAccessToken,
        resourceCredentialProviderName: 'github',
        scopes: [],
        oauth2Flow: 'USER_FEDERATION',
        resourceOauth2ReturnUrl: RETURN_URL,
        customState,
      }),
    )
    return { ...answer, workloadAccessToken }
  }
  const options = {
    credentials: [key()],
    workloadIdentities: [{ name: 'agent', allowedResourceOauth2ReturnUrls: [RETURN_URL] }],
    oauth2CredentialProviders: [
      github({ endpoints: { authorizationEndpoint: 'http://127.0.0.1:1/a', tokenEndpoint: 'http://127.0.0.1:1/t' } }),
    ],
  }

  test('an authorization above the limit of open ones is throttled until the oldest have expired', async () => {
    const emulator = await startEmulator({ ...options, quotas: { openAuthorizations: 3 } })
    for (let index = 0; index < 3; index += 1) await open(emulator)
    await expect(open(emulator)).rejects.toMatchObject({ name: 'ThrottlingException' })
    emulator.clock.advance(600)
    await open(emulator)
    await emulator.close()
  })

  test('the log describes the calls and contains no secret', async () => {
    const entries: object[] = []
    const log = (entry: object) => void entries.push(entry)
    const emulator = await startEmulator(options, { info: log, warn: log, error: log })
    const { authorizationUrl, sessionUri, workloadAccessToken } = await open(emulator)
    const toVendor = await fetch(authorizationUrl as string, { redirect: 'manual' })
    const vendorUrl = new URL(toVendor.headers.get('location') as string)
    const state = vendorUrl.searchParams.get('state') as string
    const [cookie = ''] = (toVendor.headers.getSetCookie()[0] ?? '').split(';')
    const callback = `${vendorUrl.searchParams.get('redirect_uri')}?code=THE-CODE&state=${state}`
    await fetch(callback, { redirect: 'manual', headers: { cookie } })
    const { CompleteResourceTokenAuthCommand } = await import('@aws-sdk/client-bedrock-agentcore')
    const client = new BedrockAgentCoreClient({
      endpoint: emulator.url,
      region: 'us-east-1',
      credentials: key(),
      maxAttempts: 1,
    })
    const failing = client.send(
      new CompleteResourceTokenAuthCommand({ sessionUri, userIdentifier: { userId: 'USER-ID' } }),
    )
    await expect(failing).rejects.toMatchObject({ name: 'ValidationException' })
    await emulator.close()

    expect(entries).toContainEqual(
      expect.objectContaining({
        operation: 'CompleteResourceTokenAuth',
        status: 400,
        error: 'ValidationException',
        principal: 'arn:aws:iam::123456789012:user/KEY',
        requestId: expect.any(String),
      }),
    )
    const logged = JSON.stringify(entries)
    expect(logged).toContain('no answer: fetch failed')
    const secrets = [
      'ACCESS-SECRET',
      'CLIENT-SECRET',
      'USER-ID',
      'CUSTOM-STATE',
      'THE-CODE',
      'request_uri',
      state,
      cookie.split('=')[1] as string,
    ]
    for (const secret of [...secrets, workloadAccessToken as string]) expect(logged).not.toContain(secret)
  })
})

test('a compressed body and one that is announced too large are refused, and not recorded as calls', async () => {
  const emulator = await startEmulator()
  const post = (headers: Record<string, string>, body: Uint8Array<ArrayBuffer>) =>
    fetch(`${emulator.url}/identities/GetTokenVault`, { method: 'POST', headers, body })
  const compressed = await post({ 'content-encoding': 'gzip' }, gzipSync('{}'))
  expect([compressed.status, compressed.headers.get('x-amzn-errortype')]).toEqual([
    400,
    'MalformedHttpRequestException',
  ])
  const large = await post({}, new Uint8Array(1024 * 1024 + 1))
  expect([large.status, large.headers.get('x-amzn-errortype')]).toEqual([413, 'RequestEntityTooLargeException'])
  expect(emulator.calls()).toEqual([])
  await emulator.close()
})
