import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { MCP_SERVER_PATHS, ROUTES, SESSION_BINDING_PATHS } from '@agent-identity/contracts'
import { createProxyServer } from 'httpxy'
import { errorPage } from './error-page.ts'
import { FailoverAgent, NoReplicaError } from './failover-agent.ts'

type TargetGroup = 'agent-workload' | 'session-binding' | 'mcp-server'

export interface LoadBalancer {
  listener: RequestListener
  /**
   * Before the first call, and for an empty list of replicas, routed requests get a 503. Without `mcp-server`, its paths lead to the agent workload.
   */
  route(targets: Readonly<Partial<Record<TargetGroup, readonly string[]>>>): void
}

/** An ALB's default idle timeout. */
const IDLE_MS = 60_000

/** Imitates CloudFront and the internal ALB behind its VPC origin. */
export function createLoadBalancer(): LoadBalancer {
  const proxy = createProxyServer({ proxyTimeout: IDLE_MS })
  const timedOut = new WeakSet<object>()
  // `Connection` is for one connection only (RFC 9110 §7.6.1).
  proxy.on('proxyRes', ({ headers }) => {
    delete headers.connection
  })
  proxy.on('proxyReq', (proxied, _request, response) => proxied.once('timeout', () => timedOut.add(response)))

  let groups: Partial<Record<TargetGroup, () => { target: string; agent: FailoverAgent } | undefined>> = {}

  async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?')[0] ?? '/'
    if (NOT_ROUTED.includes(path)) return errorPage(response, 404)
    const group = isOf(SESSION_BINDING_PATHS, path)
      ? 'session-binding'
      : isOf(MCP_SERVER_PATHS, path) && groups['mcp-server']
        ? 'mcp-server'
        : 'agent-workload'
    const replica = groups[group]?.()
    if (!replica) return errorPage(response, 503)
    try {
      await proxy.web(request, response, { ...replica, headers: forwardedHeaders(request) })
    } catch (error) {
      if (error instanceof NoReplicaError) errorPage(response, 503)
      else errorPage(response, timedOut.has(response) ? 504 : 502)
    }
  }

  return {
    listener: (request, response) => void forward(request, response),
    route(targets) {
      groups = Object.fromEntries(Object.entries(targets).map(([group, urls]) => [group, roundRobin(urls)]))
    },
  }
}

/** For callers that reach a replica directly, such as the target groups' health checks (`packages/service-runtime/src/health.ts`). */
const NOT_ROUTED: readonly string[] = [ROUTES.health, ROUTES.readiness]

/** ALB path patterns: exact, case-sensitive, `/*` for everything below. */
function isOf(patterns: readonly string[], path: string): boolean {
  return patterns.some((pattern) => (pattern.endsWith('/*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern))
}

function roundRobin(urls: readonly string[]) {
  const replicas = urls.map((url, index) => ({
    target: url,
    agent: new FailoverAgent([...urls.slice(index), ...urls.slice(0, index)].map((one) => new URL(one))),
  }))
  let turn = 0
  return () => replicas[turn++ % replicas.length]
}

/**
 * CloudFront and an ALB in its default mode append to X-Forwarded-For; the ALB overwrites X-Forwarded-Proto and -Port with its listener's.
 * The deployed ALB behind CloudFront does not append (`infra/constructs/load-balancer.ts`).
 */
function forwardedHeaders({ headers, socket }: IncomingMessage): Record<string, string> {
  const claimed = headers['x-forwarded-for']
  const cloudFront = socket.localAddress ?? ''
  return {
    connection: 'keep-alive',
    'x-forwarded-for': [...(claimed ? [claimed] : []), socket.remoteAddress ?? '', cloudFront].join(', '),
    'x-forwarded-proto': 'http',
    'x-forwarded-port': String(socket.localPort),
  }
}
