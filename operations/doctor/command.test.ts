import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from '@jest/globals'
import { startAwsStub } from '../test-support/aws-stub.ts'
import { HEALTHY } from '../test-support/healthy-stage.ts'

async function doctor(args: readonly string[], environment: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    env: {
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_CONFIG_FILE: '/dev/null',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { stdout, stderr, code }
}

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'AKIADOCTOR', AWS_SECRET_ACCESS_KEY: 'secret-access-key-of-doctor' }

test('uses the endpoints of the AWS SDK, and reports no unanswered check as ok', async () => {
  const stub = await startAwsStub({
    'sts:GetCallerIdentity': HEALTHY['sts:GetCallerIdentity'] ?? (() => ({})),
  })
  const { stdout, stderr, code } = await doctor(
    ['-c', 'providers=github', '-c', 'githubSecret=agents/github', '--json'],
    {
      ...CREDENTIALS,
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_ENDPOINT_URL_STS: stub.url,
      AWS_MAX_ATTEMPTS: '1',
    },
  )
  await stub.close()
  const report = JSON.parse(stdout) as { wrong: number; checks: { outcome: string }[] }
  expect({ code, stderr, first: report.checks[0] }).toEqual({
    code: 0,
    stderr: '',
    first: { check: 'region and credentials', outcome: 'ok', findings: [] },
  })
  expect(report.checks.slice(1).every(({ outcome }) => outcome === 'not checked')).toBe(true)
  expect(stdout).not.toContain(CREDENTIALS.AWS_SECRET_ACCESS_KEY)
})

test('exits with 1 when something is wrong', async () => {
  const { stdout, code } = await doctor([], {})
  expect(code).toBe(1)
  expect(stdout).toContain('No AWS credentials were found.')
  expect(stdout).toContain('Wrong: 1;')
})

test('reports in one sentence that there is no such stage or demo', async () => {
  expect(await doctor(['--stage', 'nowhere'], {})).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^There is no stage "nowhere": .*\n$/),
  })
  expect(await doctor(['--port', '1'], {})).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('No demo runs on port 1'),
  })
})
