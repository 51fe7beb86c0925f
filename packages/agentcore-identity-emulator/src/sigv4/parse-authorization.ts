import { AwsError } from '../aws-protocol/errors.ts'

export type Authorization = {
  accessKeyId: string
  date: string
  region: string
  service: string
  terminator: string
  signedHeaders: string[]
  signature: string
}

/** `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`. Unlike AWS's, a refusal does not repeat the input: callers log refusals. */
export function parseAuthorization(header: string): Authorization {
  const [algorithm = '', rest = ''] = splitAtSpace(header.trim())
  if (algorithm !== 'AWS4-HMAC-SHA256') throw incomplete(['Authorization header must use AWS4-HMAC-SHA256.'])
  const parameters = new Map(
    rest.split(',').map((part) => {
      const at = part.indexOf('=')
      return [part.slice(0, at).trim(), part.slice(at + 1).trim()] as const
    }),
  )
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !parameters.get(name))
  if (missing.length > 0) throw incomplete(missing.map((name) => `Authorization header requires '${name}' parameter.`))

  const scope = (parameters.get('Credential') as string).split('/')
  const [accessKeyId, date, region, service, terminator] = scope
  if (scope.length !== 5 || !accessKeyId || !date || !region || !service || !terminator) {
    throw incomplete([
      "Credential must have five slash-delimited elements: access key, date, region, service, 'aws4_request'.",
    ])
  }
  return {
    accessKeyId,
    date,
    region,
    service,
    terminator,
    signedHeaders: (parameters.get('SignedHeaders') as string).split(';'),
    signature: parameters.get('Signature') as string,
  }
}

export function incomplete(problems: string[]) {
  return new AwsError('IncompleteSignatureException', problems.join(' '))
}

function splitAtSpace(text: string) {
  const at = text.search(/\s/)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
