export type ServiceName = 'agent-workload' | 'session-binding'

/** With the one that not every stack has. */
export type ReplicaName = ServiceName | 'mcp-server'

/** What a task definition says in AWS, for each of the services; `PORT` is the replica's own. */
export type ServiceEnvironments = Readonly<Record<ServiceName, Readonly<Record<string, string>>>>
