/** Parts of a line come from AWS: control characters must not reach the terminal. */
export const printable = (line: string) => line.replace(/\p{Cc}/gu, '�')
