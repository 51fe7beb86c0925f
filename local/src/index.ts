export type { Deployment, Surroundings } from './deployment.ts'
export type { LocalStack, LocalStackOptions } from './local-stack.ts'
export { LocalStackError } from './local-stack-error.ts'
export { startLocalStack } from './start-local-stack.ts'
