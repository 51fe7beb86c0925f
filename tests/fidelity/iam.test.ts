import {
  GetResourceApiKeyCommand,
  GetWorkloadAccessTokenCommand,
  GetWorkloadAccessTokenForJWTCommand,
  GetWorkloadAccessTokenForUserIdCommand,
} from '@aws-sdk/client-bedrock-agentcore'
import { CreateWorkloadIdentityCommand, ListTagsForResourceCommand } from '@aws-sdk/client-bedrock-agentcore-control'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { complete, consent, mintForUserId, RETURN_URL, refusal, requestToken } from './support/flow.ts'
import { Issuer } from './support/issuer.ts'
import { type ModelledOperation, modelledOperations } from './support/modelled-operations.ts'
import { credentialsOf, denial, onResources, policy, subjectOf } from './support/principals.ts'
import { useEmulator } from './support/subject.ts'
import { Vendor } from './support/vendor.ts'

const vendor = new Vendor()
const issuer = new Issuer()
beforeAll(() => Promise.all([vendor.start(), issuer.start()]))
afterAll(() => Promise.all([vendor.close(), issuer.close()]))

const ACCOUNT = 'arn:aws:bedrock-agentcore:us-east-1:123456789012'
const DIRECTORY = `${ACCOUNT}:workload-identity-directory/default`
const VAULT = `${ACCOUNT}:token-vault/default`
const IDENTITY = `${DIRECTORY}/workload-identity/agent`
const FOUR = [IDENTITY, DIRECTORY, VAULT, `${VAULT}/oauth2credentialprovider/github`]
const SECRET_NAME =
  'arn:aws:secretsmanager:us-east-1:123456789012:secret:bedrock-agentcore-identity!default/oauth2/github'

const secret = { Action: 'secretsmanager:GetSecretValue', Resource: [`${SECRET_NAME}-????????-??????`] }
const on = (operation: string, Resource: string[] = FOUR, Condition?: object) =>
  onResources(operation, Resource, Condition)
const mint = (operation: string, Condition?: object) => on(operation, FOUR.slice(0, 2), Condition)

const principals: Record<string, object[] | undefined> = {
  unrestricted: undefined,
  nothing: [],
  workload: policy(mint('GetWorkloadAccessTokenForUserId'), on('GetResourceOauth2Token'), secret),
  binding: policy(on('CompleteResourceTokenAuth'), secret),
  ...Object.fromEntries(
    FOUR.map((left, index) => [
      `without-resource-${index}`,
      policy(
        on(
          'GetResourceOauth2Token',
          FOUR.filter((arn) => arn !== left),
        ),
        secret,
      ),
    ]),
  ),
  denied: policy({ Action: '*' }, { Effect: 'Deny', Action: 'bedrock-agentcore:GetWorkloadAccessTokenForUserId' }),
  'tenant-a': policy(
    mint('GetWorkloadAccessTokenForUserId', { StringLike: { 'bedrock-agentcore:userid': 'tenant-a+*' } }),
    on('CompleteResourceTokenAuth', FOUR, { StringLike: { 'bedrock-agentcore:userid': 'tenant-a+*' } }),
    secret,
  ),
  'one-audience': policy(
    mint('GetWorkloadAccessTokenForJWT', {
      'ForAnyValue:StringEquals': { 'bedrock-agentcore:InboundJwtClaim/aud': 'my-app' },
    }),
  ),
  tagger: policy({
    Action: 'bedrock-agentcore:CreateWorkloadIdentity',
    Condition: { StringEquals: { 'aws:RequestTag/team': 'a' } },
  }),
  'team-a': policy({
    Action: 'bedrock-agentcore:ListTagsForResource',
    Condition: { StringEquals: { 'aws:ResourceTag/team': 'a' } },
  }),
}

describe('IAM, for principals that have policies', () => {
  const used = useEmulator(() => ({
    credentials: credentialsOf(principals),
    workloadIdentities: [
      { name: 'agent', allowedResourceOauth2ReturnUrls: [RETURN_URL], tags: { team: 'a' } },
      { name: 'other', tags: { team: 'b' } },
    ],
    oauth2CredentialProviders: [
      {
        name: 'github',
        credentialProviderVendor: 'GithubOauth2',
        oauth2ProviderConfigInput: { githubOauth2ProviderConfig: { clientId: 'client', clientSecret: 'secret' } },
        endpoints: vendor.endpoints,
      },
    ],
    apiKeyCredentialProviders: [{ name: 'key', apiKey: 'k' }],
  }))
  const as = (principal: string) => subjectOf(used.emulator, principal)
  const token = () => mintForUserId(as('unrestricted'), 'agent', 'tenant-a+alice')
  /** By default a new authorization, regardless of vaulted tokens of other tests. */
  const ask = async (principal: string, forceAuthentication = true) =>
    requestToken(as(principal), {
      workloadIdentityToken: await token(),
      resourceCredentialProviderName: 'github',
      forceAuthentication,
    })

  test('the whole flow with two least-privileged principals', async () => {
    const { authorizationUrl, sessionUri } = await ask('workload')
    await consent(authorizationUrl)
    await complete(as('binding'), sessionUri, { userId: 'tenant-a+alice' })
    expect(await ask('workload', false)).toHaveProperty('accessToken')
  })

  test('the binding principal may neither mint nor read, and the workload may not bind', async () => {
    expect(await refusal(mintForUserId(as('binding'), 'agent', 'u'))).toMatchObject(
      denial('binding', 'bedrock-agentcore:GetWorkloadAccessTokenForUserId', IDENTITY),
    )
    expect(await refusal(ask('binding'))).toMatchObject(
      denial('binding', 'bedrock-agentcore:GetResourceOauth2Token', IDENTITY),
    )
    const { authorizationUrl, sessionUri } = await ask('workload')
    await consent(authorizationUrl)
    const stolen = complete(as('workload'), sessionUri, { userId: 'tenant-a+alice' })
    expect(await refusal(stolen)).toMatchObject(
      denial('workload', 'bedrock-agentcore:CompleteResourceTokenAuth', IDENTITY),
    )
    await complete(as('binding'), sessionUri, { userId: 'tenant-a+alice' })
  })

  test('an unknown session does not bypass the policy', async () => {
    const unknown = 'urn:ietf:params:oauth:request_uri:unknown'
    expect(await refusal(complete(as('workload'), unknown, { userId: 'u' }))).toMatchObject(
      denial('workload', 'bedrock-agentcore:CompleteResourceTokenAuth', DIRECTORY),
    )
  })

  test.each(FOUR.map((arn, index) => [arn, index]))('without %s no token is returned', async (arn, index) => {
    const principal = `without-resource-${index}`
    expect(await refusal(ask(principal))).toMatchObject(
      denial(principal, 'bedrock-agentcore:GetResourceOauth2Token', arn as string),
    )
  })

  test('the error of an explicit deny says so', async () => {
    const { message } = await refusal(mintForUserId(as('denied'), 'agent', 'u'))
    expect(message).toMatch(/with an explicit deny in an identity-based policy$/)
    await mintForUserId(as('unrestricted'), 'agent', 'u')
  })

  test('bedrock-agentcore:userid pins the user at minting and at binding', async () => {
    await mintForUserId(as('tenant-a'), 'agent', 'tenant-a+alice')
    const foreign = mintForUserId(as('tenant-a'), 'agent', 'tenant-b+bob')
    expect(await refusal(foreign)).toMatchObject({ name: 'AccessDeniedException' })
    const { authorizationUrl, sessionUri } = await ask('workload')
    await consent(authorizationUrl)
    const wrong = complete(as('tenant-a'), sessionUri, { userId: 'tenant-b+bob' })
    expect((await refusal(wrong)).message).toContain('is not authorized to perform')
    await complete(as('tenant-a'), sessionUri, { userId: 'tenant-a+alice' })
  })

  test('bedrock-agentcore:InboundJwtClaim restricts the accepted JWTs', async () => {
    const send = (aud: string[]) =>
      as('one-audience').data.send(
        new GetWorkloadAccessTokenForJWTCommand({ workloadName: 'agent', userToken: issuer.token('a', { aud }) }),
      )
    await send(['other', 'my-app'])
    expect(await refusal(send(['other']))).toMatchObject({ name: 'AccessDeniedException' })
  })

  test('conditions on the tags of the request and of the resource apply', async () => {
    const create = (tags?: Record<string, string>) =>
      as('tagger').control.send(
        new CreateWorkloadIdentityCommand({ name: as('tagger').uniqueName(), ...(tags ? { tags } : {}) }),
      )
    await create({ team: 'a' })
    for (const tags of [{ team: 'b' }, undefined]) {
      expect(await refusal(create(tags))).toMatchObject({ name: 'AccessDeniedException' })
    }
    const list = (name: string) =>
      as('team-a').control.send(
        new ListTagsForResourceCommand({ resourceArn: `${DIRECTORY}/workload-identity/${name}` }),
      )
    await list('agent')
    expect(await refusal(list('other'))).toMatchObject({ name: 'AccessDeniedException' })
  })

  test.each(modelledOperations.map((operation) => [operation.name, operation] as const))(
    '%s is refused to a principal with no policy',
    async (name, operation: ModelledOperation) => {
      const { data, control } = as('nothing')
      const input = {
        ...operation.valid(),
        ...('workloadIdentityToken' in operation.valid() ? { workloadIdentityToken: await token() } : {}),
      }
      const client = (operation.plane === 'data' ? data : control) as { send(command: object): Promise<unknown> }
      const { name: type, message } = await refusal(client.send(new operation.command(input as never)))
      expect(type).toBe('AccessDeniedException')
      expect(message).toContain(`is not authorized to perform: bedrock-agentcore:${name} on resource: `)
    },
  )

  test('an API key is refused to a principal whose policies do not name GetResourceApiKey', async () => {
    const call = as('workload').data.send(
      new GetResourceApiKeyCommand({ workloadIdentityToken: await token(), resourceCredentialProviderName: 'key' }),
    )
    expect(await refusal(call)).toMatchObject({ name: 'AccessDeniedException' })
    await as('unrestricted').data.send(new GetWorkloadAccessTokenCommand({ workloadName: 'agent' }))
    await as('unrestricted').data.send(
      new GetWorkloadAccessTokenForUserIdCommand({ workloadName: 'agent', userId: 'u' }),
    )
  })
})
