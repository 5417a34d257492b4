// Draws the reference, and gives its parts the names that screen readers need.
const root = document.getElementById('reference')

/** The first segment of a path below the base path, by which routes are grouped. */
function groupOf(path) {
  const { base } = root.dataset
  const below = path.startsWith(`${base}/`) ? path.slice(base.length) : path
  return below.split('/')[1] || '/'
}

async function draw() {
  const answer = await fetch('/openapi.json')
  if (!answer.ok) throw new Error(`/openapi.json answered ${answer.status}`)
  const spec = await answer.json()
  for (const [path, item] of Object.entries(spec.paths))
    for (const operation of Object.values(item)) {
      if (operation.responses === undefined) continue
      operation.tags = [groupOf(path)]
      // Swagger UI does not show the summary of a path.
      operation.summary ??= item.summary
    }
  window.SwaggerUIBundle({
    spec,
    domNode: root,
    docExpansion: 'none',
    tagsSorter: 'alpha',
    defaultModelsExpandDepth: -1,
    validatorUrl: null,
    persistAuthorization: false,
    syntaxHighlight: false,
  })
}

// Swagger UI has its dark colours behind this class of the page.
const dark = window.matchMedia('(prefers-color-scheme: dark)')
const colour = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', colour)
colour()

new MutationObserver(() => {
  for (const field of root.querySelectorAll('select:not([aria-label])'))
    field.setAttribute('aria-label', 'Server')
  // The page's own heading stands above these.
  for (const heading of root.querySelectorAll(':is(h3, h4, h5):not([aria-level])')) {
    heading.setAttribute('role', 'heading')
    heading.setAttribute('aria-level', String(Number(heading.tagName[1]) - 1))
  }
}).observe(root, { childList: true, subtree: true })

draw().catch(() => {
  root.hidden = true
  document.getElementById('unreachable').hidden = false
})
