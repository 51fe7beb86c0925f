import { connect } from 'node:net'
import { findRunningDemo, portsOfRunningDemos, type RunningDemo } from '@agent-identity/local/running-demo'
import { OperationError } from '../operation-error.ts'

const TIMEOUT_MS = 5_000

/** @throws OperationError unless a demo runs on this port and accepts a connection */
export async function findDemo(port: number, folder?: string): Promise<RunningDemo> {
  const found = findRunningDemo(port, folder)
  // After a restart of the machine, other processes may have the ids of a killed demo.
  if (found.state === 'running' && (await answers(found.demo.app))) return found.demo
  if (found.state !== 'none')
    throw new OperationError(`The demo on port ${port} was killed: start it again (npm run demo -- --port ${port}).`)
  const others = portsOfRunningDemos(folder)
  throw new OperationError(
    others.length > 0
      ? `No demo runs on port ${port}: give --port with one of ${others.join(', ')}.`
      : `No demo runs on port ${port}: start one (npm run demo -- --port ${port}).`,
  )
}

function answers(app: string): Promise<boolean> {
  const { hostname, port } = new URL(app)
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: TIMEOUT_MS })
    const end = (is: boolean) => () => {
      socket.destroy()
      resolve(is)
    }
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false))
  })
}
