import { doctorFinds } from '../test-support/doctor-finds.ts'
import { APP, ISSUER } from '../test-support/healthy-stage.ts'

const answersWith = (status: number, body = '') => ({
  parts: {
    get: async (url: string) =>
      url.startsWith(APP) ? { status, body } : { status: 200, body: JSON.stringify({ issuer: ISSUER }) },
  },
})
const issuerAnswers = (status: number, body: string) => ({
  parts: {
    get: async (url: string) =>
      url.startsWith(APP) ? { status: 401, body: '{"code":"not_signed_in"}' } : { status, body },
  },
})
const metadata = `${ISSUER}/.well-known/openid-configuration`

doctorFinds([
  [
    'an address without the app',
    answersWith(404),
    [`public address: ${APP}/api/session answers with 404 instead of the agent workload's 401.`],
  ],
  [
    'a 401 of another app',
    answersWith(401, '<html>'),
    [`public address: ${APP}/api/session answers with 401 instead of the agent workload's 401.`],
  ],
  [
    'an address without an answer',
    {
      parts: {
        get: async (url) => {
          if (url.startsWith(APP)) throw new Error('ENOTFOUND')
          return { status: 200, body: JSON.stringify({ issuer: ISSUER }) }
        },
      },
    },
    [`public address: ${APP} does not answer.`],
  ],
  ['an issuer that is gone', issuerAnswers(404, ''), [`issuer: ${metadata} answers with 404.`]],
  ['an issuer without metadata', issuerAnswers(200, '<html>'), [`issuer: ${metadata} is no JSON.`]],
  [
    'an issuer with another name',
    issuerAnswers(200, '{"issuer":"https://evil"}'),
    [`issuer: ${metadata} names another issuer.`],
  ],
  [
    'a log group that is gone',
    {
      replies: {
        'logs:DescribeLogGroups': (reply, { logGroupNamePrefix }) => (logGroupNamePrefix === 'flow-logs' ? {} : reply),
      },
    },
    ['log groups: The log group flow-logs does not exist.'],
  ],
  [
    'a log group without an end and without our key',
    {
      replies: {
        'logs:DescribeLogGroups': (reply, { logGroupNamePrefix }) =>
          logGroupNamePrefix === 'flow-logs' ? { logGroups: [{ logGroupName: 'flow-logs' }] } : reply,
      },
    },
    [
      'log groups: The log group flow-logs keeps its lines for ever, not 14 days.',
      'log groups: The log group flow-logs is not encrypted with our key.',
    ],
  ],
])
