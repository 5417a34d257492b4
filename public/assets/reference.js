// Draws the reference, and gives its parts the names that screen readers need.
const root = document.getElementById('reference')
window.SwaggerUIBundle({
  url: '/openapi.json',
  domNode: root,
  docExpansion: 'list',
  defaultModelsExpandDepth: -1,
  validatorUrl: null,
  persistAuthorization: false,
  syntaxHighlight: false,
})
new MutationObserver(() => {
  for (const field of root.querySelectorAll('select:not([aria-label])'))
    field.setAttribute('aria-label', 'Server')
  // The page's own heading stands above these.
  for (const heading of root.querySelectorAll('h3:not([aria-level])')) {
    heading.setAttribute('role', 'heading')
    heading.setAttribute('aria-level', '2')
  }
}).observe(root, { childList: true, subtree: true })
