import {
  type CognitoIdentityProviderClient,
  CreateManagedLoginBrandingCommand,
  CreateResourceServerCommand,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  DeleteResourceServerCommand,
  paginateListResourceServers,
  UpdateUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { holdAtDoor } from '../browser/hold-at-door.ts'
import { passAuthorizationServer } from '../browser/pass-authorization-server.ts'
import type { Visitor } from '../browser/visitor.ts'
import type { User } from '../people/user.ts'
import { removeAll, removeIfThere } from '../remove-if-there.ts'
import { isLeftover, temporaryName } from '../temporary-name.ts'
import { removeUserPoolClients } from '../user-pool-clients.ts'
import type { TrialClient, TrialVendor } from './vendor.ts'

interface Options {
  cognito: CognitoIdentityProviderClient
  userPoolId: string
  region: string
  /** A browser that is signed in at the user pool. */
  consenting: Visitor
  user: User
  userToken(): Promise<string>
  /** Whether a machine client may be created: it is billed monthly. */
  machine: boolean
}

const SETTINGS = {
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ['code'],
  AllowedOAuthScopes: ['openid', 'profile'],
  SupportedIdentityProviders: ['COGNITO'],
  ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
  // The shortest that Cognito allows: a refresh is to be seen soon.
  AccessTokenValidity: 5,
  TokenValidityUnits: { AccessToken: 'minutes' },
} satisfies Partial<CreateUserPoolClientCommandInput>

export function cognitoVendor({ cognito, userPoolId, region, consenting, user, userToken, machine }: Options) {
  const UserPoolId = userPoolId
  const undo: (() => Promise<unknown>)[] = []
  const discoveryUrl = `https://cognito-idp.${region}.amazonaws.com/${userPoolId}/.well-known/openid-configuration`

  async function makeClient(input: Partial<CreateUserPoolClientCommandInput>) {
    const ClientName = temporaryName()
    const known: string[] = []
    undo.push(() => removeUserPoolClients(cognito, UserPoolId, (name) => name === ClientName, known))
    const { UserPoolClient } = await cognito.send(
      new CreateUserPoolClientCommand({ UserPoolId, ClientName, GenerateSecret: true, ...input }),
    )
    const ClientId = UserPoolClient?.ClientId ?? ''
    known.push(ClientId)
    const oauthDiscovery = { discoveryUrl }
    const configuration = { clientId: ClientId, clientSecret: UserPoolClient?.ClientSecret ?? '', oauthDiscovery }
    return { ClientId, ClientName, configuration }
  }

  const vendor: TrialVendor = {
    userToken,
    async createClient(): Promise<TrialClient> {
      const { ClientId, ClientName, configuration } = await makeClient({
        ...SETTINGS,
        CallbackURLs: ['https://callback-url.invalid/'],
      })
      // Without a style of its own, a client has no sign-in pages.
      await cognito.send(
        new CreateManagedLoginBrandingCommand({ UserPoolId, ClientId, UseCognitoProvidedValues: true }),
      )
      return {
        configuration,
        scopes: ['openid', 'profile'],
        lifetimeMs: SETTINGS.AccessTokenValidity * 60_000,
        async register(callbackUrl) {
          // An omitted setting is reset to Cognito's default.
          await cognito.send(
            new UpdateUserPoolClientCommand({
              UserPoolId,
              ClientId,
              ClientName,
              ...SETTINGS,
              CallbackURLs: [callbackUrl],
            }),
          )
        },
        consent: (authorizationUrl, returnUrl) => consent(consenting, user, authorizationUrl, returnUrl),
      }
    },
    close: () => removeAll(undo),
  }
  if (!machine) return vendor
  return {
    ...vendor,
    async createMachineClient() {
      const Identifier = temporaryName()
      const Scopes = [{ ScopeName: 'read', ScopeDescription: 'read' }]
      undo.push(() => cognito.send(new DeleteResourceServerCommand({ UserPoolId, Identifier })))
      await cognito.send(new CreateResourceServerCommand({ UserPoolId, Identifier, Name: Identifier, Scopes }))
      const scope = `${Identifier}/read`
      const { configuration } = await makeClient({
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ['client_credentials'],
        AllowedOAuthScopes: [scope],
      })
      return { configuration, scope }
    },
  }
}

/** Chromium is held before the return URL, where no server listens. */
async function consent(visitor: Visitor, user: User, authorizationUrl: string, returnUrl: string): Promise<URL> {
  const tab = await visitor.context.newPage()
  try {
    const { held } = await holdAtDoor(tab, returnUrl)
    const navigation = tab.goto(authorizationUrl)
    // It rejects when the request is dropped.
    navigation.catch(() => {})
    await passAuthorizationServer(tab, user, held)
    const { url, drop } = await held
    await drop()
    return new URL(url)
  } finally {
    await tab.close()
  }
}

export async function removeCognitoLeftovers(
  client: CognitoIdentityProviderClient,
  UserPoolId: string,
): Promise<number> {
  const clients = await removeUserPoolClients(client, UserPoolId, isLeftover)
  const found: (() => Promise<unknown>)[] = []
  for await (const { ResourceServers } of paginateListResourceServers({ client }, { UserPoolId, MaxResults: 50 }))
    for (const { Identifier } of ResourceServers ?? [])
      if (isLeftover(Identifier))
        found.push(() => client.send(new DeleteResourceServerCommand({ UserPoolId, Identifier })))
  for (const remove of found) await removeIfThere(remove)
  return clients + found.length
}
