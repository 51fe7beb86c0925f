import {
  DeleteApiKeyCredentialProviderCommand,
  DeleteOauth2CredentialProviderCommand,
  GetOauth2CredentialProviderCommand,
  UpdateApiKeyCredentialProviderCommand,
  UpdateOauth2CredentialProviderCommand,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { complete, consent, mintForUserId, RETURN_URL, refusal, requestToken } from './support/flow.ts'
import { credentialsOf, denial, policy, subjectOf } from './support/principals.ts'
import { useEmulator } from './support/subject.ts'
import { Vendor } from './support/vendor.ts'

const vendor = new Vendor()
beforeAll(() => vendor.start())
afterAll(() => vendor.close())

const SECRETS = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:bedrock-agentcore-identity!default'
const SUFFIXES = { 'with-hex': '-????????-??????', 'without-hex': '-??????' } as const
const FORMS = { 'with-hex': /-[0-9a-f]{8}-[0-9A-Za-z]{6}$/, 'without-hex': /\/github-[0-9A-Za-z]{6}$/ } as const

const read = (pattern: string, Condition?: object) => ({
  Action: 'secretsmanager:GetSecretValue',
  Resource: `${SECRETS}/oauth2/${pattern}`,
  ...(Condition ? { Condition } : {}),
})
const identity = { Action: 'bedrock-agentcore:*' }
const deployer = (...actions: string[]) =>
  policy(identity, {
    Action: actions.map((action) => `secretsmanager:${action}`),
    Resource: [`${SECRETS}/oauth2/*`, `${SECRETS}/apikey/*`],
    Condition: { 'ForAnyValue:StringEquals': { 'aws:CalledVia': 'bedrock-agentcore.amazonaws.com' } },
  })
const owned = { StringEquals: { 'aws:ResourceTag/aws:secretsmanager:owningService': 'bedrock-agentcore-identity' } }

const principals = {
  administrator: undefined,
  'with-hex': policy(identity, read(`github${SUFFIXES['with-hex']}`, owned)),
  'without-hex': policy(identity, read(`github${SUFFIXES['without-hex']}`, owned)),
  'called-via': policy(
    identity,
    read('github*', { 'ForAnyValue:StringEquals': { 'aws:CalledVia': 'bedrock-agentcore.amazonaws.com' } }),
  ),
  'no-secret': policy(identity),
  creates: deployer('CreateSecret'),
  updates: deployer('PutSecretValue'),
  deletes: deployer('DeleteSecret'),
}
type Principal = keyof typeof principals

const oauth2Input = (name: string, secret: object = { clientSecret: 'secret' }) => ({
  name,
  credentialProviderVendor: 'GithubOauth2' as const,
  oauth2ProviderConfigInput: { githubOauth2ProviderConfig: { clientId: 'client', ...secret } },
})
const EXTERNAL = {
  clientSecretSource: 'EXTERNAL' as const,
  clientSecretConfig: { secretId: 'own-secret', jsonKey: 'secret' },
}

describe.each(['with-hex', 'without-hex'] as const)('client secrets named %s', (secretNames) => {
  const used = useEmulator(() => ({
    assumptions: { secretNames },
    credentials: credentialsOf(principals),
    workloadIdentities: [{ name: 'agent', allowedResourceOauth2ReturnUrls: [RETURN_URL] }],
    oauth2CredentialProviders: [{ ...oauth2Input('github'), endpoints: vendor.endpoints }],
  }))
  const as = (principal: Principal) => subjectOf(used.emulator, principal)
  const ask = async (principal: Principal) =>
    requestToken(as(principal), {
      workloadIdentityToken: await mintForUserId(as('administrator'), 'agent', 'alice'),
      resourceCredentialProviderName: 'github',
      forceAuthentication: true,
    })
  const secretArn = async () => {
    const get = new GetOauth2CredentialProviderCommand({ name: 'github' })
    return (await as('administrator').control.send(get)).clientSecretArn?.secretArn as string
  }
  const notReadable = async (principal: Principal) => {
    const arn = await secretArn()
    const refused = denial(principal, 'secretsmanager:GetSecretValue', arn)
    return { ...refused, message: `Access denied when retrieving secret '${arn}'. ${refused.message}` }
  }

  test('the name has that form', async () => {
    expect(await secretArn()).toMatch(FORMS[secretNames])
  })

  test('the pattern for this generation reads it, for the token and for the binding', async () => {
    const { authorizationUrl, sessionUri } = await ask(secretNames)
    await consent(authorizationUrl)
    await complete(as(secretNames), sessionUri, { userId: 'alice' })
  })

  test.each(['no-secret', secretNames === 'with-hex' ? 'without-hex' : 'with-hex'] as const)(
    'with the policy %s no token is returned and no session bound',
    async (principal) => {
      expect(await refusal(ask(principal))).toMatchObject(await notReadable(principal))
      const { authorizationUrl, sessionUri } = await ask('administrator')
      await consent(authorizationUrl)
      const bind = complete(as(principal), sessionUri, { userId: 'alice' })
      expect(await refusal(bind)).toMatchObject(await notReadable(principal))
      await complete(as('administrator'), sessionUri, { userId: 'alice' })
    },
  )

  test('the secret is read via AgentCore', async () => {
    expect(await ask('called-via')).toHaveProperty('sessionUri')
  })
})

const NAME = 'deployed'

const KINDS = {
  OAuth2: {
    create: (by: ReturnType<typeof subjectOf>) => by.createOauth2Provider(oauth2Input(NAME)),
    update: () => new UpdateOauth2CredentialProviderCommand(oauth2Input(NAME)),
    remove: () => new DeleteOauth2CredentialProviderCommand({ name: NAME }),
  },
  'API key': {
    create: (by: ReturnType<typeof subjectOf>) => by.createApiKeyProvider({ name: NAME }),
    update: () => new UpdateApiKeyCredentialProviderCommand({ name: NAME, apiKey: 'another' }),
    remove: () => new DeleteApiKeyCredentialProviderCommand({ name: NAME }),
  },
}

describe('a deployer’s permissions on secrets', () => {
  const used = useEmulator(() => ({ credentials: credentialsOf(principals) }))
  const as = (principal: Principal) => subjectOf(used.emulator, principal)
  const needs = (action: string) => ({
    name: 'AccessDeniedException',
    message: expect.stringContaining(`is not authorized to perform: secretsmanager:${action} on resource: ${SECRETS}/`),
  })

  test.each(['OAuth2', 'API key'] as const)('%s: one permission for each operation, and no other', async (kind) => {
    const { create, update, remove } = KINDS[kind]
    const send = (principal: Principal, command: object) =>
      (as(principal).control as { send(command: object): Promise<unknown> }).send(command)
    for (const other of ['no-secret', 'updates', 'deletes'] as const) {
      expect(await refusal(create(as(other)))).toMatchObject(needs('CreateSecret'))
    }
    await create(as('creates'))
    for (const other of ['no-secret', 'creates', 'deletes'] as const) {
      expect(await refusal(send(other, update()))).toMatchObject(needs('PutSecretValue'))
    }
    await send('updates', update())
    for (const other of ['no-secret', 'creates', 'updates'] as const) {
      expect(await refusal(send(other, remove()))).toMatchObject(needs('DeleteSecret'))
    }
    await send('deletes', remove())
  })

  test('an external secret is not created or deleted; one that becomes managed is created', async () => {
    const update = (secret?: object) => new UpdateOauth2CredentialProviderCommand(oauth2Input(NAME, secret))
    await as('no-secret').createOauth2Provider(oauth2Input(NAME, EXTERNAL))
    await as('no-secret').control.send(update(EXTERNAL))
    expect(await refusal(as('updates').control.send(update()))).toMatchObject(needs('CreateSecret'))
    await as('creates').control.send(update())
    await as('deletes').control.send(new DeleteOauth2CredentialProviderCommand({ name: NAME }))
    await as('no-secret').createOauth2Provider(oauth2Input(NAME, EXTERNAL))
    await as('no-secret').control.send(new DeleteOauth2CredentialProviderCommand({ name: NAME }))
  })
})
