import {
  DeleteOauth2CredentialProviderCommand,
  GetOauth2CredentialProviderCommand,
  ListOauth2CredentialProvidersCommand,
  UpdateOauth2CredentialProviderCommand,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { describe, expect, test } from '@jest/globals'
import { refusal } from './support/flow.ts'
import { describeSubjects, useEmulator } from './support/subject.ts'

describeSubjects('OAuth2 credential providers', (subject) => {
  const get = (name: string | undefined) => subject().control.send(new GetOauth2CredentialProviderCommand({ name }))

  test('create answers 201 with its own callback URL, and without the secret', async () => {
    const name = subject().uniqueName()
    const created = await subject().createOauth2Provider({ name })
    expect(created).toMatchObject({
      $metadata: { httpStatusCode: 201 },
      name,
      callbackUrl: expect.stringMatching(/^https?:\/\/[^/]+\/identities\/oauth2\/callback\/[0-9a-f-]{36}$/),
      credentialProviderArn: expect.stringMatching(
        new RegExp(
          `^arn:aws:bedrock-agentcore:[a-z0-9-]+:\\d{12}:token-vault/default/oauth2credentialprovider/${name}$`,
        ),
      ),
      clientSecretArn: {
        secretArn: expect.stringMatching(
          new RegExp(`:secret:bedrock-agentcore-identity!default/oauth2/${name}-[0-9a-f]{8}-[0-9A-Za-z]{6}$`),
        ),
      },
    })
    const got = await get(name)
    expect(got).toMatchObject({
      name,
      callbackUrl: created.callbackUrl,
      credentialProviderVendor: 'GithubOauth2',
      createdTime: expect.any(Date),
      lastUpdatedTime: expect.any(Date),
      oauth2ProviderConfigOutput: {
        githubOauth2ProviderConfig: { clientId: 'client', oauthDiscovery: expect.anything() },
      },
    })
    expect(JSON.stringify([created, got])).not.toContain('"secret"')
    expect((await subject().createOauth2Provider()).callbackUrl).not.toBe(created.callbackUrl)
  })

  test('create refuses a name that is taken', async () => {
    const { name } = await subject().createOauth2Provider()
    expect((await refusal(subject().createOauth2Provider({ name }))).message).toContain('already exists')
  })

  test('update keeps the callback URL: the two-phase set-up depends on it', async () => {
    const { name, callbackUrl } = await subject().createOauth2Provider()
    const updated = await subject().control.send(
      new UpdateOauth2CredentialProviderCommand({
        name,
        credentialProviderVendor: 'GithubOauth2',
        oauth2ProviderConfigInput: { githubOauth2ProviderConfig: { clientId: 'real', clientSecret: 'real secret' } },
      }),
    )
    expect(updated).toMatchObject({
      callbackUrl,
      oauth2ProviderConfigOutput: { githubOauth2ProviderConfig: { clientId: 'real' } },
    })
  })

  test('list answers in pages, without configurations', async () => {
    const mine = new Set<string | undefined>()
    for (let index = 0; index < 3; index += 1) mine.add((await subject().createOauth2Provider()).name)
    let nextToken: string | undefined
    do {
      const page = await subject().control.send(new ListOauth2CredentialProvidersCommand({ maxResults: 2, nextToken }))
      expect(page.credentialProviders?.length).toBeLessThanOrEqual(2)
      for (const item of page.credentialProviders ?? []) {
        expect(Object.keys(item).sort()).toEqual([
          'createdTime',
          'credentialProviderArn',
          'credentialProviderVendor',
          'lastUpdatedTime',
          'name',
        ])
        mine.delete(item.name)
      }
      nextToken = page.nextToken
    } while (nextToken !== undefined)
    expect(mine.size).toBe(0)
  })

  test('delete answers 204, and it is gone', async () => {
    const { name } = await subject().createOauth2Provider()
    const { $metadata } = await subject().control.send(new DeleteOauth2CredentialProviderCommand({ name }))
    expect($metadata.httpStatusCode).toBe(204)
    expect(await refusal(get(name))).toMatchObject({ name: 'ResourceNotFoundException', status: 404 })
  })
})

describe('the quota of OAuth2 credential providers', () => {
  const used = useEmulator()
  test('is fifty', async () => {
    for (let index = 0; index < 50; index += 1) await used.subject.createOauth2Provider()
    expect(await refusal(used.subject.createOauth2Provider())).toMatchObject({
      name: 'ServiceQuotaExceededException',
      status: 402,
    })
  })
})
