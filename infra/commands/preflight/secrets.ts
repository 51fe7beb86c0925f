import { DescribeSecretCommand, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import type { ExistingSecret } from '../../constructs/options.ts'
import { containersOf } from '../../names.ts'
import type { Deployment } from '../../read-deployment.ts'
import { type Answer, type Place, type Question, unlessMissing } from './questions.ts'

interface NamedSecret {
  secret: string
  /** `the OAuth client of github`. */
  has: string
  /** Members of a JSON object. Absent: the whole value. */
  fields?: readonly string[]
}

export const secretQuestions = (place: Place): Question[] =>
  secretsOf(place.deployment).flatMap((named) => [
    { about: `whether the secret ${named.secret} exists`, ask: () => existence(named, place) },
    { about: `whether the secret ${named.secret} has the right form`, ask: () => form(named, place) },
  ])

/** Those that the operator has stored, not those that the deployment creates. */
function secretsOf(deployment: Deployment): NamedSecret[] {
  const { providers, signIn, sessionStore } = deployment
  const ofProviders = providers.flatMap(({ provider, secret }): NamedSecret[] => {
    if (!secret) return []
    return provider.credential === 'api-key'
      ? [{ secret, has: `the API key of ${provider.id}`, fields: ['apiKey'] }]
      : [{ secret, has: `the OAuth client of ${provider.id}`, fields: ['clientId', 'clientSecret'] }]
  })
  const ofSignIn = 'issuer' in signIn ? [existing(signIn.clientSecret, 'the client secret of the sign-in')] : []
  const ofStore =
    'url' in sessionStore
      ? containersOf(deployment).flatMap((name) => {
          const user = sessionStore.users[name]
          return user ? [existing(user.password, `the session store’s password of ${name}`)] : []
        })
      : []
  return [...ofProviders, ...ofSignIn, ...ofStore]
}

const existing = ({ secret, field }: ExistingSecret, has: string): NamedSecret => ({
  secret,
  has,
  ...(field === undefined ? {} : { fields: [field] }),
})

async function existence({ secret, has }: NamedSecret, { aws, deployment: { region } }: Place): Promise<Answer> {
  const of = /^arn:[^:]*:secretsmanager:([^:]*):/.exec(secret)?.[1]
  if (of !== undefined && of !== region)
    return problem(`The secret ${secret} with ${has} is in ${of}: CloudFormation needs it in ${region}.`)
  const found = await unlessMissing(aws.secretsManager.send(new DescribeSecretCommand({ SecretId: secret })))
  if (!found)
    return problem(`There is no secret ${secret} with ${has} in ${region}: store it there, or correct the name.`)
  return found.DeletedDate
    ? problem(
        `The secret ${secret} with ${has} is marked for deletion: restore it (aws secretsmanager restore-secret).`,
      )
    : {}
}

async function form(named: NamedSecret, { aws }: Place): Promise<Answer> {
  const { secret, has, fields } = named
  let value: string | undefined
  try {
    value = (await aws.secretsManager.send(new GetSecretValueCommand({ SecretId: secret }))).SecretString
  } catch (error) {
    // `existence` reports a secret that is missing or marked for deletion.
    if (/^(ResourceNotFound|InvalidRequest)Exception$/.test((error as Error).name)) return {}
    throw error
  }
  const wrong = fields ? wrongFields(value, fields) : wrongText('the value', value)
  return wrong ? problem(`The secret ${secret} does not have ${has}: ${wrong}.`) : {}
}

/** @returns what is wrong, without any part of the value */
function wrongFields(value: string | undefined, fields: readonly string[]): string | undefined {
  const object = jsonObject(value)
  if (!object) return `it must be JSON like {${fields.map((field) => `"${field}":"…"`).join(',')}}`
  const wrong = fields.flatMap((field) => wrongText(`"${field}"`, object[field]) ?? [])
  return wrong.length > 0 ? wrong.join(', ') : undefined
}

function wrongText(what: string, value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return `${what} is missing or empty`
  // An editor ends a file with a line break, and `--secret-string file://…` stores it.
  return value.trim() === value ? undefined : `${what} begins or ends with a space or a line break`
}

function jsonObject(text = ''): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

const problem = (sentence: string): Answer => ({ problems: [sentence] })
