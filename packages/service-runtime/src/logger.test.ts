import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
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

test('a secret that is logged by mistake is not written, and an error brings no further properties', () => {
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

test('the query of a request is not written', async () => {
  const probe = createServer()
  probe.listen(0)
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  const output = logged(`
    import express from 'express'
    import { createLogger } from './logger.ts'
    import { requestLog } from './request-log.ts'
    import { listen } from './run-server.ts'
    const app = express()
    app.use(requestLog(createLogger({ service: 'test', level: 'info' })))
    app.use((request, response) => { request.log.warn('inside'); response.send('ok') })
    const server = await listen(app, { port: ${port}, drainSeconds: 1 })
    await fetch(server.url + '/oauth2/session-binding?state=hunter2&session_id=hunter2', { headers: { cookie: 'hunter2', referer: 'hunter2' } })
    await server.stop()
  `)
  expect(output).toContain('"path":"/oauth2/session-binding"')
  expect(output).not.toContain('hunter2')
})
