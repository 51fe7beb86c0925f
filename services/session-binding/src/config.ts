import { SessionBindingEnvironment } from '@agent-identity/contracts'
import { readEnvironment } from '@agent-identity/service-runtime'

export const readConfig = (): SessionBindingEnvironment => readEnvironment(SessionBindingEnvironment, process.env)
