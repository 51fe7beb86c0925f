import { createWriteStream } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mcpResourceOf } from '@agent-identity/contracts'
import { createPeople, listenOnLocalhost } from '@agent-identity/stand-in-kit'
import { agentcoreIdentityConfiguration } from './agentcore-identity/configuration.ts'
import { startAgentcoreIdentity } from './agentcore-identity/start-agentcore-identity.ts'
import { type CleanUp, createCleanUp } from './clean-up.ts'
import { readConfig } from './config.ts'
import { ownDeployment, surroundingsOf } from './deployment.ts'
import { createLoadBalancer } from './load-balancer/create-load-balancer.ts'
import type { LocalStack, LocalStackOptions } from './local-stack.ts'
import { assignPorts, explainTakenPort, freePorts } from './ports.ts'
import { createChildProcesses, type LogLine } from './processes/child-processes.ts'
import { createRedisUsers } from './processes/redis-users.ts'
import { startRedis } from './processes/start-redis.ts'
import { startWatchdog } from './processes/watchdog.ts'
import { createServiceEnvironments, withMcpServer } from './services/service-environment.ts'
import type { ReplicaName } from './services/service-name.ts'
import { replicasReady, startReplicas } from './services/start-replicas.ts'
import { createSettings, REGION } from './settings.ts'
import { startRevocationFunctions } from './start-revocation-functions.ts'
import { startStandIns } from './start-stand-ins.ts'
import { createStartUp } from './start-up.ts'

/**
 * A start that fails stops what it has started.
 *
 * @throws LocalStackError with a message for the user; the reason of an aborted `signal`; any other error of a part
 */
export async function startLocalStack(options: LocalStackOptions = {}): Promise<LocalStack> {
  const { serviceVariables, systemVariables } = readConfig()
  const habit = options.signInHabit ?? 'cognito'
  const given = { ...serviceVariables, ...options.environment }
  const people = createPeople(options.extraUsers)
  const ports = await assignPorts(options.port ?? 0)
  const settings = createSettings(ports, options.providers)
  // The MCP server sends the user's token: with it, AgentCore would not find entries that it keeps under a user id.
  const withMcp = options.mcp === true && given.IDENTITY_ARTIFACT_MODE !== 'user-id'
  const services = withMcp ? 3 : 2
  const [redisPort = 0, lambdaPort = 0, ...replicaPorts] = await freePorts(2 + services * (options.replicas ?? 1))
  const lambdaUrl = `http://127.0.0.1:${lambdaPort}`
  const redisUrl = given.REDIS_URL ?? `redis://127.0.0.1:${redisPort}`
  const deployment = options.deploy?.(surroundingsOf(settings)) ?? ownDeployment(settings, given, habit)
  const redisAccess = options.redisAccess ?? deployment.redisAccess
  const redisUsers = redisAccess && !given.REDIS_URL ? createRedisUsers(redisAccess) : undefined
  const own = createServiceEnvironments({
    settings,
    deployment,
    redisUrl,
    lambdaUrl,
    redisUsers,
    habit,
    given,
    givenTo: options.environments,
  })
  const mcp = withMcp ? withMcpServer(own, { settings, redisUsers, given }) : undefined
  const environments = mcp?.environments ?? own
  const identityConfiguration = await agentcoreIdentityConfiguration(settings, deployment, options.identityAssumptions)

  const cleanUp = createCleanUp()
  const startUp = createStartUp(options)
  try {
    const balancer = createLoadBalancer()
    cleanUp.add((await listenOnLocalhost(balancer.listener, ports.app)).close)

    const directory = await mkdtemp(join(tmpdir(), 'agent-identity-'))
    const watchdog = startWatchdog(directory)
    cleanUp.add(watchdog.release)
    const fileOf = async (name: string, content: string) => {
      await writeFile(join(directory, name), content, { mode: 0o600 })
      return join(directory, name)
    }
    const configurationFile = await fileOf('agentcore-identity.json', JSON.stringify(identityConfiguration))
    const redisFile = redisUsers && (await fileOf('redis.conf', redisUsers.configuration))
    const log = openLog(options, cleanUp)
    const children = createChildProcesses({ watchdog, log, onUnexpectedEnd: startUp.childEnded })

    const common = { children, environment: systemVariables }
    const redis = given.REDIS_URL
      ? undefined
      : startRedis({ ...common, port: redisPort, directory, configurationFile: redisFile })
    if (redis) cleanUp.add(redis.child.stop)
    const standIns = Promise.all([
      startStandIns(settings, people, cleanUp, {
        habit,
        withMcp: mcp !== undefined,
        vendorVariants: options.vendorVariants,
        vendorHabits: options.vendorHabits,
      }),
      startRevocationFunctions(settings, lambdaUrl, cleanUp),
    ])
    const identity = startAgentcoreIdentity({ ...common, url: settings.agentcoreIdentity, configurationFile })
    cleanUp.add(identity.child.stop)
    const replicas = startReplicas({
      children,
      ports: replicaPorts,
      environments: { ...environments, ...(mcp && { 'mcp-server': mcp.mcpEnvironment }) },
      redisUrls: options.redisUrls,
      imports: options.imports,
      systemVariables,
    })
    cleanUp.add(() => Promise.all(replicas.map(({ child }) => child.stop())))

    await startUp.until([redis?.ready, standIns, identity.ready, replicasReady(replicas, startUp.signal)])
    const replicasOf = (service: ReplicaName) => replicas.filter((replica) => replica.service === service)
    const urlsOf = (service: ReplicaName) => replicasOf(service).map(({ url }) => url)
    balancer.route({
      'agent-workload': urlsOf('agent-workload'),
      'session-binding': urlsOf('session-binding'),
      ...(mcp && { 'mcp-server': urlsOf('mcp-server') }),
    })

    const { app, signIn, agentcoreIdentity, vendors, awsCredentials } = settings
    const processesOf = (service: ReplicaName) => replicasOf(service).map(({ url, child }) => ({ pid: child.pid, url }))
    return {
      app,
      ...(mcp && {
        mcp: mcpResourceOf(app),
        mcpClient: { clientId: settings.mcpClientId },
        mcpEnvironment: mcp.mcpEnvironment,
      }),
      signIn,
      agentcoreIdentity,
      vendors,
      redis: redisUrl,
      users: people.all.map(({ username, password }) => ({ username, password })),
      processes: {
        'agent-workload': processesOf('agent-workload'),
        'session-binding': processesOf('session-binding'),
        ...(mcp && { 'mcp-server': processesOf('mcp-server') }),
        'agentcore-identity': [{ pid: identity.child.pid, url: agentcoreIdentity }],
        redis: redis ? [{ pid: redis.child.pid, url: redisUrl }] : [],
      },
      awsRegion: REGION,
      awsCredentials,
      deployment,
      environments,
      stop: cleanUp.run,
    }
  } catch (error) {
    await cleanUp.run().catch(({ message }: Error) => options.onProgress?.(`${message}.`))
    throw explainTakenPort(error)
  }
}

function openLog({ logFile, onLog }: LocalStackOptions, cleanUp: CleanUp): (line: LogLine) => void {
  if (!logFile) return (line) => onLog?.(line)
  const file = createWriteStream(logFile, { flags: 'a' })
  cleanUp.add(() => new Promise<void>((resolve) => file.end(() => resolve())))
  return (line) => {
    file.write(`${line.line}\n`)
    onLog?.(line)
  }
}
