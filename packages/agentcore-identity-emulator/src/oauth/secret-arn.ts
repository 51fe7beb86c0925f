import { randomBytes, randomInt } from 'node:crypto'
import type { Arns } from '../arns.ts'
import type { Assumptions } from '../options.ts'
import type { ClientSecretReference } from '../state/oauth2-provider-record.ts'

export type SecretContext = { arns: Arns; assumptions: Pick<Assumptions, 'secretNames'> }
type SecretOf = { kind: 'oauth2' | 'apikey'; name: string }

const PREFIX = 'bedrock-agentcore-identity!'
const SUFFIX_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** AgentCore adds eight hex digits (seen live, 2026-09-28; older secrets have none), Secrets Manager six characters. */
export function managedSecretArn({ arns, assumptions }: SecretContext, { kind, name }: SecretOf) {
  const hex = assumptions.secretNames === 'with-hex' ? `-${randomBytes(4).toString('hex')}` : ''
  return arns.secret(`${PREFIX}default/${kind}/${name}${hex}`, randomSuffix())
}

export const externalSecretArn = ({ arns }: SecretContext, { secretId }: ClientSecretReference) =>
  secretId.startsWith('arn:') ? secretId : arns.secret(secretId, randomSuffix())

export const isManagedSecret = (arn: string) => arn.includes(`:secret:${PREFIX}`)

const randomSuffix = () =>
  Array.from({ length: 6 }, () => SUFFIX_CHARACTERS[randomInt(SUFFIX_CHARACTERS.length)]).join('')
