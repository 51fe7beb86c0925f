import { type AuditEventName, AuditLine } from '@agent-identity/contracts'
import { expect } from '@jest/globals'
import { logOf, type Stack } from './stack.ts'
import { until } from './until.ts'

export function auditLinesOf(log: string): AuditLine[] {
  const lines = log.split('\n').filter((line) => line.startsWith('{') && line.includes('"audit":true'))
  return lines.map((line) => AuditLine.parse(JSON.parse(line)))
}

/** The log file may have lines of two processes in another order than that of their times. */
export const inOrder = (lines: readonly AuditLine[]): AuditLine[] =>
  lines.toSorted((one, other) => Date.parse(one.time) - Date.parse(other.time))

/** Waits for the lines: a service's line reaches the log file shortly after the service has written it. */
export async function linesOnce(stack: Stack, holds: (lines: AuditLine[]) => boolean): Promise<AuditLine[]> {
  let lines: AuditLine[] = []
  await until(async () => {
    lines = inOrder(auditLinesOf(await logOf(stack)))
    return holds(lines)
  })
  return lines
}

export const isAbout =
  <Name extends AuditEventName>(event: Name, authorizationId: string) =>
  (line: AuditLine): line is Extract<AuditLine, { event: Name }> =>
    line.event === event && 'authorizationId' in line && line.authorizationId === authorizationId

/** Finds the lines as `docs/audit.md` says, from the request that created the authorization. */
export function chainOf(lines: readonly AuditLine[], createdBy: { requestId: string }): AuditLine[] {
  const created = one(lines, 'authorization_created', ({ correlationId }) => correlationId === createdBy.requestId)
  return lines.filter(
    (line) =>
      ('authorizationId' in line && line.authorizationId === created.authorizationId) ||
      ('turnId' in line && line.turnId === created.turnId) ||
      (['signed_in', 'signed_out', 'workload_access_token_minted'].includes(line.event) &&
        'userSessionFingerprint' in line &&
        line.userSessionFingerprint === created.userSessionFingerprint),
  )
}

export function one<Name extends AuditEventName>(
  lines: readonly AuditLine[],
  event: Name,
  holds: (line: Extract<AuditLine, { event: Name }>) => boolean = () => true,
): Extract<AuditLine, { event: Name }> {
  const found = lines.filter(
    (line): line is Extract<AuditLine, { event: Name }> =>
      line.event === event && holds(line as Extract<AuditLine, { event: Name }>),
  )
  expect(found).toHaveLength(1)
  return found[0] as Extract<AuditLine, { event: Name }>
}
