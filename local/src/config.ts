import { AgentWorkloadEnvironment, McpServerEnvironment, SessionBindingEnvironment } from '@agent-identity/contracts'

type Variables = Readonly<Record<string, string>>

export interface Config {
  serviceVariables: Variables
  systemVariables: Variables
}

const SYSTEM_VARIABLES = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL', 'NODE_EXTRA_CA_CERTS', 'NODE_COMPILE_CACHE']

export function readConfig(): Config {
  const contracts = [AgentWorkloadEnvironment, SessionBindingEnvironment, McpServerEnvironment]
  return {
    serviceVariables: pick(contracts.flatMap(({ shape }) => Object.keys(shape))),
    systemVariables: pick(SYSTEM_VARIABLES),
  }
}

function pick(names: readonly string[]): Variables {
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}
