import {
  DeleteApiKeyCredentialProviderCommand,
  DeleteOauth2CredentialProviderCommand,
  DeleteWorkloadIdentityCommand,
  GetTokenVaultCommand,
  ListTagsForResourceCommand,
  SetTokenVaultCMKCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { complete, consent, refusal, requestToken } from './support/flow.ts'
import { ResetTokenVaultKeyMaterialCommand } from './support/reset-token-vault.ts'
import { describeSubjects, useEmulator } from './support/subject.ts'
import { start, twoProviders } from './support/trip.ts'
import { Vendor } from './support/vendor.ts'

describeSubjects('token vault and tags', (subject) => {
  test('there is one vault, default', async () => {
    const { control } = subject()
    expect(await control.send(new GetTokenVaultCommand({}))).toMatchObject({
      tokenVaultId: 'default',
      kmsConfiguration: { keyType: expect.stringMatching(/ManagedKey$/) },
      lastModifiedDate: expect.any(Date),
    })
    await control.send(new GetTokenVaultCommand({ tokenVaultId: 'default' }))
    expect(await refusal(control.send(new GetTokenVaultCommand({ tokenVaultId: 'another' })))).toMatchObject({
      name: 'ResourceNotFoundException',
      status: 404,
    })
  })

  test('tags come with creation, are added, overwritten and taken away', async () => {
    const { control } = subject()
    const { workloadIdentityArn: resourceArn } = await subject().createIdentity({ tags: { team: 'a', stage: 'test' } })
    const list = async () => (await control.send(new ListTagsForResourceCommand({ resourceArn }))).tags
    expect(await list()).toEqual({ team: 'a', stage: 'test' })
    const tagged = await control.send(new TagResourceCommand({ resourceArn, tags: { team: 'b', owner: 'c d' } }))
    expect(tagged.$metadata.httpStatusCode).toBe(204)
    expect(await list()).toEqual({ team: 'b', stage: 'test', owner: 'c d' })
    const untagged = await control.send(new UntagResourceCommand({ resourceArn, tagKeys: ['stage', 'owner'] }))
    expect(untagged.$metadata.httpStatusCode).toBe(204)
    expect(await list()).toEqual({ team: 'b' })
  })
})

describe('token vault and tags of the emulator', () => {
  const used = useEmulator()
  const kmsKeyArn = `arn:aws:kms:us-east-1:123456789012:key/${'a'.repeat(36)}`
  const setKey = (kmsConfiguration: object, tokenVaultId?: string) =>
    used.subject.control.send(new SetTokenVaultCMKCommand({ kmsConfiguration, tokenVaultId } as never))

  test('the key is stored and returned', async () => {
    const kmsConfiguration = { keyType: 'CustomerManagedKey', kmsKeyArn }
    expect(await setKey(kmsConfiguration)).toMatchObject({ tokenVaultId: 'default', kmsConfiguration })
    expect(await used.subject.control.send(new GetTokenVaultCommand({}))).toMatchObject({ kmsConfiguration })
    expect(await setKey({ keyType: 'ServiceManagedKey' })).toMatchObject({
      kmsConfiguration: { keyType: 'ServiceManagedKey' },
    })
  })

  test.each([
    ['a customer key without an ARN', { keyType: 'CustomerManagedKey' }],
    ['a service key with one', { keyType: 'ServiceManagedKey', kmsKeyArn }],
  ])('%s is refused', async (_case, kmsConfiguration) => {
    expect(await refusal(setKey(kmsConfiguration))).toMatchObject({ name: 'ValidationException' })
  })

  test('another vault does not exist', async () => {
    expect(await refusal(setKey({ keyType: 'ServiceManagedKey' }, 'another'))).toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })

  test('providers of both kinds can be tagged; deleted resources lose their tags', async () => {
    const { control } = used.subject
    const [oauth2, apiKey] = [await used.subject.createOauth2Provider(), await used.subject.createApiKeyProvider()]
    for (const { credentialProviderArn: resourceArn } of [oauth2, apiKey]) {
      await control.send(new TagResourceCommand({ resourceArn, tags: { a: 'b' } }))
      const { tags } = await control.send(new ListTagsForResourceCommand({ resourceArn }))
      expect(tags).toEqual({ a: 'b' })
    }
    const { name, workloadIdentityArn } = await used.subject.createIdentity({ tags: { a: 'b' } })
    await control.send(new DeleteOauth2CredentialProviderCommand({ name: oauth2.name }))
    await control.send(new DeleteApiKeyCredentialProviderCommand({ name: apiKey.name }))
    await control.send(new DeleteWorkloadIdentityCommand({ name }))
    await used.subject.createOauth2Provider({ name: oauth2.name as string })
    await used.subject.createApiKeyProvider({ name: apiKey.name as string })
    await used.subject.createIdentity({ name: name as string })
    for (const arn of [oauth2.credentialProviderArn, apiKey.credentialProviderArn, workloadIdentityArn]) {
      expect((await control.send(new ListTagsForResourceCommand({ resourceArn: arn }))).tags).toEqual({})
    }
  })

  test.each([
    ['tag', (resourceArn: string) => new TagResourceCommand({ resourceArn, tags: {} })],
    ['untag', (resourceArn: string) => new UntagResourceCommand({ resourceArn, tagKeys: ['a'] })],
    ['list', (resourceArn: string) => new ListTagsForResourceCommand({ resourceArn })],
  ])('%s of a missing resource is 404', async (_operation, command) => {
    const arn =
      'arn:aws:bedrock-agentcore:us-east-1:123456789012:workload-identity-directory/default/workload-identity/no'
    const call = used.subject.control.send(command(arn) as ListTagsForResourceCommand)
    expect(await refusal(call)).toMatchObject({ name: 'ResourceNotFoundException', status: 404 })
  })

  test('fifty tags are accepted, and not one more', async () => {
    const many = (from: number, to: number) =>
      Object.fromEntries(Array.from({ length: to - from }, (_, index) => [`key${from + index}`, '']))
    const { workloadIdentityArn: resourceArn } = await used.subject.createIdentity({ tags: many(0, 49) })
    await used.subject.control.send(new TagResourceCommand({ resourceArn, tags: many(49, 50) }))
    const call = used.subject.control.send(new TagResourceCommand({ resourceArn, tags: many(50, 51) }))
    expect(await refusal(call)).toMatchObject({ name: 'ServiceQuotaExceededException', status: 402 })
  })
})

describe('ResetTokenVaultKeyMaterial', () => {
  const vendor = new Vendor()
  beforeAll(() => vendor.start())
  afterAll(() => vendor.close())
  const used = useEmulator(() => twoProviders(vendor))
  beforeEach(() => used.emulator.reset())

  const CUSTOMERS = {
    keyType: 'CustomerManagedKey',
    kmsKeyArn: `arn:aws:kms:us-east-1:123456789012:key/${'a'.repeat(36)}`,
  } as const
  const useKey = () => used.subject.control.send(new SetTokenVaultCMKCommand({ kmsConfiguration: CUSTOMERS }))
  const reset = (tokenVaultId = 'default') =>
    used.subject.control.send(new ResetTokenVaultKeyMaterialCommand({ tokenVaultId }))
  const vaultsKey = async () => (await used.subject.control.send(new GetTokenVaultCommand({}))).kmsConfiguration
  async function deleteKey() {
    const url = `${used.emulator.url}/_emulator/token-vault/delete-key`
    return (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).status
  }
  async function connected() {
    const { authorizationUrl, sessionUri, userId, request } = await start(used)
    await consent(authorizationUrl)
    await complete(used.subject, sessionUri, { userId })
    const ask = () => requestToken(used.subject, request)
    expect(await ask()).toHaveProperty('accessToken')
    return ask
  }

  test.each([
    ['the key is AWS’s', async () => expect(await deleteKey()).toBe(409)],
    ['the customer’s key exists', useKey],
    [
      'another key has taken the place of the deleted one',
      async () => {
        await useKey()
        await deleteKey()
        await useKey()
      },
    ],
    [
      'it was reset already',
      async () => {
        await useKey()
        await deleteKey()
        await reset()
      },
    ],
  ])('is refused while %s, and every token stays', async (_case, prepare) => {
    await prepare()
    const ask = await connected()
    const before = await vaultsKey()
    expect(await refusal(reset())).toMatchObject({ name: 'ValidationException', status: 400 })
    expect(await ask()).toHaveProperty('accessToken')
    expect(await vaultsKey()).toEqual(before)
  })

  test('after the key was deleted, deletes every user’s tokens, and the providers stay', async () => {
    await useKey()
    const asks = [await connected(), await connected()]
    expect(await deleteKey()).toBe(204)
    expect(await reset()).toMatchObject({ tokenVaultId: 'default', kmsConfiguration: { keyType: 'ServiceManagedKey' } })
    expect(await vaultsKey()).toEqual({ keyType: 'ServiceManagedKey' })
    for (const ask of asks) {
      const { accessToken, authorizationUrl } = await ask()
      expect([accessToken, authorizationUrl]).toEqual([undefined, expect.any(String)])
    }
    await connected()
  })

  test('of another vault finds none', async () => {
    expect(await refusal(reset('another'))).toMatchObject({ name: 'ResourceNotFoundException' })
  })
})
