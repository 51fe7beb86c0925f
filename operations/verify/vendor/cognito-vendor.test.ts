import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider'
import { afterEach, expect, test } from '@jest/globals'
import type { Visitor } from '../browser/visitor.ts'
import { type FakeAws, LostReply, type Operations, Refusal, startFakeAws } from '../test-support/fake-aws.ts'
import { fakeUserPool } from '../test-support/fake-user-pool.ts'
import { cognitoVendor, removeCognitoLeftovers } from './cognito-vendor.ts'

let aws: FakeAws
afterEach(() => aws.close())

async function pool(machine: boolean, others: Operations = {}) {
  const made = fakeUserPool()
  const operations = { ...made.operations, ...others }
  aws = await startFakeAws(operations)
  const cognito = new CognitoIdentityProviderClient({ ...aws.configuration, maxAttempts: 2 })
  const vendor = cognitoVendor({
    cognito,
    userPoolId: 'us-east-1_example',
    region: 'us-east-1',
    consenting: {} as Visitor,
    user: { username: 'u', password: 'p', email: 'e' },
    userToken: async () => 'token',
    machine,
  })
  return { ...made, operations, cognito, vendor }
}

const refused = () => {
  throw new Refusal('TooManyRequestsException')
}

function loseFirstReply(operations: Operations) {
  const create = operations.CreateUserPoolClient
  let calls = 0
  ;(operations as Record<string, unknown>).CreateUserPoolClient = (input: Record<string, unknown>) => {
    const reply = create?.(input)
    if (calls++ === 0) throw new LostReply()
    return reply
  }
}

const CALLBACK = 'https://bedrock-agentcore.us-east-1.amazonaws.com/identities/oauth2/callback/0'

test('a temporary client has the callback URL of its provider, keeps every setting, and is removed', async () => {
  const { clients, vendor } = await pool(false)
  const client = await vendor.createClient()
  const before = { ...clients.get(client.configuration.clientId ?? '') }
  await client.register(CALLBACK)
  const { GenerateSecret: _, ClientSecret: __, ...settings } = before
  expect(clients.get(client.configuration.clientId ?? '')).toEqual({ ...settings, CallbackURLs: [CALLBACK] })
  expect(client.lifetimeMs).toBe(300_000)
  await vendor.close()
  expect(clients.size).toBe(0)
})

test('a machine client, which has a price, is created only on request, and is removed with its scope', async () => {
  expect((await pool(false)).vendor.createMachineClient).toBeUndefined()
  await aws.close()
  const { clients, resourceServers, vendor } = await pool(true)
  const machine = await vendor.createMachineClient?.()
  expect([...resourceServers].map((one) => `${one}/read`)).toEqual([machine?.scope])
  expect([...clients.values()]).toEqual([expect.objectContaining({ AllowedOAuthFlows: ['client_credentials'] })])
  await vendor.close()
  expect([clients.size, resourceServers.size]).toEqual([0, 0])
})

test('a client whose reply was lost is removed, and so is that of the retry', async () => {
  const { clients, operations, vendor } = await pool(false)
  loseFirstReply(operations)
  await vendor.createClient()
  expect(clients.size).toBe(2)
  expect(await vendor.close()).toBe(0)
  expect(clients.size).toBe(0)
})

test('what cannot be removed is counted, and the rest is removed anyway', async () => {
  const { clients, resourceServers, vendor } = await pool(true, { DeleteUserPoolClient: refused })
  await vendor.createMachineClient?.()
  await vendor.createClient()
  expect(await vendor.close()).toBe(2)
  expect([clients.size, resourceServers.size]).toEqual([2, 0])
})

test('of two clients of one creation, both are tried, and both are counted when they cannot be removed', async () => {
  const { clients, operations, vendor } = await pool(false, { DeleteUserPoolClient: refused })
  loseFirstReply(operations)
  await vendor.createClient()
  expect(await vendor.close()).toBe(2)
  const tried = new Set(aws.inputsOf('DeleteUserPoolClient').map(({ ClientId }) => ClientId))
  expect(tried).toEqual(new Set(clients.keys()))
})

test('a client whose id is known is removed although the clients cannot be listed; the list is counted', async () => {
  const { clients, vendor } = await pool(false, { ListUserPoolClients: refused })
  await vendor.createClient()
  expect(await vendor.close()).toBe(1)
  expect(clients.size).toBe(0)
})

test('clients and scopes of a killed run are found by name; those of others and of a run under way stay', async () => {
  const { clients, resourceServers, cognito, vendor } = await pool(true)
  clients.set('theirs', { ClientId: 'theirs', ClientName: 'sign-in' })
  resourceServers.add('theirs')
  await vendor.createClient()
  await vendor.createMachineClient?.()
  const stay = [[...clients.keys()], [...resourceServers]]
  const left = 'agent-identity-verify-65f00000-0123456789ab'
  clients.set('left', { ClientId: 'left', ClientName: left })
  resourceServers.add(left)
  expect(await removeCognitoLeftovers(cognito, 'us-east-1_example')).toBe(2)
  expect([[...clients.keys()], [...resourceServers]]).toEqual(stay)
})
