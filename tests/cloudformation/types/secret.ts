import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager'
import type { Services } from '../services.ts'
import type { Properties, ResourceType } from './resource-type.ts'

interface Generated {
  PasswordLength?: number
  ExcludePunctuation?: boolean
  SecretStringTemplate?: string
  GenerateStringKey?: string
}

export const secret = (servicesIn: (region: string) => Services): ResourceType => ({
  async create({ region, name, properties }) {
    const { secretsManager } = servicesIn(region)
    const { Description, KmsKeyId } = properties as { Description?: string; KmsKeyId?: string }
    const SecretString = await secretStringOf(properties, secretsManager)
    const { ARN = '' } = await secretsManager.send(
      new CreateSecretCommand({ Name: name, Description, KmsKeyId, SecretString }),
    )
    return { id: ARN, attributes: {} }
  },
  async update({ region, id, attributes, properties }) {
    const { SecretString, Description } = properties as { SecretString?: string; Description?: string }
    await servicesIn(region).secretsManager.send(new UpdateSecretCommand({ SecretId: id, SecretString, Description }))
    return { id, attributes }
  },
  delete: ({ region, id }) =>
    servicesIn(region).secretsManager.send(new DeleteSecretCommand({ SecretId: id, ForceDeleteWithoutRecovery: true })),
})

async function secretStringOf(
  { SecretString, GenerateSecretString }: Properties,
  secretsManager: Services['secretsManager'],
): Promise<string> {
  if (typeof SecretString === 'string') return SecretString
  const { SecretStringTemplate, GenerateStringKey, ...kind } = GenerateSecretString as Generated
  const { RandomPassword = '' } = await secretsManager.send(new GetRandomPasswordCommand(kind))
  if (SecretStringTemplate === undefined || GenerateStringKey === undefined) return RandomPassword
  return JSON.stringify({ ...JSON.parse(SecretStringTemplate), [GenerateStringKey]: RandomPassword })
}

/** `{{resolve:secretsmanager:<id or ARN>:SecretString:<JSON key>::}}`; without a key, the whole value. */
const REFERENCE = /\{\{resolve:secretsmanager:(.+?):SecretString:([^:}]*)[^}]*\}\}/g

/** CloudFormation resolves these just before it calls a resource type. */
export async function resolveSecrets(value: unknown, { secretsManager }: Services): Promise<unknown> {
  if (Array.isArray(value))
    return Promise.all(value.map((item) => resolveSecrets(item, { secretsManager } as Services)))
  if (value !== null && typeof value === 'object') {
    const resolved = Object.entries(value).map(async ([key, item]) => [
      key,
      await resolveSecrets(item, { secretsManager } as Services),
    ])
    return Object.fromEntries(await Promise.all(resolved))
  }
  if (typeof value !== 'string') return value
  let text = value
  for (const [whole, SecretId, key] of value.matchAll(REFERENCE)) {
    const { SecretString = '' } = await secretsManager.send(new GetSecretValueCommand({ SecretId }))
    const found = key ? (JSON.parse(SecretString) as Record<string, unknown>)[key] : SecretString
    if (typeof found !== 'string') throw new Error(`The secret ${SecretId} has no ${key}`)
    text = text.replace(whole, () => found)
  }
  return text
}
