import { generateKeyPairSync } from 'node:crypto'
import { GetResourceApiKeyCommand, GetWorkloadAccessTokenCommand } from '@aws-sdk/client-bedrock-agentcore'
import {
  DeleteWorkloadIdentityCommand,
  GetWorkloadIdentityCommand,
  UpdateWorkloadIdentityCommand,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { forThisTest } from '../support/for-this-test.ts'
import { mintForJwt, mintForUserId, refusal } from './support/flow.ts'
import { Issuer } from './support/issuer.ts'
import { describeSubjects, useEmulator } from './support/subject.ts'

describeSubjects('workload access tokens', (subject) => {
  test('are minted without a user and for a user id, and differ each time', async () => {
    const { name: workloadName } = await subject().createIdentity()
    const { workloadAccessToken } = await subject().data.send(new GetWorkloadAccessTokenCommand({ workloadName }))
    expect(workloadAccessToken).toEqual(expect.any(String))
    const [first, second] = [
      await mintForUserId(subject(), workloadName as string, 'u'),
      await mintForUserId(subject(), workloadName as string, 'u'),
    ]
    expect(new Set([workloadAccessToken, first, second]).size).toBe(3)
  })

  test('are not minted for an identity that does not exist', async () => {
    expect(await refusal(mintForUserId(subject(), subject().uniqueName(), 'u'))).toMatchObject({
      name: 'ResourceNotFoundException',
      status: 404,
    })
  })

  test('one that was never minted is refused', async () => {
    const call = subject().data.send(
      new GetResourceApiKeyCommand({ workloadIdentityToken: 'nonsense', resourceCredentialProviderName: 'any' }),
    )
    // The error's type and text are not documented.
    if (subject().isAws) await refusal(call)
    else expect(await refusal(call)).toMatchObject({ name: 'UnauthorizedException', status: 401 })
  })
})

describe('workload access tokens', () => {
  const ofThisTest = forThisTest()
  const startIssuer = async () => {
    const own = await new Issuer().start()
    await ofThisTest({ stop: () => own.close() })
    return own
  }
  const issuer = new Issuer()
  const stranger = new Issuer()
  beforeAll(() => Promise.all([issuer.start(), stranger.start()]))
  afterAll(() => Promise.all([issuer.close(), stranger.close()]))
  afterEach(() => void jest.restoreAllMocks())
  const used = useEmulator(() => ({
    workloadIdentities: [{ name: 'agent' }],
    apiKeyCredentialProviders: [{ name: 'key', apiKey: 'k' }],
    lifetimes: { workloadAccessTokenSeconds: 300 },
  }))
  const useToken = (workloadIdentityToken: string) =>
    used.subject.data.send(
      new GetResourceApiKeyCommand({ workloadIdentityToken, resourceCredentialProviderName: 'key' }),
    )
  const UNAUTHORIZED = { name: 'UnauthorizedException', status: 401 }
  const EXPIRED = {
    name: 'AccessDeniedException',
    status: 403,
    message: 'Token has expired. Please generate a new token.',
  }

  test('work a minute before their end and not at 300 seconds', async () => {
    const token = await mintForUserId(used.subject, 'agent', 'u')
    used.emulator.clock.advance(240)
    expect(await useToken(token)).toMatchObject({ apiKey: 'k' })
    used.emulator.clock.advance(60)
    expect(await refusal(useToken(token))).toMatchObject(EXPIRED)
  })

  test('altered in one of several places, cut short or lengthened: refused alike', async () => {
    const token = await mintForUserId(used.subject, 'agent', 'u')
    const change = (at: number) => `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
    const altered = [
      change(0),
      change(20),
      change(30),
      change(token.length - 5),
      token.slice(0, -4),
      `${token}AAAA`,
      'AAAA',
    ]
    for (const one of altered) {
      expect(await refusal(useToken(one))).toMatchObject({
        ...UNAUTHORIZED,
        message: 'The workload access token is invalid or has expired',
      })
    }
  })

  test('end with their identity, even when its name is reused', async () => {
    await used.subject.createIdentity({ name: 'short-lived' })
    const token = await mintForUserId(used.subject, 'short-lived', 'u')
    await used.subject.control.send(new DeleteWorkloadIdentityCommand({ name: 'short-lived' }))
    await used.subject.createIdentity({ name: 'short-lived' })
    expect(await refusal(useToken(token))).toMatchObject(UNAUTHORIZED)
  })

  test('are minted for a JWT of any issuer that can be verified', async () => {
    expect(await useToken(await mintForJwt(used.subject, 'agent', issuer.token('alice')))).toMatchObject({
      apiKey: 'k',
    })
    expect(await useToken(await mintForJwt(used.subject, 'agent', stranger.token('alice')))).toMatchObject({
      apiKey: 'k',
    })
  })

  const seconds = (ahead: number) => Math.floor(Date.now() / 1000) + ahead
  test.each<[string, () => string]>([
    [
      'a signature of another key',
      () => issuer.token('a', {}, {}, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
    ],
    ["another issuer's token in this issuer's name", () => stranger.token('a', { iss: issuer.url })],
    ['no signature', () => issuer.token('a', {}, { alg: 'none' })],
    ['a symmetric algorithm', () => issuer.token('a', {}, { alg: 'HS256' })],
    ['an unknown key id', () => issuer.token('a', {}, { kid: 'unknown' })],
    ['no issuer', () => issuer.token('a', { iss: undefined })],
    ['an issuer that is no URL', () => issuer.token('a', { iss: 'issuer' })],
    ['an issuer that does not answer', () => issuer.token('a', { iss: 'http://127.0.0.1:1' })],
    ['an issuer on plain HTTP elsewhere', () => issuer.token('a', { iss: 'http://issuer.example' })],
    ['an issuer below another path', () => issuer.token('a', { iss: `${issuer.url}/tenant` })],
    ['no subject', () => issuer.token('a', { sub: undefined })],
    ['an empty subject', () => issuer.token('')],
    ['no expiry', () => issuer.token('a', { exp: undefined })],
    ['an expiry in the past', () => issuer.token('a', { exp: seconds(-1) })],
    ['less than a minute left', () => issuer.token('a', { exp: seconds(58) })],
    ['a start in the future', () => issuer.token('a', { nbf: seconds(30) })],
    ['no JWT at all', () => 'aaa.bbb.ccc'],
  ])('are not minted for a JWT with %s', async (_case, token) => {
    expect(await refusal(mintForJwt(used.subject, 'agent', token()))).toMatchObject({
      ...UNAUTHORIZED,
      message: 'The user token is invalid or has expired',
    })
  })

  test('are minted for a JWT with 62 seconds left', async () => {
    jest.spyOn(Date, 'now').mockReturnValue(Date.now())
    await mintForJwt(used.subject, 'agent', issuer.token('a', { exp: seconds(62) }))
  })

  test('are not minted when discovery names another issuer', async () => {
    const liar = await startIssuer()
    liar.claimedIssuer = issuer.url
    expect(await refusal(mintForJwt(used.subject, 'agent', liar.token('a')))).toMatchObject(UNAUTHORIZED)
    // The failure is not cached.
    liar.claimedIssuer = undefined
    await mintForJwt(used.subject, 'agent', liar.token('a'))
  })

  test('discovery and keys are fetched once, not once per user', async () => {
    const counted = await startIssuer()
    for (const sub of ['a', 'b', 'c']) await mintForJwt(used.subject, 'agent', counted.token(sub))
    expect(counted.requests).toBe(2)
  })
})

describe('assumption expiredWorkloadAccessToken: unauthorized', () => {
  const used = useEmulator(() => ({
    assumptions: { expiredWorkloadAccessToken: 'unauthorized' as const },
    workloadIdentities: [{ name: 'agent' }],
  }))
  test('an expired token is refused like a forged one', async () => {
    const workloadIdentityToken = await mintForUserId(used.subject, 'agent', 'u')
    used.emulator.clock.advance(900)
    const call = used.subject.data.send(
      new GetResourceApiKeyCommand({ workloadIdentityToken, resourceCredentialProviderName: 'any' }),
    )
    expect(await refusal(call)).toMatchObject({
      name: 'UnauthorizedException',
      message: 'The workload access token is invalid or has expired',
    })
  })
})

describe('an identity that is linked to a service', () => {
  const issuer = new Issuer()
  beforeAll(() => issuer.start())
  afterAll(() => issuer.close())
  const used = useEmulator(() => ({
    workloadIdentities: [{ name: 'runtime', serviceLinked: true }, { name: 'agent' }],
  }))

  test('refuses every operation that mints, may be updated, and stays linked', async () => {
    const { data, control } = used.subject
    const refused = {
      name: 'ValidationException',
      status: 400,
      message: 'WorkloadIdentity is linked to a service and cannot retrieve an access token by the caller',
    }
    const mintings = () => [
      data.send(new GetWorkloadAccessTokenCommand({ workloadName: 'runtime' })),
      mintForUserId(used.subject, 'runtime', 'u'),
      mintForJwt(used.subject, 'runtime', issuer.token('u')),
    ]
    for (const minting of mintings()) expect(await refusal(minting)).toMatchObject(refused)
    const allowedResourceOauth2ReturnUrls = ['https://app.example/return']
    await control.send(new UpdateWorkloadIdentityCommand({ name: 'runtime', allowedResourceOauth2ReturnUrls }))
    expect(await control.send(new GetWorkloadIdentityCommand({ name: 'runtime' }))).toMatchObject({
      allowedResourceOauth2ReturnUrls,
    })
    for (const minting of mintings()) expect(await refusal(minting)).toMatchObject(refused)
    await mintForUserId(used.subject, 'agent', 'u')
  })
})
