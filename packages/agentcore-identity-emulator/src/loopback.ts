/** Not names below `localhost`: a resolver may send those anywhere. */
export function isLoopbackHost(hostname: string) {
  return hostname.toLowerCase() === 'localhost' || isLoopbackAddress(hostname.replace(/^\[(.*)\]$/, '$1'))
}

export function isLoopbackAddress(address: string) {
  return address === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(address)
}
