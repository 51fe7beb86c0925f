import { once } from 'node:events'
import { connect } from 'node:net'
import { type ServiceProcess, startService } from '../../support/service-process.ts'
import { replicaOf, type Service, type Stack } from '../../support/stack.ts'
import { until } from '../../support/until.ts'

const SERVICES = ['agent-workload', 'session-binding'] as const

/** A replacement listens on the same port, for the load balancer. */
export function replicasOf(
  stack: Stack,
  variablesOf: (service: Service, n: 0 | 1) => Readonly<Record<string, string>> = () => ({}),
) {
  const successors = new Map<string, ServiceProcess>()
  const all: ServiceProcess[] = []
  const place = (service: Service, n: 0 | 1) => `${service} ${n}`
  const gone = new Set<string>()

  /** Undefined after `end`: the id may have been reused. */
  function pidOf(service: Service, n: 0 | 1): number | undefined {
    const pid = successors.get(place(service, n))?.pid ?? stack.processes[service]?.[n]?.pid
    return pid && !gone.has(place(service, n)) ? pid : undefined
  }

  async function end(service: Service, n: 0 | 1, signal: NodeJS.Signals): Promise<void> {
    const pid = pidOf(service, n)
    if (pid === undefined) return
    gone.add(place(service, n))
    process.kill(pid, signal)
    // A stop takes long without Redis, or on a busy machine.
    await until(async () => !isAlive(pid) && !(await listens(replicaOf(stack, service, n))))
  }

  async function begin(service: Service, n: 0 | 1): Promise<void> {
    const { port } = new URL(replicaOf(stack, service, n))
    const successor = await startService(stack, service, { ...variablesOf(service, n), PORT: port })
    successors.set(place(service, n), successor)
    gone.delete(place(service, n))
    all.push(successor)
  }

  return {
    end,
    begin,
    /** A replica ends after the previous one's successor is ready. */
    async rollingRestart(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
      for (const service of SERVICES)
        for (const n of [0, 1] as const) {
          await end(service, n, signal)
          await begin(service, n)
        }
    },
    logs: () => all.map(({ log }) => log()).join('\n'),
    async stop(): Promise<void> {
      await Promise.all(all.map((successor) => successor.stop()))
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function listens(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
