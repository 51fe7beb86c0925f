/** The patterns match these words, which are no secrets. */
const PUBLIC_WORDS = new Set([
  'GetResourceOauth2Token',
  'CreateOauth2CredentialProvider',
  'UpdateOauth2CredentialProvider',
  'DeleteOauth2CredentialProvider',
  'GetOauth2CredentialProvider',
  'oauth2credentialprovider',
])

/** The order matters: a replaced part is not matched again. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/urn:ietf:params:oauth:request_uri(?::|%3A)[^\s"'&<>)]+/gi, '<session URI>'],
  [/\beyJ[\w-]+(?:\.[\w-]*){1,4}/g, '<token>'],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>)]+/gi, '<URL>'],
  [/\barn:aws[\w-]*:(?<service>[\w-]*):[^\s"'<>,;]*/g, '<ARN of $<service>>'],
  [/\b(?:AKIA|ASIA|AROA|AIDA|ANPA|AGPA)[A-Z0-9]{12,}\b/g, '<access key id>'],
  [/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, '<e-mail address>'],
  [/\b[a-z]{2}(?:-[a-z]+)+-\d_[A-Za-z0-9]{6,}\b/g, '<user pool>'],
  [/\b[\w-]+(?:\.[\w-]+)*\.(?:cloudfront\.net|amazoncognito\.com|elb\.amazonaws\.com)\b/gi, '<host>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<UUID>'],
  [/\b(?:\d{1,3}\.){3}\d{1,3}\b/g, '<IP address>'],
  // Keys, codes, states, cookies: a digit, letters of both cases, or the length tells them from words.
  [/(?=[A-Za-z0-9+/_~%-]*[0-9%])[A-Za-z0-9+/_~%-]{20,}={0,2}/g, '<opaque>'],
  [/(?=[a-z+/_~-]*[A-Z])(?=[A-Z+/_~-]*[a-z])[A-Za-z+/_~-]{32,}={0,2}/g, '<opaque>'],
  [/[A-Za-z]{32,}/g, '<opaque>'],
  // Stands after the patterns above: twelve masked digits would leave the ends of a token readable.
  [/(?<!\d)\d{4}[- ]?\d{4}[- ]?\d{4}(?!\d)/g, '<account>'],
]

/** Shorter values occur in ordinary words. */
const SHORTEST_SECRET = 6

/** Removes secrets and what identifies the account: registered values, also encoded, and whatever the patterns match. */
export class Mask {
  readonly #known = new Map<string, string>()

  /** @param placeholder the replacement, without brackets */
  hide(value: string | undefined, placeholder: string): void {
    if (value === undefined || value.length < SHORTEST_SECRET) return
    for (const form of formsOf(value)) this.#known.set(form, `<${placeholder}>`)
  }

  apply(text: string): string {
    let masked = text
    for (const [value, placeholder] of this.#longestFirst()) masked = masked.replaceAll(value, placeholder)
    for (const [pattern, placeholder] of PATTERNS)
      masked = outsidePlaceholders(masked, (part) =>
        part.replace(pattern, (...match) => {
          const found = match[0] as string
          const groups = match.at(-1) as { service?: string } | string
          const service = typeof groups === 'object' ? groups.service : undefined
          return PUBLIC_WORDS.has(found) ? found : placeholder.replace('$<service>', service || 'unknown')
        }),
      )
    return masked
  }

  /** @throws if the text contains a registered value */
  requireClean(text: string): void {
    for (const [value, placeholder] of this.#known)
      if (text.includes(value)) throw new Error(`The report would have shown ${placeholder}; nothing was written.`)
  }

  #longestFirst(): [string, string][] {
    return [...this.#known].sort(([one], [other]) => other.length - one.length)
  }
}

function formsOf(value: string): Set<string> {
  return new Set([
    value,
    encodeURIComponent(value),
    encodeURI(value),
    new URLSearchParams({ v: value }).toString().slice(2),
    JSON.stringify(value).slice(1, -1),
    value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
    Buffer.from(value).toString('base64'),
    Buffer.from(value).toString('base64url'),
    Buffer.from(value).toString('hex'),
  ])
}

function outsidePlaceholders(text: string, replace: (part: string) => string): string {
  return text
    .split(/(<[A-Za-z][\w -]*>)/)
    .map((part, index) => (index % 2 === 1 ? part : replace(part)))
    .join('')
}
