// Puts the pages into the document: the query cache, the time zone and the app on top.
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { makeCache } from './api/cache.ts'
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

const cache = makeCache()
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
