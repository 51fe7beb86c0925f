import { GetWorkloadAccessTokenForUserIdCommand } from '@aws-sdk/client-bedrock-agentcore'
import * as sdk from '@aws-sdk/client-bedrock-agentcore-control'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { nameOf, startControlled } from './test-support/controlled-emulator.ts'

const { emulator, client, control, post, calls, mint } = await startControlled()
afterAll(() => emulator.close())
beforeEach(() => emulator.reset())

describe('faults', () => {
  const operation = 'GetWorkloadAccessToken'

  test.each([
    [{ status: 429 }, 'ThrottlingException', 429],
    [{ status: 500 }, 'InternalServerException', 500],
    [{ status: 403 }, 'AccessDeniedException', 403],
    [{ error: 'ThrottlingException' }, 'ThrottlingException', 429],
    [{ error: 'ServiceUnavailableException' }, 'ServiceUnavailableException', 503],
    [{ error: 'ThrottlingException', status: 400 }, 'ThrottlingException', 400],
    [{ error: 'SomethingNewException' }, 'SomethingNewException', 400],
  ])('%j makes two calls fail with %s and status %i', async (fault, name, status) => {
    expect((await post('/faults', { operation, times: 2, ...fault })).status).toBe(204)
    for (let time = 0; time < 2; time += 1) {
      await expect(mint()).rejects.toMatchObject({ name, $metadata: { httpStatusCode: status } })
    }
    await mint()
  })

  test('a fault of a browser’s request cannot be for one user', async () => {
    expect((await post('/faults', { operation: 'authorize', user: 'alice', status: 500 })).status).toBe(400)
    expect((await post('/faults', { operation: 'authorize', status: 500 })).status).toBe(204)
  })

  test.each([
    ['ValidationException', 400, sdk.ValidationException],
    ['UnauthorizedException', 401, sdk.UnauthorizedException],
    ['ServiceQuotaExceededException', 402, sdk.ServiceQuotaExceededException],
    ['AccessDeniedException', 403, sdk.AccessDeniedException],
    ['ResourceNotFoundException', 404, sdk.ResourceNotFoundException],
    ['ConflictException', 409, sdk.ConflictException],
    ['ConcurrentModificationException', 409, sdk.ConcurrentModificationException],
    ['ResourceLimitExceededException', 400, sdk.ResourceLimitExceededException],
    ['EncryptionFailure', 400, sdk.EncryptionFailure],
    ['DecryptionFailure', 400, sdk.DecryptionFailure],
    ['ThrottlingException', 429, sdk.ThrottlingException],
    ['InternalServerException', 500, sdk.InternalServerException],
  ])('%s arrives as the SDK’s own class, with status %i', async (error, status, type) => {
    const planned = 'CreateOauth2CredentialProvider'
    await post('/faults', { operation: planned, error, times: 1 })
    const call = control.send(new sdk.CreateOauth2CredentialProviderCommand({} as never))
    const failure = await call.catch((cause) => cause)
    expect(failure).toBeInstanceOf(type)
    expect(failure.$metadata.httpStatusCode).toBe(status)
  })

  test('a lost reply: the operation is executed, but the caller gets no answer', async () => {
    await post('/faults', { operation: 'CreateWorkloadIdentity', dropReply: true, times: 1 })
    const create = () => control.send(new sdk.CreateWorkloadIdentityCommand({ name: 'lost-reply' }))
    await expect(create()).rejects.toThrow('socket hang up')
    expect((await calls()).at(-1)).toMatchObject({ operation: 'CreateWorkloadIdentity', status: 201 })
    await control.send(new sdk.GetWorkloadIdentityCommand({ name: 'lost-reply' }))
  })

  test('a delay: slow, then answered; a reset ends it', async () => {
    await post('/faults', { operation, delayMs: 50, times: 1 })
    const startedAt = performance.now()
    await mint()
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(49)
    await post('/faults', { operation, delayMs: 600_000, times: 1 })
    const hanging = mint()
    await new Promise((resolve) => setTimeout(resolve, 20))
    await post('/reset', { keep: ['identities'] })
    await hanging
  })

  test('the first planned fault comes first; other operations are not affected', async () => {
    await post('/faults', { operation, error: 'ThrottlingException', times: 1 })
    await post('/faults', { operation, status: 500, times: 1 })
    await post('/faults', { operation: 'GetWorkloadAccessTokenForUserId', status: 500, times: 1 })
    expect([await nameOf(mint()), await nameOf(mint()), await nameOf(mint())]).toEqual([
      'ThrottlingException',
      'InternalServerException',
      'success',
    ])
  })

  test('of one user are for calls that name that user', async () => {
    const forUser = 'GetWorkloadAccessTokenForUserId'
    await post('/faults', { operation: forUser, user: 'alice', status: 500, times: 1 })
    const mintFor = (userId: string) =>
      nameOf(client.send(new GetWorkloadAccessTokenForUserIdCommand({ workloadName: 'agent', userId })))
    expect([await mintFor('bob'), await mintFor('alice'), await mintFor('alice')]).toEqual([
      'success',
      'InternalServerException',
      'success',
    ])
  })

  test('are forgotten, and a delayed call goes on', async () => {
    await post('/faults', { operation, delayMs: 600_000, times: 1 })
    await post('/faults', { operation, status: 500, times: 5 })
    const delayed = mint()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect((await fetch(`${emulator.url}/_emulator/faults`, { method: 'DELETE' })).status).toBe(204)
    await delayed
    await mint()
  })

  test('an unsigned request does not use up a fault', async () => {
    await post('/faults', { operation, status: 500, times: 1 })
    expect((await fetch(`${emulator.url}/identities/${operation}`, { method: 'POST' })).status).toBe(403)
    expect(await nameOf(mint())).toBe('InternalServerException')
  })

  test('browser legs fail too', async () => {
    await post('/faults', { operation: 'authorize', status: 503, times: 1 })
    const url = `${emulator.url}/identities/oauth2/authorize`
    expect((await fetch(url)).status).toBe(503)
    await post('/faults', { operation: 'callback', dropReply: true, times: 1 })
    await expect(fetch(`${emulator.url}/identities/oauth2/callback/x`)).rejects.toThrow()
    expect((await fetch(url)).status).toBe(400)
  })

  test.each<[object]>([
    [{ operation: 'Nothing', status: 500, times: 1 }],
    [{ operation, status: 200, times: 1 }],
    [{ operation, status: 600, times: 1 }],
    [{ operation, times: 0 }],
    [{ operation, times: 10_001 }],
    [{ operation, delayMs: 600_001, times: 1 }],
    [{ operation, error: 'not a name\r\nset-cookie: a=b', times: 1 }],
    [{ operation, unknown: 1, times: 1 }],
    [{ status: 500 }],
  ])('refuses %j', async (fault) => {
    expect((await post('/faults', fault)).status).toBe(400)
  })

  test('at most a hundred can be planned', async () => {
    for (let index = 0; index < 100; index += 1)
      expect((await post('/faults', { operation, times: 1 })).status).toBe(204)
    expect(await post('/faults', { operation, times: 1 })).toEqual({
      status: 400,
      body: JSON.stringify({ message: 'At most 100 faults can be planned' }),
    })
  })
})
