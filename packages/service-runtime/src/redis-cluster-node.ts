import type { Redis } from 'ioredis'

/** Changes ioredis' client of one cluster node where ioredis has no option. */
export function adaptNode(node: Redis): void {
  sendOnce(node)
  readFromMasters(node)
  handleAsking(node)
}

/**
 * ioredis sends a command again when its connection has closed, although it may have been executed: a script that compares what was
 * read would take its own write for that of another client.
 */
function sendOnce(node: Redis): void {
  const send = node.sendCommand.bind(node)
  node.sendCommand = (command, ...rest) => {
    // A command that has timed out while it waited is not sent. A redirected pipeline has new promises, so it is sent.
    const { promise } = command
    if (failed.has(promise)) return promise
    promise.catch(() => failed.add(promise))
    // In another state a command of ours is not sent now. If it is sent later, it comes here again.
    if (node.status === 'ready' && node.stream.writable) {
      const { reject } = command
      command.reject = (error) => {
        // A node that redirects a command did not execute it. Any other outcome is final: at the close, ioredis would send again a
        // command that has timed out.
        command.reject = REDIRECTED.test(error.message) ? reject : () => undefined
        reject(
          error.message === CLOSED
            ? new Error('Connection is closed after the command was sent.', { cause: error })
            : error,
        )
      }
    }
    return send(command, ...rest)
  }
}

/**
 * While no master is connected, ioredis asks a replica. READONLY would let the replica answer, perhaps with what was deleted; without it,
 * the replica redirects.
 */
function readFromMasters(node: Redis): void {
  node.readonly = async () => 'OK'
}

/** ioredis drops the outcome of ASKING: a rejection would end the process. */
function handleAsking(node: Redis): void {
  const ask = node.asking.bind(node)
  node.asking = () => {
    const asked = ask()
    asked.catch(() => undefined)
    return asked
  }
}

const failed = new WeakSet<Promise<unknown>>()

const REDIRECTED = /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN) /

/** ioredis' text, by which it knows that a command may go to a node again. */
const CLOSED = 'Connection is closed.'
