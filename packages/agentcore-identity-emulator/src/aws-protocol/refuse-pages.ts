import type { IncomingMessage } from 'node:http'
import { isKnownHost } from '../known-host.ts'
import { AwsError } from './errors.ts'

/** A page of another origin sends an Origin when it posts or wants to read the answer, and a foreign Host after DNS rebinding. */
export function refusePage({ headers }: IncomingMessage, knownHosts: readonly string[]) {
  const refusal =
    (headers.origin !== undefined && 'Origin is not allowed') ||
    (!isKnownHost(headers.host, knownHosts) && 'unknown Host; set publicUrl, or a name in operationHosts')
  if (refusal) throw new AwsError('AccessDeniedException', `agentcore-identity-emulator: ${refusal}`)
}
