import { BedrockAgentCoreClient, GetWorkloadAccessTokenCommand } from '@aws-sdk/client-bedrock-agentcore'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Emulator, startEmulator } from '../index.ts'

const ACCOUNT = 'arn:aws:bedrock-agentcore:us-east-1:123456789012'
const directory = `${ACCOUNT}:workload-identity-directory/default`
const statement = (Effect: string, Resource: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect, Action: 'bedrock-agentcore:GetWorkloadAccessToken', Resource }],
})

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
  test('are given and taken away while it runs: the next call is asked by them', async () => {
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

  test('are those of the configuration again after a reset', async () => {
    await emulator.setPolicies(accessKeyId, [])
    expect(await mint()).toBe('AccessDeniedException')
    emulator.reset()
    expect(await mint()).toBe('success')
  })

  test.each<[string, (id: string) => unknown]>([
    ['nobody’s access key', () => ({ accessKeyId: 'AKIANOBODY', policies: [] })],
    ['no access key', () => ({ policies: [] })],
    ['what is no policy', (id) => ({ accessKeyId: id, policies: [{ Statement: 'everything' }] })],
    ['one that IAM would not take', (id) => ({ accessKeyId: id, policies: [statement('Permit', directory)] })],
    ['no list', (id) => ({ accessKeyId: id, policies: statement('Allow', directory) })],
  ])('of %s are refused and change nothing', async (_case, body) => {
    const answer = await post(body(accessKeyId))
    expect([answer.status, await answer.json()]).toEqual([400, { message: expect.any(String) }])
    expect(await mint()).toBe('success')
  })
})
