import { execFileSync } from 'node:child_process'
import { expect, test } from '@jest/globals'

const logged = (code: string): string =>
  execFileSync(
    process.execPath,
    ['--input-type=module-typescript', '--disable-warning=ExperimentalWarning', '-e', code],
    {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    },
  )

test('the last lines before a process ends by itself are written', () => {
  const output = logged(`
    import { createLogger } from './logger.ts'
    const log = createLogger({ service: 'test', level: 'info' })
    setImmediate(() => {
      for (let n = 1; n <= 1_000; n++) log.info(String(n))
      process.exit()
    })
  `)
  expect(
    output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).msg),
  ).toEqual(Array.from({ length: 1_000 }, (_, n) => String(n + 1)))
})

test('lines that were logged before the process is killed are written, once each', () => {
  const killed = () =>
    logged(`
      import { createLogger } from './logger.ts'
      const log = createLogger({ service: 'test', level: 'info' })
      for (let n = 1; n <= 3; n++) {
        log.info(String(n))
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      process.kill(process.pid, 'SIGKILL')
    `)
  expect(killed).toThrow(
    expect.objectContaining({ signal: 'SIGKILL', stdout: expect.stringMatching(/^.*"1".*\n.*"2".*\n.*"3".*\n$/) }),
  )
})

test('a secret that is logged by mistake is not written, and only known properties of an error are', () => {
  const output = logged(`
    import { createLogger } from './logger.ts'
    const log = createLogger({ service: 'test', level: 'info' })
    const error = Object.assign(new Error('failed'), { request: { headers: { authorization: 'hunter2' } } })
    log.info({ err: error, accessToken: 'hunter2', headers: { cookie: 'hunter2' }, a: { b: { authorizationUrl: 'hunter2' } } }, 'x')
  `)
  expect(output).toContain('"msg":"x"')
  expect(output).toContain('failed')
  expect(output).not.toContain('hunter2')
})
