// How the pages are built: ui/ in, ui/dist out, nothing fetched from elsewhere.
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// Vite wants a default export here; it is the only one in the house.
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // A content security policy without `data:` must be possible.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: {
    proxy: { '/api': 'http://localhost:8080', '/metrics': 'http://localhost:8080' },
  },
})
