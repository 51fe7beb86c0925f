import { Validations } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

/** Rule to reason: a finding that is accepted, on exactly this construct and its children. */
export function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  Validations.of(construct).acknowledge(...Object.entries(reasons).map(([id, reason]) => ({ id, reason })))
}
