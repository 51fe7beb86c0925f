import type { Emulator } from '../emulator.ts'

/** Undefined variables are removed. */
export type ClientEnvironment = Record<string, string | undefined>

/** Also removes variables with which an SDK would use another account's credentials or another endpoint. */
export function clientEnvironment({ url, region, credentials: [first] }: Emulator): ClientEnvironment {
  return {
    AWS_ENDPOINT_URL_BEDROCK_AGENTCORE: url,
    AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL: url,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: first?.accessKeyId,
    AWS_SECRET_ACCESS_KEY: first?.secretAccessKey,
    AWS_SESSION_TOKEN: first?.sessionToken,
    // boto3 reads this name before AWS_SESSION_TOKEN.
    AWS_SECURITY_TOKEN: undefined,
    AWS_PROFILE: undefined,
    // boto3 reads this name before AWS_PROFILE, the Go SDK after it.
    AWS_DEFAULT_PROFILE: undefined,
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: undefined,
    AGENTCORE_IDENTITY_EMULATOR_URL: url,
  }
}

export const exportLines = (environment: ClientEnvironment) =>
  Object.entries(environment)
    .map(([name, value]) => (value === undefined ? `unset ${name}` : `export ${name}=${quote(value)}`))
    .join('\n')

/** A configured secret may contain characters that a shell interprets. */
const quote = (value: string) => (/^[\w@%+=:,./-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`)
