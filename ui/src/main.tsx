// Puts the pages into the document: the query cache, the time zone and the app on top.
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ApiError } from './api/api-error.ts'
import { SESSION_KEY } from './api/session.ts'
import { App } from './app.tsx'
import { ZoneProvider } from './text/zone.tsx'
import './style/base.css'
import './style/parts.css'
import './style/arrivals.css'
import './style/house.css'
import './style/list.css'
import './style/call.css'
import './style/message.css'
import './style/media.css'

const cache = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      // The session ended while the page was open: every other answer is of no use now.
      if (isUnauthorized(error)) cache.setQueryData(SESSION_KEY, null)
    },
  }),
  defaultOptions: {
    queries: {
      // One more try where the server may have been restarting; a refusal stays a refusal.
      retry: (failures, error) => failures < 1 && error instanceof ApiError && error.status === 0,
      refetchOnWindowFocus: false,
    },
  },
})

function isUnauthorized(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401
}

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={cache}>
      <ZoneProvider>
        <App />
      </ZoneProvider>
    </QueryClientProvider>
  </StrictMode>,
)
