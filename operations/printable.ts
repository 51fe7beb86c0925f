/** AWS's text must not control the terminal. */
export const printable = (line: string) => line.replace(/\p{Cc}/gu, '�')
