const LONGEST = 64

/** What turns the letters around it, breaks the line, or is not seen: it could make the client id beside the name look like another one. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** What an MCP client calls itself, as it is shown: beside its client id, and believed for nothing. */
export const clientNameOf = (said: string | undefined): string | undefined =>
  said
    ?.slice(0, 4 * LONGEST)
    .replace(UNSEEN, '')
    .trim()
    .slice(0, LONGEST) || undefined
