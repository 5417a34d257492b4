// Shows the copy buttons of a page, which do nothing without this script.
for (const button of document.querySelectorAll('button[data-copy]')) {
  const text = document.getElementById(button.dataset.copy)?.textContent ?? ''
  const name = button.textContent
  button.hidden = false
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text)
    button.textContent = button.dataset.done
    button.setAttribute('aria-live', 'polite')
    setTimeout(() => {
      button.textContent = name
    }, 2000)
  })
}
