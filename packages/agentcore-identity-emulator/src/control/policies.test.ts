import { BedrockAgentCoreClient, GetWorkloadAccessTokenCommand } from '@aws-sdk/client-bedrock-agentcore'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Emulator, startEmulator } from '../index.ts'

const ACCOUNT = 'arn:aws:bedrock-agentcore:us-east-1:123456789012'
const directory = `${ACCOUNT}:workload-identity-directory/default`
const statement = (Effect: string, Resource: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect, Action: 'bedrock-agentcore:GetWorkloadAccessToken', Resource }],
})

const unknownOperator = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Deny', Action: '*', Resource: '*', Condition: { StringMatches: { 'aws:PrincipalArn': 'x' } } },
  ],
}

let emulator: Emulator
let client: BedrockAgentCoreClient
let accessKeyId: string
beforeAll(async () => {
  emulator = await startEmulator({ workloadIdentities: [{ name: 'agent' }] })
  const [credentials] = emulator.credentials
  if (credentials === undefined) throw new Error('One credential is generated')
  accessKeyId = credentials.accessKeyId
  client = new BedrockAgentCoreClient({
    endpoint: emulator.url,
    region: emulator.region,
    credentials,
    maxAttempts: 1,
  })
})
afterAll(() => emulator.close())
beforeEach(() => emulator.reset())

const mint = () =>
  client.send(new GetWorkloadAccessTokenCommand({ workloadName: 'agent' })).then(
    () => 'success',
    (error) => error.name,
  )

const post = (body: unknown) =>
  fetch(`${emulator.url}/_emulator/policies`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'sec-fetch-site': 'none' },
    body: JSON.stringify(body),
  })

describe('policies', () => {
  test('can be set and removed at run time: they apply to the next call', async () => {
    expect(await mint()).toBe('success')
    expect((await post({ accessKeyId, policies: [] })).status).toBe(204)
    expect(await mint()).toBe('AccessDeniedException')
    const both = [statement('Allow', directory), statement('Allow', `${directory}/workload-identity/agent`)]
    await post({ accessKeyId, policies: both })
    expect(await mint()).toBe('success')
    await post({ accessKeyId, policies: both.slice(1) })
    expect(await mint()).toBe('AccessDeniedException')
    await post({ accessKeyId })
    expect(await mint()).toBe('success')
  })

  test('are named in the list of calls, with the deciding statement', async () => {
    const decision = () => emulator.calls().at(-1)?.decision
    await mint()
    expect(decision()).toBeNull()
    const onIdentity = { ...statement('Allow', `${directory}/workload-identity/*`).Statement[0], Sid: 'Mint' }
    await emulator.setPolicies(accessKeyId, [{ Statement: onIdentity }, statement('Allow', directory)])
    await mint()
    expect(decision()).toBe(
      'allowed by statement 0 (Mint) of the identity-based policy policies.0; allowed by statement 0 of the identity-based policy policies.1',
    )
    await emulator.setPolicies(accessKeyId, [statement('Deny', '*')])
    await mint()
    expect(decision()).toBe(
      `bedrock-agentcore:GetWorkloadAccessToken on ${directory}/workload-identity/agent: explicitly denied by statement 0 of the identity-based policy policies.0`,
    )
  })

  test('are restored from the configuration by a reset', async () => {
    await emulator.setPolicies(accessKeyId, [])
    expect(await mint()).toBe('AccessDeniedException')
    emulator.reset()
    expect(await mint()).toBe('success')
  })

  test.each<[string, (id: string) => unknown]>([
    ['an unknown access key', () => ({ accessKeyId: 'AKIANOBODY', policies: [] })],
    ['no access key', () => ({ policies: [] })],
    ['an invalid policy', (id) => ({ accessKeyId: id, policies: [{ Statement: 'everything' }] })],
    ['one that IAM would refuse', (id) => ({ accessKeyId: id, policies: [statement('Permit', directory)] })],
    ['one with an unsupported operator', (id) => ({ accessKeyId: id, policies: [unknownOperator] })],
    ['no list', (id) => ({ accessKeyId: id, policies: statement('Allow', directory) })],
  ])('of %s are refused and change nothing', async (_case, body) => {
    const answer = await post(body(accessKeyId))
    expect([answer.status, await answer.json()]).toEqual([400, { message: expect.any(String) }])
    expect(await mint()).toBe('success')
  })
})

describe('a permissions boundary', () => {
  const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
  const key = { accessKeyId: 'BOUNDED', secretAccessKey: 'secret', principal: 'bounded' }
  const mintAs = async (credential: object) => {
    const limited = await startEmulator({
      workloadIdentities: [{ name: 'agent' }],
      credentials: [{ ...key, policies: [everything], ...credential }],
    })
    const [credentials] = limited.credentials
    const own = new BedrockAgentCoreClient({
      endpoint: limited.url,
      region: limited.region,
      maxAttempts: 1,
      ...(credentials === undefined ? {} : { credentials }),
    })
    try {
      return await own.send(new GetWorkloadAccessTokenCommand({ workloadName: 'agent' })).then(
        () => 'success',
        (error) => error.message,
      )
    } finally {
      await limited.close()
    }
  }
  const refused = `User: arn:aws:iam::123456789012:user/bounded is not authorized to perform: bedrock-agentcore:GetWorkloadAccessToken on resource: ${directory}/workload-identity/agent`

  test.each([
    ['that allows the call changes nothing', everything, 'success'],
    [
      'that does not allow refuses what the policies allow',
      statement('Allow', directory),
      `${refused} because no permissions boundary allows the bedrock-agentcore:GetWorkloadAccessToken action`,
    ],
    ['that denies is named', statement('Deny', '*'), `${refused} with an explicit deny in a permissions boundary`],
  ])('%s', async (_what, permissionsBoundary, expected) => {
    expect(await mintAs({ permissionsBoundary })).toBe(expected)
  })

  test.each([
    ['that IAM would refuse', { permissionsBoundary: unknownOperator }, 'permissionsBoundary: Statement.0: '],
    [
      'without policies to limit',
      { policies: undefined, permissionsBoundary: everything },
      'permissionsBoundary: limits',
    ],
  ])('%s is refused at the start', async (_what, credential, problem) => {
    const starting = startEmulator({ credentials: [{ ...key, policies: [], ...credential }] })
    const outcome = await starting.then(
      (started) => started.close().then(() => 'started'),
      (error: Error) => error.message,
    )
    expect(outcome).toContain(problem)
  })
})
