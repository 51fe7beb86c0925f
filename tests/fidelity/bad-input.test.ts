import { sendRaw } from '@agent-identity/operations/unusual-requests'
import { CompleteResourceTokenAuthCommand, GetResourceOauth2TokenCommand } from '@aws-sdk/client-bedrock-agentcore'
import { CreateWorkloadIdentityCommand, GetWorkloadIdentityCommand } from '@aws-sdk/client-bedrock-agentcore-control'
import { describe, expect, test } from '@jest/globals'
import { refusal } from './support/flow.ts'
import { describeSubjects, useEmulator } from './support/subject.ts'

describeSubjects('bodies no SDK would write', (subject) => {
  const getIdentity = (body: string) =>
    sendRaw(subject().control, new GetWorkloadIdentityCommand({ name: 'agent' }), body)

  test.each(['not json', '{"name":', '{"name":"agent"}}', "{'name':'agent'}", '\u0000'])(
    '%j is refused',
    async (body) => {
      expect((await refusal(getIdentity(body))).status).toBe(400)
    },
  )
})

describe('bad input', () => {
  const used = useEmulator()
  const create = (body: string | object) =>
    sendRaw(
      used.subject.control,
      new CreateWorkloadIdentityCommand({ name: 'agent' }),
      typeof body === 'string' ? body : JSON.stringify(body),
    )
  const CANNOT_PARSE = { name: 'ValidationException', status: 400, violations: [] }

  test.each(['not json', '{"name":', '[]', 'null', '"name"', '1', 'true', '{"name":"agent"} trailing'])(
    'a body of %s cannot be parsed, and is not quoted',
    async (body) => {
      const answer = await refusal(create(body))
      expect(answer).toMatchObject(CANNOT_PARSE)
      for (const quoted of [body, 'trailing']) expect(answer.message).not.toContain(quoted)
    },
  )

  test.each<[string, object]>([
    ['a number for a text', { name: 1 }],
    ['an object for a text', { name: {} }],
    ['a list for a text', { name: ['a'] }],
    ['a boolean for a text', { name: true }],
    ['a text for a list', { name: 'agent', allowedResourceOauth2ReturnUrls: 'https://a.example' }],
    ['an object for a list', { name: 'agent', allowedResourceOauth2ReturnUrls: { 0: 'https://a.example' } }],
    ['a number in a list of texts', { name: 'agent', allowedResourceOauth2ReturnUrls: [1] }],
    ['a text for a map', { name: 'agent', tags: 'a=b' }],
    ['a list for a map', { name: 'agent', tags: ['a'] }],
    ['a number for a text in a map', { name: 'agent', tags: { a: 1 } }],
  ])('%s cannot be parsed', async (_case, body) => {
    expect(await refusal(create(body))).toMatchObject(CANNOT_PARSE)
  })

  test.each<[string, object]>([
    ['a text for a boolean', { forceAuthentication: 'true' }],
    ['a number for an enumeration', { oauth2Flow: 1 }],
    ['a map for a list', { scopes: {} }],
  ])('%s cannot be parsed', async (_case, changed) => {
    const valid = { workloadIdentityToken: 't', resourceCredentialProviderName: 'p', scopes: [], oauth2Flow: 'M2M' }
    const command = new GetResourceOauth2TokenCommand(valid as never)
    const call = sendRaw(used.subject.data, command, JSON.stringify({ ...valid, ...changed }))
    expect(await refusal(call)).toMatchObject(CANNOT_PARSE)
  })

  test('a text for a union and a fraction for an integer cannot be parsed', async () => {
    const sessionUri = 'urn:ietf:params:oauth:request_uri:a'
    const command = new CompleteResourceTokenAuthCommand({ sessionUri, userIdentifier: { userId: 'u' } })
    const call = sendRaw(used.subject.data, command, JSON.stringify({ sessionUri, userIdentifier: 'u' }))
    expect(await refusal(call)).toMatchObject(CANNOT_PARSE)
    const { ListWorkloadIdentitiesCommand } = await import('@aws-sdk/client-bedrock-agentcore-control')
    const list = sendRaw(used.subject.control, new ListWorkloadIdentitiesCommand({}), '{"maxResults":1.5}')
    expect(await refusal(list)).toMatchObject(CANNOT_PARSE)
  })

  test('null in a list is refused, in a map it counts as absent', async () => {
    expect(await refusal(create({ name: 'agent', allowedResourceOauth2ReturnUrls: [null] }))).toMatchObject({
      violations: [{ name: 'allowedResourceOauth2ReturnUrls.1.member', message: 'Member must not be null' }],
    })
    await create({ name: 'null-tag', tags: { a: null } })
  })

  test('unknown members are ignored, whatever they are called', async () => {
    await create('{"name":"unknown-members","unknown":{"deep":[1]},"__proto__":{"polluted":true},"constructor":1}')
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  test('every violation is reported at once', async () => {
    const answer = await refusal(
      create({ name: 'x', allowedResourceOauth2ReturnUrls: ['ok:x', 'no'], tags: { 'a!': 'b' } }),
    )
    expect(answer.message).toMatch(/^3 validation errors detected: Value at 'name' failed to satisfy constraint: /)
    expect(answer.violations.map(({ name }) => name)).toEqual([
      'name',
      'allowedResourceOauth2ReturnUrls.2.member',
      'tags.key',
    ])
  })

  test('a deeply nested body is refused when it is malformed, and read when it is valid', async () => {
    expect(await refusal(create('['.repeat(200_000)))).toMatchObject(CANNOT_PARSE)
    await create(`{"name":"deep-unknown","unknown":${'['.repeat(50_000)}${']'.repeat(50_000)}}`)
  })

  test('a megabyte is read, more is not', async () => {
    const padded = (bytes: number) => `{"name":"padded","x":"${'x'.repeat(bytes - 24)}"}`
    expect(padded(100)).toHaveLength(100)
    await create(padded(1024 * 1024))
    expect(await refusal(create(padded(1024 * 1024 + 1)))).toMatchObject({
      name: 'RequestEntityTooLargeException',
      status: 413,
    })
  })

  test('a token that almost matches is checked quickly (the model’s expression backtracks)', async () => {
    // CPU time of this thread: a busy machine does not count.
    const before = process.threadCpuUsage()
    const body = JSON.stringify({ workloadName: 'agent', userToken: `${'a'.repeat(131_071)}!` })
    const { GetWorkloadAccessTokenForJWTCommand } = await import('@aws-sdk/client-bedrock-agentcore')
    const command = new GetWorkloadAccessTokenForJWTCommand({ workloadName: 'agent', userToken: 'a.b.c' })
    expect(await refusal(sendRaw(used.subject.data, command, body))).toMatchObject({
      violations: [{ name: 'userToken' }],
    })
    expect(process.threadCpuUsage(before).user / 1_000).toBeLessThan(4_000)
  })
})
