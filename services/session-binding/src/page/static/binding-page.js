// The return URL contains `state` and `session_id`. Both are consumed or useless elsewhere, but an address bar is photographed,
// synchronized and suggested again, so they must not stay there or in the history. Only the query is removed; the path stays.
const tryAgain = document.getElementById('try-again')
// Trying again needs the query once more: this page keeps it in memory, not in its address.
if (tryAgain instanceof HTMLAnchorElement) tryAgain.href = location.href
history.replaceState(null, '', location.pathname)

// Tells the app's other tabs to refresh; the agent workload's pages listen under the same two names. The message contains no data and
// proves nothing.
const channel = new BroadcastChannel('authorizations')
channel.postMessage({ type: 'authorization-settled' })
channel.close()
