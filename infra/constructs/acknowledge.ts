import { Validations } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

/** Findings on this construct and its children. @param reasons from the rule to the reason */
export function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  Validations.of(construct).acknowledge(...Object.entries(reasons).map(([id, reason]) => ({ id, reason })))
}
