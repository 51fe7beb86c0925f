import { McpServerEnvironment } from '@agent-identity/contracts'
import { readEnvironment } from '@agent-identity/service-runtime'

export const readConfig = (): McpServerEnvironment => readEnvironment(McpServerEnvironment, process.env)
