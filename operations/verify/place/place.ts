import type { AuditLine } from '@agent-identity/contracts'
import type { TemporaryResources } from '../agentcore/temporary-resources.ts'
import type { Visitor } from '../browser/visitor.ts'
import type { User } from '../people/user.ts'
import type { Row } from '../report/row.ts'
import type { TrialVendor } from '../vendor/vendor.ts'

export interface Place {
  kind: 'local' | 'stage'
  /** Must not identify an account. */
  title: string
  region: string
  app: string
  hasMcpServer: boolean
  /** Absent for a demo: it shows nothing about AWS's cookies. */
  consentsAtOnce?: 'one' | 'many'
  /** The app's name for the provider `profile`. */
  displayName: string
  service: TemporaryResources
  /** The report must not show them. */
  secrets: readonly (readonly [value: string | undefined, placeholder: string])[]
  /** The rightful user and the attacker. */
  makeUsers(): Promise<[User, User]>
  /** @param consenting a signed-in browser, for an authorization server that needs one */
  startVendor(user: User, consenting: Visitor): Promise<TrialVendor>
  /** The lines since the start of the run that have arrived. Others may use the app, so some lines may be theirs. */
  auditLines(): Promise<readonly AuditLine[]>
  /** How long a line may take to arrive. */
  auditLinesWithinMs: number
  lookAtCalls(flow: FlowTraces): Promise<Row[]>
  /** @returns how many things of earlier runs were found; all of them are gone */
  removeLeftovers(): Promise<number>
  wait(milliseconds: number): Promise<void>
  /** @returns how many removals failed */
  close(): Promise<number>
}

export interface FlowTraces {
  authorizationIds: readonly string[]
  /** AWS's request id of each bound completion, in any order. */
  completionRequestIds: readonly string[]
}
