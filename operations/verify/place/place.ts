import type { AuditLine } from '@agent-identity/contracts'
import type { TemporaryResources } from '../agentcore/temporary-resources.ts'
import type { Visitor } from '../browser/visitor.ts'
import type { User } from '../people/user.ts'
import type { Row } from '../report/row.ts'
import type { TrialVendor } from '../vendor/vendor.ts'

/** What is verified: an app in front, AgentCore Identity behind it, and where both leave traces. */
export interface Place {
  kind: 'local' | 'stage'
  /** For the head of the report: names nothing that identifies an account. */
  title: string
  region: string
  app: string
  /** As the stage is deployed; a demo shows nothing about AWS's cookies. */
  consentsAtOnce?: 'one' | 'many'
  /** Of the `profile` provider, as the app shows it. */
  displayName: string
  service: TemporaryResources
  /** What the report must not show. */
  secrets: readonly (readonly [value: string | undefined, placeholder: string])[]
  /** The rightful user and the attacker. */
  makeUsers(): Promise<[User, User]>
  /** @param consenting a browser that is signed in, for an authorization server that wants one */
  startVendor(user: User, consenting: Visitor): Promise<TrialVendor>
  /** Every line of the audit trail since the run began, as far as they have come. */
  auditLines(): Promise<readonly AuditLine[]>
  /** What AWS's side has recorded of these flows; may take long. */
  lookAtCalls(flow: FlowTraces): Promise<Row[]>
  /** What another run could not remove. @returns how much it was */
  removeLeftovers(): Promise<number>
  /** Lets a lifetime pass. */
  wait(milliseconds: number): Promise<void>
  /** Removes what was made; may be called again. @returns how much could not be removed */
  close(): Promise<number>
}

/** What the flows of a run have left in the audit trail. */
export interface FlowTraces {
  authorizationIds: readonly string[]
  /** AWS's own ids of the two completions. */
  completionRequestIds: readonly string[]
}
