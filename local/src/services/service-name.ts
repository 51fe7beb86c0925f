export type ServiceName = 'agent-workload' | 'session-binding'

/** Also the MCP server, which not every stack has. */
export type ReplicaName = ServiceName | 'mcp-server'

/** The environment from a task definition in AWS, for each service; `PORT` is added for each replica. */
export type ServiceEnvironments = Readonly<Record<ServiceName, Readonly<Record<string, string>>>>
