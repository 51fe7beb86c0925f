import { AgentWorkloadEnvironment } from '@agent-identity/contracts'
import { readEnvironment } from '@agent-identity/service-runtime'

export const readConfig = (): AgentWorkloadEnvironment => readEnvironment(AgentWorkloadEnvironment, process.env)
