import { parseArgs } from 'node:util'
import { CredentialKind, ProviderId } from '@agent-identity/contracts'
import { VENDORS } from '@agent-identity/provider-kit'
import type { NewProvider } from './new-provider.ts'
import { isReservedWord } from './reserved-words.ts'

export const USAGE =
  'npm run new-provider -- <id> --vendor <vendor> [--kind user|on-behalf-of|machine|api-key] [--name "Display name"] [--api-url https://…]'

/** The vendors of provider-kit's `ExchangingServer`. */
const EXCHANGING = ['CustomOauth2', 'MicrosoftOauth2']

/** Only its message is printed. */
export class UsageError extends Error {}

/** @throws UsageError */
export function readArguments(args: string[], exists: (id: string) => boolean): NewProvider {
  const { id, vendor, kind, name, apiUrl } = parse(args)
  const parsed = ProviderId.safeParse(id)
  if (parsed.error?.issues.some(({ message }) => message === 'is reserved'))
    throw new UsageError(`"${id}" is reserved: take another id.`)
  if (!parsed.success)
    throw new UsageError(`"${id ?? ''}" is no id: lower-case letters, digits and single hyphens. Usage: ${USAGE}`)
  if (isReservedWord(parsed.data))
    throw new UsageError(`"${id}" is a reserved word of TypeScript: take another id, such as ${id}-app.`)
  const credential = CredentialKind.safeParse(kind ?? 'user')
  if (!credential.success) throw new UsageError(`--kind must be one of ${CredentialKind.options.join(', ')}.`)
  if (credential.data === 'api-key' && vendor) throw new UsageError('--kind api-key has no vendor: leave --vendor out.')
  if (credential.data === 'on-behalf-of' && vendor && !EXCHANGING.includes(vendor))
    throw new UsageError(`--kind on-behalf-of takes one of these vendors: ${EXCHANGING.join(', ')}.`)
  if (credential.data !== 'api-key' && (!vendor || !VENDORS.includes(vendor)))
    throw new UsageError(`--vendor must be one of AgentCore's: ${VENDORS.join(', ')}.`)
  if (exists(parsed.data)) throw new UsageError(`There is a folder providers/${parsed.data} already.`)
  const words = parsed.data.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  const displayName = name ?? words.join(' ')
  if (!/^[\p{L}\p{N}][\p{L}\p{N} .&-]{0,63}$/u.test(displayName))
    throw new UsageError(`"${displayName}" is no display name: letters, digits, spaces, dots, hyphens; 64 at the most.`)
  const api = apiUrl ?? `https://api.${parsed.data}.example`
  // The address becomes a literal in the source.
  if (!/^https:\/\/[\w.-]+(:\d+)?(\/[\w./-]*)?$/.test(api))
    throw new UsageError('--api-url must be an https address without a query.')
  return {
    id: parsed.data,
    credential: credential.data,
    vendor: vendor ?? '',
    displayName,
    apiUrl: api.replace(/\/$/, ''),
  }
}

function parse(args: string[]) {
  try {
    const { positionals, values } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        vendor: { type: 'string' },
        kind: { type: 'string' },
        name: { type: 'string' },
        'api-url': { type: 'string' },
      },
    })
    return {
      id: positionals[0],
      vendor: values.vendor,
      kind: values.kind,
      name: values.name,
      apiUrl: values['api-url'],
    }
  } catch (error) {
    // Only the first sentence of the parser's message is useful.
    throw new UsageError(`${(error as Error).message.split('. ')[0]}. Usage: ${USAGE}`)
  }
}
