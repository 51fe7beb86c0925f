import { MCP_SERVER_PATHS, type ProviderId, ROUTES, SESSION_BINDING_PATHS } from '@agent-identity/contracts'
import { revocationUrlOf, withParameters } from '@agent-identity/provider-kit'
import * as ecs from 'aws-cdk-lib/aws-ecs'
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import { Construct } from 'constructs'
import type { ServiceName } from '../names.ts'
import {
  agentWorkloadEnvironment,
  type McpSources,
  mcpServerEnvironment,
  type Sources,
  sessionBindingEnvironment,
} from '../service-environment.ts'
import { acknowledge } from './acknowledge.ts'
import type { Alarms } from './alarms.ts'
import { grantModel } from './grant-model.ts'
import type { LogsKey } from './logs-key.ts'
import type { Network } from './network.ts'
import { notFound } from './not-found.ts'
import type { DeploymentOptions, ProviderClient, ServiceSize } from './options.ts'
import { RevocationFunction } from './revocation-function.ts'
import type { Traffic } from './traffic.ts'
import { WebService } from './web-service.ts'
import type { WorkloadIdentity } from './workload-identity.ts'

export interface AgentServicesProps extends Sources {
  deployment: DeploymentOptions
  sizes: Readonly<Record<ServiceName, ServiceSize>>
  network: Network
  traffic: Traffic
  alarms: Alarms
  logsKey: LogsKey
  workloadIdentity: WorkloadIdentity
  containerInsights: boolean
  /** Creates an MCP server, too. It needs its own Redis user, and a firewall that accepts requests to it, as `WebFirewall` does with `mcp`. */
  mcp?: (McpSources & { size: ServiceSize }) | undefined
  /** The enabled providers. If only the OAuth client may revoke a provider's access tokens, a function gets the client's secret. */
  clients?: readonly ProviderClient[]
}

/** The services and their permissions. */
export class AgentServices extends Construct {
  readonly agentWorkload: WebService
  readonly sessionBinding: WebService
  readonly mcpServer?: WebService

  constructor(scope: Construct, id: string, props: AgentServicesProps) {
    super(scope, id)
    const { sizes, traffic, workloadIdentity } = props
    const { subnets } = props.network
    const providers = [...props.providers.values()]
    const { firstRulePriority = 10 } = props.entrance
    const common = { ...props, cluster: createCluster(this, props) }

    this.sessionBinding = new WebService(this, 'SessionBinding', {
      ...common,
      service: 'session-binding',
      size: sizes['session-binding'],
      securityGroup: traffic.sessionBinding,
      subnets: subnets.sessionBinding,
      environment: sessionBindingEnvironment(props),
      route: { priority: firstRulePriority, paths: SESSION_BINDING_PATHS },
    })
    workloadIdentity.grantSessionBinding(this.sessionBinding.taskRole, providers)

    const revocationFunctions = createRevocationFunctions(this, props)
    this.agentWorkload = new WebService(this, 'AgentWorkload', {
      ...common,
      service: 'agent-workload',
      size: sizes['agent-workload'],
      securityGroup: traffic.agentWorkload,
      subnets: subnets.services,
      environment: agentWorkloadEnvironment(props, revocationFunctions),
      route: { priority: firstRulePriority + 10, paths: ['/*'] },
    })
    if (!props.signIn.backChannelLogout) closeBackChannelLogout(this, props.entrance, firstRulePriority + 5)
    workloadIdentity.grantAgentWorkload(this.agentWorkload.taskRole, providers)
    for (const ends of revocationFunctions.values()) ends.grantInvoke(this.agentWorkload.taskRole)
    grantModel(this.agentWorkload.taskRole, props.modelId)

    const { mcp } = props
    if (!mcp) return
    this.mcpServer = new WebService(this, 'McpServer', {
      ...common,
      service: 'mcp-server',
      size: mcp.size,
      securityGroup: traffic.createMcpServer(this),
      subnets: subnets.services,
      environment: mcpServerEnvironment(props, mcp),
      route: { priority: firstRulePriority + 2, paths: MCP_SERVER_PATHS },
    })
    workloadIdentity.grantMcpServer(this.mcpServer.taskRole, providers, mcp.clients.tokenClaim)
  }
}

function createRevocationFunctions(
  scope: Construct,
  { clients = [], providers, ...props }: AgentServicesProps,
): ReadonlyMap<ProviderId, RevocationFunction> {
  const functions = new Map<ProviderId, RevocationFunction>()
  for (const client of clients) {
    const { id, displayName, revocation } = client.provider
    if (revocation?.by !== 'client') continue
    const address = revocationUrlOf(client.provider, providers.get(id))
    if (address === undefined) continue
    // `withParameters` throws when a parameter is missing: the token and the client's secret must not go to a host with braces in its name.
    const revocationUrl = withParameters(address, client.parameters ?? {})
    functions.set(
      id,
      new RevocationFunction(scope, `${displayName.replace(/\W/g, '')}Revocation`, { ...props, client, revocationUrl }),
    )
  }
  return functions
}

function closeBackChannelLogout(scope: Construct, entrance: AgentServicesProps['entrance'], priority: number): void {
  new elbv2.ApplicationListenerRule(scope, 'NoBackChannelLogout', {
    listener: entrance.listener,
    priority,
    conditions: [
      elbv2.ListenerCondition.hostHeaders([entrance.host]),
      elbv2.ListenerCondition.pathPatterns([ROUTES.backChannelLogout]),
    ],
    action: notFound(),
  })
}

function createCluster(scope: Construct, { network, containerInsights }: AgentServicesProps): ecs.Cluster {
  const cluster = new ecs.Cluster(scope, 'Cluster', {
    vpc: network.vpc,
    containerInsightsV2: containerInsights ? ecs.ContainerInsights.ENABLED : ecs.ContainerInsights.DISABLED,
  })
  if (!containerInsights)
    acknowledge(cluster, { 'AwsSolutions-ECS4': 'Container Insights is a stage option; the sandbox saves its cost.' })
  return cluster
}
