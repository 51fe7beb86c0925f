import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { AwsRefusal, startAwsStub } from '../test-support/aws-stub.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'verify-report-'))
})
afterEach(() => rm(directory, { recursive: true }))

async function verify(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    env: { AWS_ACCESS_KEY_ID: 'AKIAVERIFY', AWS_SECRET_ACCESS_KEY: 'secret-access-key', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { stdout, stderr, code }
}

test('an error of AWS cannot control the terminal', async () => {
  const stub = await startAwsStub({
    'cloudformation:DescribeStacks': () => {
      throw new AwsRefusal('AccessDenied', 'not for \u001b[2Jyou')
    },
  })
  const { stdout, stderr, code } = await verify(['-c', 'providers=profile', '--report', directory], {
    AWS_ENDPOINT_URL: stub.url,
  })
  await stub.close()
  expect({ stdout, code }).toEqual({ stdout: '', code: 1 })
  expect(stderr).toMatch(/AccessDenied: not for �\[2Jyou\n +at /)
})

test.each([
  ['the directory is a file', 'file', 'EEXIST'],
  ['the directory above it is a file', 'file/reports', 'ENOTDIR'],
  ['a directory has the name of the report', 'taken', 'EISDIR'],
])('says in one sentence that the report cannot be written, and begins nothing, when %s', async (_what, name, code) => {
  await writeFile(join(directory, 'file'), '')
  await mkdir(join(directory, 'taken', 'verify-report.json'), { recursive: true })
  const report = join(directory, name)
  expect(await verify(['--port', '1', '--report', report])).toEqual({
    code: 1,
    stdout: '',
    stderr: `The report cannot be written to ${report} (${code}): give another --report.\n`,
  })
})

test('creates the directory of the report, and leaves an earlier report as it is until the end', async () => {
  const report = join(directory, 'new', 'reports')
  const nothingRuns = { code: 1, stderr: expect.stringContaining('No demo runs on port 1') }
  expect(await verify(['--port', '1', '--report', report])).toMatchObject(nothingRuns)
  expect(await readdir(report)).toEqual([])
  const earlier = join(report, 'verify-report.md')
  await writeFile(earlier, 'an earlier report')
  expect(await verify(['--port', '1', '--report', report])).toMatchObject(nothingRuns)
  expect([await readdir(report), await readFile(earlier, 'utf8')]).toEqual([['verify-report.md'], 'an earlier report'])
})
