import { findRunningDemo, portsOfRunningDemos, type RunningDemo } from '@agent-identity/local/running-demo'
import { OperationError } from '../operation-error.ts'

/**
 * @param port the app's
 * @throws OperationError when no demo runs there
 */
export function findDemo(port: number, folder?: string): RunningDemo {
  const found = findRunningDemo(port, folder)
  if (found.state === 'running') return found.demo
  if (found.state === 'stale')
    throw new OperationError(`The demo on port ${port} was killed: start it again (npm run demo -- --port ${port}).`)
  const others = portsOfRunningDemos(folder)
  throw new OperationError(
    others.length > 0
      ? `No demo runs on port ${port}: give --port with one of ${others.join(', ')}.`
      : `No demo runs on port ${port}: start one (npm run demo -- --port ${port}).`,
  )
}
