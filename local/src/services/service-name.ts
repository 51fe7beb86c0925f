export type ServiceName = 'agent-workload' | 'session-binding'

/** Not every stack has an MCP server. */
export type ReplicaName = ServiceName | 'mcp-server'

/** Without `PORT`, which differs between replicas. */
export type ServiceEnvironments = Readonly<Record<ServiceName, Readonly<Record<string, string>>>>
