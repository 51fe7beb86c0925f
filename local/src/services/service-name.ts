export type ServiceName = 'agent-workload' | 'session-binding'

export type ReplicaName = ServiceName | 'mcp-server'

/** Without `PORT`. */
export type ServiceEnvironments = Readonly<Record<ServiceName, Readonly<Record<string, string>>>>
