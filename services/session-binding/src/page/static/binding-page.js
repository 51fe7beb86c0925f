// The return URL carries `state` and `session_id`. Both are spent or worthless elsewhere, but an address bar is
// photographed, synchronized and suggested again: neither may stay there or in the history. Only the query goes; the
// path stays true.
const tryAgain = document.getElementById('try-again')
// Trying again needs the query once more: this page keeps it in its memory, not in its address.
if (tryAgain instanceof HTMLAnchorElement) tryAgain.href = location.href
history.replaceState(null, '', location.pathname)

// Tells the app's other tabs to look again; agent workload's page listens under the same two names. The message names
// nothing and proves nothing.
const channel = new BroadcastChannel('authorizations')
channel.postMessage({ type: 'authorization-settled' })
channel.close()
