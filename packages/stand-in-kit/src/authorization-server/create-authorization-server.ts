import { generateKeyPair, type KeyObject, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import Provider, { type ClientMetadata, type Configuration } from 'oidc-provider'
import type { Look } from '../pages/layout.ts'
import { messagePage } from '../pages/message-page.ts'
import { PAGE_HEADERS } from '../pages/style.ts'
import type { People } from '../people.ts'
import type { VendorAccounts } from '../vendor-accounts.ts'
import { type AccountHint, accountChoicePolicy } from './account-choice.ts'
import { createMemoryStore, type MemoryStore } from './memory-store.ts'

export interface AuthorizationServer {
  provider: Provider
  publicKey: KeyObject
  store: MemoryStore
  people: People
  look: Look
  applicationName: string
  accountChoice?: AccountChoice | undefined
}

export interface AccountChoice {
  hint: AccountHint
  accountsOf: VendorAccounts['accountsOf']
}

export interface AuthorizationServerOptions {
  /** An origin. Its port is in the cookies' names, because the ports of a host share cookies. */
  issuer: string
  people: People
  look: Look
  applicationName: string
  accountChoice?: AccountChoice | undefined
  clients: readonly ClientMetadata[]
  configuration: Configuration
}

const HOUR = 3_600
const DAY = 24 * HOUR

/** Its keys and records end with the process. */
export async function createAuthorizationServer(options: AuthorizationServerOptions): Promise<AuthorizationServer> {
  const { issuer, people, look, applicationName, accountChoice, clients, configuration } = options
  const store = createMemoryStore()
  const { publicKey, signingKey } = await createKeys()
  const cookie = (use: string) => `local-${new URL(issuer).port}-${use}`

  const provider = new Provider(issuer, {
    ...configuration,
    adapter: store.adapter,
    clients: clients.map((client) => ({
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      ...client,
    })),
    responseTypes: ['code'],
    clientAuthMethods: [
      'client_secret_basic',
      'client_secret_post',
      ...(configuration.features?.registration?.enabled ? (['none'] as const) : []),
    ],
    jwks: { keys: [signingKey] },
    cookies: {
      keys: [randomBytes(32).toString('base64url')],
      names: { session: cookie('session'), interaction: cookie('interaction'), resume: cookie('resume') },
    },
    ttl: {
      AccessToken: HOUR,
      AuthorizationCode: 60,
      ClientCredentials: HOUR,
      Grant: 30 * DAY,
      IdToken: HOUR,
      Interaction: HOUR,
      RefreshToken: 30 * DAY,
      Session: 14 * DAY,
      ...configuration.ttl,
    },
    features: { devInteractions: { enabled: false }, userinfo: { enabled: false }, ...configuration.features },
    interactions: {
      url: (_context, interaction) => `/interaction/${interaction.uid}`,
      ...(accountChoice && { policy: accountChoicePolicy(people, accountChoice.hint) }),
    },
    findAccount(_context, subject) {
      const person = people.withSubject(subject)
      if (!person) return undefined
      const { name, email, groups } = person
      // Cognito leaves the claim out for a user without groups.
      const member = groups.length === 0 ? {} : { 'cognito:groups': groups }
      return { accountId: subject, claims: () => ({ sub: subject, name, email, email_verified: true, ...member }) }
    },
    // Tokens do not expire with the browser's session, as at Cognito, GitHub and Google.
    expiresWithSession: () => false,
    clientBasedCORS: configuration.clientBasedCORS ?? (() => false),
    renderError(context, { error, error_description: description }) {
      context.set(PAGE_HEADERS)
      context.body = messagePage(look, 'This did not work', description ?? error)
    },
  })
  // oidc-provider's answer does not show the reason.
  provider.on('server_error', (_context, error) => process.emitWarning(error))
  return { provider, publicKey, store, people, look, applicationName, accountChoice }
}

async function createKeys() {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const use = { use: 'sig', alg: 'RS256', kid: randomBytes(8).toString('hex') }
  return { publicKey, signingKey: { ...privateKey.export({ format: 'jwk' }), ...use } }
}
