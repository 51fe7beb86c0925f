import type { AuditLine } from '@agent-identity/contracts'
import type { TemporaryResources } from '../agentcore/temporary-resources.ts'
import type { Visitor } from '../browser/visitor.ts'
import type { User } from '../people/user.ts'
import type { Row } from '../report/row.ts'
import type { TrialVendor } from '../vendor/vendor.ts'

/** What is verified: an app, AgentCore Identity behind it, and the logs of both. */
export interface Place {
  kind: 'local' | 'stage'
  /** For the head of the report: no name that identifies an account. */
  title: string
  region: string
  app: string
  hasMcpServer: boolean
  /** Absent for a demo, which gives no evidence about AWS's cookies. */
  consentsAtOnce?: 'one' | 'many'
  /** The name of the `profile` provider, as the app displays it. */
  displayName: string
  service: TemporaryResources
  /** The report must not show them. */
  secrets: readonly (readonly [value: string | undefined, placeholder: string])[]
  /** The rightful user and the attacker. */
  makeUsers(): Promise<[User, User]>
  /** @param consenting a signed-in browser, for an authorization server that needs one */
  startVendor(user: User, consenting: Visitor): Promise<TrialVendor>
  /** The lines since the run began that have arrived. */
  auditLines(): Promise<readonly AuditLine[]>
  /** Looks at the records of these flows at AWS or the emulator, and at the deployment; may take long. */
  lookAtCalls(flow: FlowTraces): Promise<Row[]>
  /** Removes what killed runs left. @returns how many things */
  removeLeftovers(): Promise<number>
  wait(milliseconds: number): Promise<void>
  /** May be called again. @returns how many created resources could not be removed */
  close(): Promise<number>
}

export interface FlowTraces {
  authorizationIds: readonly string[]
  /** AWS's request id of each bound completion. */
  completionRequestIds: readonly string[]
}
