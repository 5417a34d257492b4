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
}).observe(root, { childList: true, subtree: true })
