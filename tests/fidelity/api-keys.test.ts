import { GetResourceApiKeyCommand } from '@aws-sdk/client-bedrock-agentcore'
import {
  DeleteApiKeyCredentialProviderCommand,
  GetApiKeyCredentialProviderCommand,
  ListApiKeyCredentialProvidersCommand,
  UpdateApiKeyCredentialProviderCommand,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { describe, expect, test } from '@jest/globals'
import { mintForUserId, refusal } from './support/flow.ts'
import { describeSubjects, type Subject, useEmulator } from './support/subject.ts'

async function read(subject: Subject, resourceCredentialProviderName: string | undefined) {
  const { name } = await subject.createIdentity()
  const workloadIdentityToken = await mintForUserId(subject, name as string, 'u')
  return subject.data.send(new GetResourceApiKeyCommand({ workloadIdentityToken, resourceCredentialProviderName }))
}

describeSubjects('API key credential providers', (subject) => {
  test('create, read the key, update, read it again', async () => {
    const name = subject().uniqueName()
    const created = await subject().createApiKeyProvider({ name, apiKey: 'first key' })
    expect(created).toMatchObject({
      $metadata: { httpStatusCode: 201 },
      name,
      credentialProviderArn: expect.stringMatching(
        new RegExp(`:token-vault/default/apikeycredentialprovider/${name}$`),
      ),
      apiKeySecretArn: {
        secretArn: expect.stringMatching(
          /:secret:bedrock-agentcore-identity!default\/apikey\/.+-[0-9a-f]{8}-[0-9A-Za-z]{6}$/,
        ),
      },
    })
    expect(JSON.stringify(created)).not.toContain('first key')
    expect(await read(subject(), name)).toMatchObject({ apiKey: 'first key' })
    await subject().control.send(new UpdateApiKeyCredentialProviderCommand({ name, apiKey: 'second key' }))
    expect(await read(subject(), name)).toMatchObject({ apiKey: 'second key' })
    const got = await subject().control.send(new GetApiKeyCredentialProviderCommand({ name }))
    expect(got).toMatchObject({ name, createdTime: expect.any(Date), lastUpdatedTime: expect.any(Date) })
    expect(JSON.stringify(got)).not.toContain('second key')
  })

  test('create refuses a name that is taken', async () => {
    const { name } = await subject().createApiKeyProvider()
    expect((await refusal(subject().createApiKeyProvider({ name }))).message).toContain('already exists')
  })

  test('delete answers 204, and it is gone', async () => {
    const { name } = await subject().createApiKeyProvider()
    const { $metadata } = await subject().control.send(new DeleteApiKeyCredentialProviderCommand({ name }))
    expect($metadata.httpStatusCode).toBe(204)
    const get = subject().control.send(new GetApiKeyCredentialProviderCommand({ name }))
    expect(await refusal(get)).toMatchObject({ name: 'ResourceNotFoundException', status: 404 })
    expect(await refusal(read(subject(), name))).toMatchObject({ name: 'ResourceNotFoundException', status: 404 })
  })

  test('list answers in pages', async () => {
    const mine = new Set<string | undefined>()
    for (let index = 0; index < 3; index += 1) mine.add((await subject().createApiKeyProvider()).name)
    let nextToken: string | undefined
    do {
      const page = await subject().control.send(new ListApiKeyCredentialProvidersCommand({ maxResults: 2, nextToken }))
      expect(page.credentialProviders?.length).toBeLessThanOrEqual(2)
      for (const { name } of page.credentialProviders ?? []) mine.delete(name)
      nextToken = page.nextToken
    } while (nextToken !== undefined)
    expect(mine.size).toBe(0)
  })
})

describe('API key credential providers of the emulator', () => {
  const used = useEmulator(() => ({
    secrets: { 'my-secret': { key: 'from outside' } },
  }))
  const external = (jsonKey: string, secretId = 'my-secret') =>
    ({ apiKey: undefined, apiKeySecretSource: 'EXTERNAL', apiKeySecretConfig: { secretId, jsonKey } }) as never

  test('a key by reference is read from the configured secrets; a missing one is not found', async () => {
    const { name } = await used.subject.createApiKeyProvider(external('key'))
    expect(await read(used.subject, name)).toMatchObject({ apiKey: 'from outside' })
    for (const reference of [external('other'), external('key', 'unknown')]) {
      await used.subject.control.send(new UpdateApiKeyCredentialProviderCommand({ ...(reference as object), name }))
      expect(await refusal(read(used.subject, name))).toMatchObject({ name: 'ResourceNotFoundException' })
    }
    await used.subject.control.send(new DeleteApiKeyCredentialProviderCommand({ name }))
  })

  test('a provider with neither a key nor a reference to one is refused', async () => {
    const answer = await refusal(used.subject.createApiKeyProvider({ apiKey: undefined } as never))
    expect(answer).toMatchObject({ name: 'ValidationException', violations: [{ name: 'apiKey' }] })
  })

  test('a missing provider cannot be updated or deleted', async () => {
    const { control } = used.subject
    const update = control.send(new UpdateApiKeyCredentialProviderCommand({ name: 'unknown', apiKey: 'k' }))
    expect(await refusal(update)).toMatchObject({ name: 'ResourceNotFoundException' })
    const gone = control.send(new DeleteApiKeyCredentialProviderCommand({ name: 'unknown' }))
    expect(await refusal(gone)).toMatchObject({ name: 'ResourceNotFoundException' })
  })
})

describe('the quota of API key credential providers', () => {
  const used = useEmulator(() => ({ quotas: { apiKeyCredentialProviders: 3 } }))
  test('holds', async () => {
    for (let index = 0; index < 3; index += 1) await used.subject.createApiKeyProvider()
    expect(await refusal(used.subject.createApiKeyProvider())).toMatchObject({
      name: 'ServiceQuotaExceededException',
      status: 402,
    })
  })
})
