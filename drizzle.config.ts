/** `npm run migrations` writes the SQL for changes of the schema. */
import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'sqlite',
  schema: ['./src/store/schema.ts', './src/store/oauth/clientSchema.ts'],
  out: './migrations',
})
