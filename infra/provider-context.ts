import type { ProviderId } from '@agent-identity/contracts'
import { isOfTheSignIn, type ProviderDefinition, parametersOf } from '@agent-identity/provider-kit'
import { PROVIDERS } from '@agent-identity/providers'
import type { ProviderClient } from './constructs/options.ts'
import { DeploymentError } from './deployment-error.ts'
import type { StageFile, StageProvider } from './stage-file.ts'

const KEY_ARN = /^arn:aws:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/

const camelCase = (id: ProviderId) => id.replace(/-([a-z0-9])/g, (_dash, letter: string) => letter.toUpperCase())

/** The `-c` names of a provider, such as `googleCalendarSecret`. */
function contextNames(provider: ProviderDefinition) {
  const { id } = provider
  const named = (what: string) => `${camelCase(id)}${what.charAt(0).toUpperCase()}${what.slice(1)}`
  return {
    secret: isOfTheSignIn(provider) ? undefined : named('secret'),
    // A function of ours reads the secret, and needs the right to use the secret's key.
    secretKeyArn: provider.revocation?.by === 'client' ? named('secretKeyArn') : undefined,
    parameters: parametersOf([
      provider.apiUrl,
      'authorizationServer' in provider && provider.authorizationServer,
      provider.revocation,
    ]).map((parameter) => ({ parameter, name: named(parameter) })),
  }
}

export const PROVIDER_CONTEXT_NAMES: readonly string[] = [...PROVIDERS.values()].flatMap((provider) => {
  const { secret, parameters } = contextNames(provider)
  return [...(secret ? [secret] : []), ...parameters.map(({ name }) => name)]
})

export const PROVIDER_KEY_CONTEXT_NAMES: readonly string[] = [...PROVIDERS.values()].flatMap(
  (provider) => contextNames(provider).secretKeyArn ?? [],
)

export const asStageProvider = (provider: ProviderId | StageProvider): StageProvider =>
  typeof provider === 'string' ? { id: provider } : provider

/**
 * The context overrides what the stage says of a provider.
 *
 * @throws DeploymentError
 */
export function readProviders(
  named: StageFile['providers'],
  context: Readonly<Record<string, string | undefined>>,
): ProviderClient[] {
  const ofStage = named.map(asStageProvider)
  const ids = ofStage.map(({ id }) => id)
  const twice = ids.find((id, index) => ids.indexOf(id) < index)
  if (twice !== undefined) throw new DeploymentError(`Provider "${twice}" is named twice.`)
  return ofStage.map((said) => {
    const provider = PROVIDERS.get(said.id)
    if (!provider)
      throw new DeploymentError(`There is no provider "${said.id}": use some of ${[...PROVIDERS.keys()].join(', ')}.`)
    return readProvider(provider, said, context)
  })
}

function readProvider(
  provider: ProviderDefinition,
  said: StageProvider,
  context: Readonly<Record<string, string | undefined>>,
): ProviderClient {
  const names = contextNames(provider)
  if (!names.secret) return { provider }
  const secret = context[names.secret] ?? said.secret
  if (!secret)
    throw new DeploymentError(
      provider.credential === 'api-key'
        ? `Provider "${provider.id}" is switched on without its API key: get a key from ${provider.keyFrom}, store {"apiKey":"…"} in ` +
            `Secrets Manager and give -c ${names.secret}=<the secret's name or ARN>. The stage's file may name it, too.`
        : `Provider "${provider.id}" is switched on without its OAuth client: store {"clientId":"…","clientSecret":"…"} in ` +
            `Secrets Manager and give -c ${names.secret}=<the secret's name or ARN>. The stage's file may name it, too.`,
    )
  const parameters = names.parameters.map(({ parameter, name }): [string, string] => {
    const value = context[name] ?? said.parameters?.[parameter]
    if (value) return [parameter, value]
    throw new DeploymentError(
      `Provider "${provider.id}" needs its ${parameter}: give -c ${name}=…. The stage's file may name it, too.`,
    )
  })
  const secretKeyArn = names.secretKeyArn && (context[names.secretKeyArn] ?? said.secretKeyArn)
  if (secretKeyArn && !KEY_ARN.test(secretKeyArn))
    throw new DeploymentError(`${names.secretKeyArn} "${secretKeyArn}" must be the ARN of a KMS key, not of an alias.`)
  return { provider, secret, ...(secretKeyArn ? { secretKeyArn } : {}), parameters: Object.fromEntries(parameters) }
}
