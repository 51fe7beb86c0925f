export { type Decision, evaluate, type Policies, type Request, type StatementName } from './evaluate.ts'
export { explain } from './explain.ts'
export { type ParsedPolicy, type Policy, parsePolicy, requirePolicies } from './parse-policy.ts'
export type { ContextVariables } from './request-context.ts'
