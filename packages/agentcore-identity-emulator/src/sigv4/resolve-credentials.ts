import type { Arns } from '../arns.ts'
import type { ParsedOptions } from '../options.ts'
import { type Credential, generateAccessKey } from './credentials.ts'

type AccessKey = Pick<Credential, 'accessKeyId' | 'secretAccessKey'>

export function generatedKey(configured: ParsedOptions['credentials'], all: readonly Credential[]) {
  const [first] = all
  if (configured.length > 0 || first === undefined) return {}
  const { accessKeyId, secretAccessKey } = first
  return { accessKey: { accessKeyId, secretAccessKey } }
}

export function resolveCredentials(
  configured: ParsedOptions['credentials'],
  arns: Arns,
  kept?: AccessKey,
): Credential[] {
  if (configured.length === 0) {
    const generated = kept ?? generateAccessKey()
    return [{ ...generated, principalArn: arns.user('emulator') }]
  }
  return configured.map(({ principal, expiresAt, sessionToken, policies, permissionsBoundary, ...key }) => ({
    ...key,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...(policies === undefined ? {} : { policies }),
    ...(permissionsBoundary === undefined ? {} : { permissionsBoundary }),
    ...(expiresAt === undefined ? {} : { expiresAt: Date.parse(expiresAt) }),
    principalArn: principalArn(principal ?? key.accessKeyId, sessionToken !== undefined, arns),
  }))
}

export function repeatedAccessKeys(configured: ParsedOptions['credentials']): string[] {
  const ids = configured.map(({ accessKeyId }) => accessKeyId)
  const repeated = new Set(ids.filter((id, index) => ids.indexOf(id) !== index))
  return [...repeated].map((id) => `credentials: ${id} is there more than once`)
}

function principalArn(principal: string, temporary: boolean, arns: Arns) {
  if (principal.startsWith('arn:')) return principal
  return temporary ? arns.assumedRole(principal) : arns.user(principal)
}
