import { execa } from 'execa'
import { LocalStackError } from '../local-stack-error.ts'
import type { Watchdog } from './watchdog.ts'

export interface LogLine {
  /** For example `agent-workload 2`. */
  process: string
  line: string
}

export interface Child {
  pid: number
  ended: Promise<void>
  /** Sends SIGTERM, and SIGKILL if the child still runs after `KILL_AFTER_MS`. */
  stop(): Promise<void>
}

export interface ChildCommand {
  name: string
  command: string
  args: readonly string[]
  /** The child inherits no other variables. */
  environment: Readonly<Record<string, string>>
  /** A line for which it returns true is not logged. */
  onLine?: (line: string) => boolean
}

export interface ChildProcesses {
  start(command: ChildCommand): Child
}

const KILL_AFTER_MS = 8_000

export function createChildProcesses(options: {
  watchdog: Watchdog
  log: (line: LogLine) => void
  onUnexpectedEnd: (error: LocalStackError) => void
}): ChildProcesses {
  const pids = new Set<number>()
  const changed = () => options.watchdog.watch([...pids])

  return {
    start({ name, command, args, environment, onLine }) {
      const subprocess = execa(command, args, {
        env: environment,
        extendEnv: false,
        stdin: 'ignore',
        all: true,
        buffer: false,
        reject: false,
        forceKillAfterDelay: KILL_AFTER_MS,
      })
      const { pid } = subprocess
      if (pid === undefined) throw new LocalStackError(`${command} cannot be started: is it installed?`)
      pids.add(pid)
      changed()

      let stopping = false
      const lastLines: string[] = []
      const reading = (async () => {
        for await (const line of subprocess.iterable({ from: 'all' })) {
          if (onLine?.(line)) continue
          lastLines.splice(0, lastLines.length - 4)
          lastLines.push(line)
          options.log({ process: name, line })
        }
      })()
      const ended = Promise.allSettled([reading, subprocess]).then(async () => {
        pids.delete(pid)
        changed()
        if (stopping) return
        const { exitCode, signal } = await subprocess
        const how = signal ? `was ended by ${signal}` : `ended with code ${exitCode}`
        options.onUnexpectedEnd(new LocalStackError([`${name} ${how}.`, ...lastLines].join('\n  ')))
      })
      return {
        pid,
        ended,
        stop() {
          stopping = true
          subprocess.kill('SIGTERM')
          return ended
        },
      }
    },
  }
}
