import { spawn } from 'node:child_process'
import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs a program and resolves with its exit code. It shares our process group, so a terminal's Ctrl-C reaches it anyway;
 * a signal sent to us alone is passed on. The IPC channel closes when we are killed outright, which tells the program.
 */
export function runProgram(node, args, env) {
  const child = spawn(node, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env })
  const passOn = (signal) => child.kill(signal)
  const stop = () => child.kill('SIGTERM')
  for (const signal of SIGNALS) process.on(signal, passOn)
  process.on('disconnect', stop)
  const stopWatching = whenNpmIsGone(stop)

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
 * npm is our parent: package.json says `exec`, so that no shell stands between us, which would keep its signals to itself.
 * `kill -9` of npm is no signal that it could pass on; we notice that we have another parent.
 */
function whenNpmIsGone(stop) {
  if (!process.env.npm_lifecycle_event) return () => {}
  const npm = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === npm) return
    clearInterval(timer)
    stop()
  }, 500)
  return () => clearInterval(timer)
}
