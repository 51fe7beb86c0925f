import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider'
import { afterEach, describe, expect, test } from '@jest/globals'
import { type FakeAws, LostReply, startFakeAws } from '../test-support/fake-aws.ts'
import { fakeUserPool } from '../test-support/fake-user-pool.ts'
import { CognitoPeople } from './cognito-people.ts'

let aws: FakeAws
afterEach(() => aws.close())

async function pool({ mfaRequired = false } = {}) {
  const made = fakeUserPool({ mfaRequired })
  aws = await startFakeAws(made.operations)
  const cognito = new CognitoIdentityProviderClient(aws.configuration)
  const waits: number[] = []
  const now = Date.now
  const people = new CognitoPeople({
    cognito,
    userPoolId: 'us-east-1_example',
    mfaRequired,
    async wait(milliseconds) {
      waits.push(milliseconds)
      const later = Date.now() + milliseconds
      Date.now = () => later
    },
  })
  const restore = () => {
    Date.now = now
  }
  return { ...made, people, waits, restore }
}

describe('a temporary user of a Cognito user pool', () => {
  test('gets its own password and no message, and is removed', async () => {
    const { users, people } = await pool()
    const [one, other] = [await people.make(), await people.make()]
    expect(one.username).toMatch(/^agent-identity-verify-[0-9a-f]{8}-[0-9a-f]{12}@example\.com$/)
    expect(one.username).not.toBe(other.username)
    expect(one.password).not.toBe(other.password)
    for (const kind of [/[A-Z]/, /[a-z]/, /\d/, /[^A-Za-z0-9]/, /^.{32}$/]) expect(one.password).toMatch(kind)
    expect(users.get(one.username)).toEqual({ MessageAction: 'SUPPRESS', Password: one.password })
    expect(await people.close()).toBe(0)
    expect([...users.keys()]).toEqual([])
  })

  test('is removed when its creation has failed half-way', async () => {
    const { users, people, operations } = await pool()
    ;(operations as Record<string, unknown>).AdminSetUserPassword = undefined
    await expect(people.make()).rejects.toThrow()
    expect(users.size).toBe(1)
    expect(await people.close()).toBe(0)
    expect(users.size).toBe(0)
  })

  test('gets a new token each time from a temporary client, and the client is removed', async () => {
    const { clients, people } = await pool()
    const user = await people.make()
    const tokens = [await people.tokenOf(user), await people.tokenOf(user)]
    expect(new Set(tokens).size).toBe(2)
    expect([...clients.values()]).toEqual([
      expect.objectContaining({
        ClientName: expect.stringMatching(/^agent-identity-verify-[0-9a-f]{8}-[0-9a-f]{12}$/),
        ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH'],
      }),
    ])
    await people.close()
    expect(clients.size).toBe(0)
  })

  test('leaves no client when the reply to its creation is lost', async () => {
    const { clients, operations, people } = await pool()
    const create = operations.CreateUserPoolClient
    ;(operations as Record<string, unknown>).CreateUserPoolClient = (input: Record<string, unknown>) => {
      create?.(input)
      throw new LostReply()
    }
    await expect(people.tokenOf(await people.make())).rejects.toThrow()
    clients.set('theirs', { ClientId: 'theirs', ClientName: 'sign-in' })
    expect(clients.size).toBe(2)
    expect(await people.close()).toBe(0)
    expect([...clients.keys()]).toEqual(['theirs'])
  })

  test('has an authenticator app where the pool asks for one, and no code of it is used twice', async () => {
    const { users, people, waits, restore } = await pool({ mfaRequired: true })
    try {
      // No time passes by itself: the next code must need a wait.
      const begin = Date.now()
      Date.now = () => begin
      const user = await people.make()
      expect(users.get(user.username)).toMatchObject({ app: true })
      const codes = [await user.oneTimeCode?.(), await user.oneTimeCode?.()]
      expect(await people.tokenOf(user)).toMatch(/^token-/)
      expect(new Set(codes).size).toBe(2)
      expect(waits).toHaveLength(3)
      for (const wait of waits) expect(wait).toBeLessThanOrEqual(30_000)
    } finally {
      restore()
    }
  })

  test('of a killed run is found; no other user is, and none of a run that may be under way', async () => {
    const { users, people } = await pool()
    users.set('jane@example.com', { MessageAction: undefined })
    users.set('agent-identity-verify-65f00000-0123456789ab@example.com', { MessageAction: undefined })
    const user = await people.make()
    expect(await people.removeLeftovers()).toBe(1)
    expect([...users.keys()]).toEqual(['jane@example.com', user.username])
  })
})
