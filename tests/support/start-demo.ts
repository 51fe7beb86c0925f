import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Stack } from './stack-shape.ts'
import { PORT_IS_TAKEN } from './start-on-free-ports.ts'

const ATTEMPTS = 4
/** The demo says this when its start exceeds the demo's own limit. */
const WAS_TOO_SLOW = /Not everything came up/

/** Starts the demo again after a taken port or a start that was too slow: the next start finds more in the caches. */
export async function startDemo(checkout: string): Promise<{ stack: Stack; stop(): Promise<void> }> {
  for (let attempt = 1; ; attempt++) {
    const demo = spawn(process.execPath, ['local/src/main.ts', '--json', '--port', '0'], {
      cwd: checkout,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    let said = ''
    demo.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      process.stderr.write(text)
    })
    const ended = once(demo, 'close')
    const { stdout } = demo
    if (!stdout) throw new Error('The demo has no standard output')
    const [line] = await Promise.race([once(createInterface({ input: stdout }), 'line'), ended.then(() => [])])
    if (typeof line === 'string')
      return {
        stack: JSON.parse(line),
        async stop() {
          demo.kill('SIGTERM')
          await ended
        },
      }
    if (attempt === ATTEMPTS || !(PORT_IS_TAKEN.test(said) || WAS_TOO_SLOW.test(said)))
      throw new Error(`The demo has ended during its start:\n${said}`)
  }
}
