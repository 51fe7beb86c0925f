import { spawn } from 'node:child_process'
import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * The program is in our process group, so a terminal's Ctrl-C reaches it directly. When this process is killed, the closed IPC channel tells the
 * program.
 */
export function runProgram(node, args, env) {
  const child = spawn(node, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env })
  const passOn = (signal) => child.kill(signal)
  const stop = () => child.kill('SIGTERM')
  for (const signal of SIGNALS) process.on(signal, passOn)
  process.on('disconnect', stop)
  const stopWatching = whenParentIsGone(stop)

  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      stopWatching()
      process.off('disconnect', stop)
      for (const name of SIGNALS) process.off(name, passOn)
      resolve(code ?? 128 + constants.signals[signal])
    })
  })
}

/**
 * A parent that is ended by `kill -9` cannot pass the signal on, but then this process gets another parent. package.json uses `exec`, so that no
 * shell is between npm and this process.
 */
function whenParentIsGone(stop) {
  if (!process.env.npm_lifecycle_event) return () => {}
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    stop()
  }, 500)
  return () => clearInterval(timer)
}
