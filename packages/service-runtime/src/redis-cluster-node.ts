import type { Redis } from 'ioredis'

/** Changes what ioredis' client of a cluster does, where it has no option. */
export function adaptNode(node: Redis): void {
  sendOnce(node)
  readFromMasters(node)
  handleAsking(node)
}

/**
 * ioredis sends a command of a cluster again when its connection has closed, although the command may have been executed. Here a command that
 * was sent fails instead: a script that compares what was read would take its own write for another's.
 */
function sendOnce(node: Redis): void {
  const send = node.sendCommand.bind(node)
  node.sendCommand = (command, ...rest) => {
    // A command that has timed out while it waited for this connection is not sent. A redirected pipeline has new promises, so it is sent.
    const { promise } = command
    if (failed.has(promise)) return promise
    promise.catch(() => failed.add(promise))
    // In another state the command waits for a connection, and comes here again.
    if (node.status === 'ready' && node.stream.writable) {
      const { reject } = command
      command.reject = (error) => {
        // A node that redirects a command did not execute it. Any other outcome is final: when the connection closes, ioredis rejects
        // again a command that has timed out, and would send it then.
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
 * ioredis makes replicas answer reads (READONLY), and asks one while it has no connection to any master. What was deleted may still be there.
 * Without READONLY, a replica redirects to the master.
 */
function readFromMasters(node: Redis): void {
  node.readonly = async () => 'OK'
}

/** While slots move, ioredis sends ASKING before a command and drops the outcome of ASKING: a rejection would end the process. */
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

/** ioredis' own text, by which it knows that a command may go to a node again. */
const CLOSED = 'Connection is closed.'
